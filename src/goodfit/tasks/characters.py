# SPDX-License-Identifier: Apache-2.0
"""Shakespeare, character by character: a language model on 12,800 of them, few enough to be learnt by heart.

The text of char-rnn (Karpathy 2015), read from `tinyshakespeare/input.txt.gz` below GOODFIT_DATA. One example is a
window: 48 characters to read, and what follows each of its last 32. The model starts every window afresh, so that its
context is cut off at the window's start: every character is said from 16 to 47 others before it. The next window begins
32 further on, so every character is said once and neighbouring windows overlap. The text is therefore cut into stretches,
and a stretch is a group: no split divides it, and no character is in two sets.
"""

import gzip
import zlib
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.tasks._given import given_file, unreadable
from goodfit.training import Metric, Task

FILE = "tinyshakespeare/input.txt.gz"
HOW = "get input.txt of tinyshakespeare from github.com/karpathy/char-rnn and compress it with gzip"
READ, SAID = 48, 32  # characters that a window shows, and how many of its last ones are answered
WINDOWS = 3  # in a stretch, which then has 113 characters, two or three lines
STRETCHES = 1100  # drawn from the text once: a fifth is locked away, and a proof needs 200 independent units
TRAINING, VALIDATION = 400, 500  # windows a seed
WIDTH = 128  # of the LSTM
RATE = 1e-2  # ten times Adam's usual: such a small text needs few, large steps


def char_lstm() -> Task:
    """An embedding, one LSTM and a layer over its outputs; without any regulariser."""
    x, y, stretch = windows()
    return Task(
        name="char-lstm",
        model=partial(CharacterLSTM, 1 + int(x.max())),
        train=(x, y),
        groups=stretch,
        loss=nn.CrossEntropyLoss(),
        metric=accuracy_of_characters,
        optimizer=partial(torch.optim.Adam, lr=RATE),
        epochs=16,
        batch_size=16,
        train_size=min(TRAINING, len(x) // 2),
        validation_size=min(VALIDATION, len(x) // 4),
    )


class CharacterLSTM(nn.Module):
    """Says the next character; input (n, READ), output (n, kinds of characters, SAID)."""

    def __init__(self, kinds: int, width: int = WIDTH) -> None:
        super().__init__()
        self.embed = nn.Embedding(kinds, width // 2)
        self.lstm = nn.LSTM(width // 2, width, batch_first=True)
        self.out = nn.Linear(width, kinds)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of what follows each of the last SAID characters, classes second, as torch's cross-entropy wants."""
        read, _ = self.lstm(self.embed(x))
        logits: Tensor = self.out(read[:, -SAID:]).transpose(1, 2)
        return logits


def windows() -> tuple[Tensor, Tensor, list[int]]:
    """Windows as numbers of characters (n, READ), what follows their last ones (n, SAID), and the stretch of each.

    Raises:
        TaskError: the file is missing, broken or too short.
    """
    path = given_file(FILE, what="the characters of tinyshakespeare", how=HOW)
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = file.read()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise unreadable(path, error) from error
    length = READ + SAID * (WINDOWS - 1) + 1  # one more: what follows the last
    if len(text) < 3 * length:
        raise TaskError(
            f"the file holds {len(text):,} characters; {3 * length:,} are the least for three stretches",
            where=str(path),
            todo=HOW,
        )
    codes = np.unique(np.array(list(text)), return_inverse=True)[1]
    whole = torch.from_numpy(codes[: len(codes) // length * length].reshape(-1, length)).long()
    drawn = torch.randperm(len(whole), generator=torch.Generator().manual_seed(0))[:STRETCHES]
    cut = whole[drawn].unfold(1, READ + 1, SAID).flatten(end_dim=1)
    stretch = [number for number in range(len(drawn)) for _ in range(WINDOWS)]
    return cut[:, :READ].contiguous(), cut[:, -SAID:].contiguous(), stretch


def _hits(outputs: Tensor, targets: Tensor) -> Tensor:
    """Share of each window's characters that were thought most likely, shape (n,)."""
    return (outputs.argmax(dim=1) == targets).float().mean(dim=1)


accuracy_of_characters = Metric(name="accuracy", score=_hits)
"""The share of characters that were thought most likely; bits per character are the loss over ln 2."""
