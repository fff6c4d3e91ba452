# SPDX-License-Identifier: Apache-2.0
"""Sentences of film reviews, for or against: 10,662 of them, 4,000 of which are enough to overfit in seconds.

The sentence polarity data of Pang and Lee (2005), read from `mr_polarity/mr_polarity.tsv.gz` below GOODFIT_DATA. A
fifth is locked away as the test set; for each seed 4,000 of the others are trained on and 1,500 validate.

Words become whole numbers by hashing, so that no vocabulary has to be fitted or kept; 0 fills short sentences up.
"""

import gzip
import zlib
from collections.abc import Callable

import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.tasks._given import given_file, unreadable
from goodfit.training import Task, accuracy

FILE = "mr_polarity/mr_polarity.tsv.gz"
HOW = (
    "get the sentence polarity data of Pang and Lee (v1.0) as gzipped, tab-separated lines: "
    "a heading, then split, label (0 or 1) and sentence"
)
WORDS = 4096  # numbers for words; some words share one, as in any hashed vocabulary
LENGTH = 24  # words kept of a sentence; the median has 20
TRAINING, VALIDATION = 4000, 1500  # sentences a seed
WIDTH = 64  # of embedding and hidden layer
SPREAD = (
    0.1  # of the embeddings at the start: from torch's own 1.0 they learn sentences by heart and nothing else
)


def text_lstm() -> Task:
    """Embedding, one LSTM, the mean of its outputs, two classes; without any regulariser."""
    return _task("text-lstm", SentenceLSTM, epochs=8)


def text_bag() -> Task:
    """The mean of the word embeddings, one hidden layer, two classes; without any regulariser."""
    return _task("text-bag", SentenceBag, epochs=12)


class SentenceLSTM(nn.Module):
    """Reads a sentence word by word; shape of the input (n, words), of the output (n, 2)."""

    def __init__(self, words: int = WORDS, width: int = WIDTH) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.out = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence, from the mean of the outputs at its words."""
        read, _ = self.lstm(self.embed(x))
        logits: Tensor = self.out(mean_over_words(read, x))
        return logits


class SentenceBag(nn.Module):
    """Takes the words in no order; shape of the input (n, words), of the output (n, 2)."""

    def __init__(self, words: int = WORDS, width: int = WIDTH) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.hidden = nn.Linear(width, width)
        self.act = nn.ReLU()
        self.out = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        logits: Tensor = self.out(self.act(self.hidden(mean_over_words(self.embed(x), x))))
        return logits


def word_vectors(words: int, width: int) -> nn.Embedding:
    """Small random vectors, and zeros for the number that fills sentences up."""
    table = nn.Embedding(words, width, padding_idx=0)
    with torch.no_grad():
        table.weight.mul_(SPREAD)
    return table


def mean_over_words(vectors: Tensor, words: Tensor) -> Tensor:
    """Mean of `vectors` (n, words, width) over the places where there is a word; shape (n, width)."""
    there = (words != 0).unsqueeze(-1)
    return (vectors * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)


def sentences() -> tuple[Tensor, Tensor]:
    """All sentences as numbers of words, shape (n, LENGTH), and their classes, shape (n,).

    Raises:
        TaskError: the file is missing or broken.
    """
    path = given_file(FILE, what="the sentence polarity data of Pang and Lee", how=HOW)
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [line.rstrip("\n").split("\t", maxsplit=2) for line in lines][1:]
        y = torch.tensor([int(label) for _, label, _ in rows])
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise unreadable(path, error) from error
    if not rows:
        raise TaskError("the file holds no sentence", where=str(path), todo=HOW)
    x = torch.zeros(len(rows), LENGTH, dtype=torch.long)
    for row, (_, _, text) in enumerate(rows):
        for place, word in enumerate(text.lower().split()[:LENGTH]):
            x[row, place] = 1 + zlib.crc32(word.encode()) % (WORDS - 1)
    return x, y


def _task(name: str, model: Callable[[], nn.Module], *, epochs: int) -> Task:
    return Task(
        name=name,
        model=model,
        train=sentences(),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=epochs,
        batch_size=64,
        train_size=TRAINING,
        validation_size=VALIDATION,
    )
