# SPDX-License-Identifier: Apache-2.0
"""Networks for sentences whose author left places for dropout, switched off: it is raised there, and nowhere else.

Dropout in front of the last layer alone brings next to nothing to sentences this short; Zaremba et al. 2014 put it on
all connections that are not recurrent.
"""

from torch import Tensor, nn

from goodfit.tasks.text import mean_over_words, word_vectors


class Reader(nn.Module):
    """Embedding, one LSTM or GRU, the mean of its outputs, a linear layer."""

    def __init__(self, kind: str, words: int, width: int, classes: int = 2) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.seen = nn.Dropout(0.0)
        self.read = (nn.LSTM if kind == "lstm" else nn.GRU)(width, width, batch_first=True)
        self.said = nn.Dropout(0.0)
        self.out = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each sentence."""
        read, _ = self.read(self.seen(self.embed(x)))
        found: Tensor = self.out(self.said(mean_over_words(read, x)))
        return found


class Bag(nn.Module):
    """The mean of the word embeddings, one hidden layer, a linear layer."""

    def __init__(self, words: int, width: int, *, unit: bool = False, classes: int = 2) -> None:
        super().__init__()
        # Torch's own start has vectors of variance 1, which learn sentences by heart.
        self.embed = nn.Embedding(words, width, padding_idx=0) if unit else word_vectors(words, width)
        self.seen = nn.Dropout(0.0)
        self.hidden, self.act = nn.Linear(width, width), nn.ReLU()
        self.said = nn.Dropout(0.0)
        self.out = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each sentence."""
        hidden = self.act(self.hidden(self.seen(mean_over_words(self.embed(x), x))))
        found: Tensor = self.out(self.said(hidden))
        return found


class WordConvolutions(nn.Module):
    """Embedding, convolutions over three words, the largest output over the sentence (Kim 2014)."""

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.seen = nn.Dropout(0.0)
        self.look = nn.Conv1d(width, 2 * width, 3, padding=1)
        self.said = nn.Dropout(0.0)
        self.out = nn.Linear(2 * width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each sentence."""
        found = self.look(self.seen(self.embed(x)).transpose(1, 2)).relu().amax(dim=2)
        logits: Tensor = self.out(self.said(found))
        return logits


class NormedConvolutions(nn.Module):
    """Two convolutions with batch norm and one hidden layer; pictures of 14 x 14."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        steps = [(1, 8), (8, 16)]
        layers = [
            nn.Sequential(nn.Conv2d(into, out, 3, stride=2, padding=1), nn.BatchNorm2d(out), nn.ReLU())
            for into, out in steps
        ]
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.hidden, self.out = (
            nn.Sequential(nn.Linear(16 * 4 * 4, width), nn.ReLU()),
            nn.Linear(width, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        found: Tensor = self.out(self.hidden(self.features(x)))
        return found
