# SPDX-License-Identifier: Apache-2.0
"""Networks for sentences whose author left places for dropout, switched off: it is raised there, and nowhere else.

Dropout in front of the last layer alone brings next to nothing to sentences this short; Zaremba et al. 2014 put it on
all connections that are not recurrent.
"""

from torch import Tensor, nn

from goodfit.tasks.text import mean_over_words, word_vectors


class Reader(nn.Module):
    """Embedding, one LSTM or GRU, the mean of its outputs, two classes."""

    def __init__(self, kind: str, words: int, width: int) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.seen = nn.Dropout(0.0)
        self.read = (nn.LSTM if kind == "lstm" else nn.GRU)(width, width, batch_first=True)
        self.said = nn.Dropout(0.0)
        self.out = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        read, _ = self.read(self.seen(self.embed(x)))
        found: Tensor = self.out(self.said(mean_over_words(read, x)))
        return found


class Bag(nn.Module):
    """The mean of the word embeddings, one hidden layer, two classes."""

    def __init__(self, words: int, width: int, *, unit: bool = False) -> None:
        super().__init__()
        # Torch's own start has vectors of variance 1, which learn sentences by heart.
        self.embed = nn.Embedding(words, width, padding_idx=0) if unit else word_vectors(words, width)
        self.seen = nn.Dropout(0.0)
        self.hidden, self.act = nn.Linear(width, width), nn.ReLU()
        self.said = nn.Dropout(0.0)
        self.out = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        hidden = self.act(self.hidden(self.seen(mean_over_words(self.embed(x), x))))
        found: Tensor = self.out(self.said(hidden))
        return found
