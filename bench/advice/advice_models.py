# SPDX-License-Identifier: Apache-2.0
"""The small networks of the bench; the built-in tasks' own for sentences and ratings."""

from torch import Tensor, nn

from goodfit.tasks.recommender import Factors, RatingTower
from goodfit.tasks.text import SentenceBag, SentenceLSTM, mean_over_words, word_vectors


class Perceptron(nn.Module):
    """Hidden layers of one width, dropout behind each where a rate is given; outputs of shape (n, out) or (n,)."""

    def __init__(self, inputs: int, width: int, depth: int, out: int | None, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        for into in (inputs, *[width] * (depth - 1)):
            layers += [nn.Linear(into, width), nn.ReLU(), *_dropout(dropout)]
        self.hidden, self.out = nn.Sequential(*layers), nn.Linear(width, out or 1)
        self.number = out is None

    def forward(self, x: Tensor) -> Tensor:
        """Logits, or one number an example."""
        found: Tensor = self.out(self.hidden(x))
        return found.squeeze(1) if self.number else found


class Convolutions(nn.Module):
    """Two convolutions in steps of two, one hidden layer; pictures of 14 x 14."""

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(16 * 4 * 4, width), nn.ReLU(), *_dropout(dropout))
        self.out = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        found: Tensor = self.out(self.hidden(self.features(x)))
        return found


class DroppedBag(SentenceBag):
    """The mean of the word embeddings and a hidden layer with dropout."""

    def __init__(self, words: int, width: int, dropout: float) -> None:
        super().__init__(words, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        found: Tensor = self.out(self.drop(self.act(self.hidden(mean_over_words(self.embed(x), x)))))
        return found


class SentenceGRU(nn.Module):
    """Embedding, one GRU, the mean of its outputs, two classes."""

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.embed = word_vectors(words, width)
        self.gru, self.out = nn.GRU(width, width, batch_first=True), nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Two logits a sentence."""
        read, _ = self.gru(self.embed(x))
        found: Tensor = self.out(mean_over_words(read, x))
        return found


class DroppedTower(RatingTower):
    """The rating tower with dropout in front of its last layer."""

    def __init__(self, people: int, films: int, width: int, dropout: float) -> None:
        super().__init__(people, films, width)
        self.tower.append(nn.Dropout(dropout))


def build(
    kind: str, width: int, dropout: float, out: int | None, sizes: tuple[int, ...], inputs: int
) -> nn.Module:
    """A fresh network.

    Args:
        kind: "mlp1", "mlp", "mlp4", "deep", "cnn", "bag", "gru", "lstm", "mf" or "tower".
        width: of the hidden layers or the embeddings.
        dropout: its rate; 0: no such layer.
        out: classes; None for one number.
        sizes: of the embedding tables.
        inputs: numbers in an example.
    """
    if kind in DEPTHS:
        return Perceptron(inputs, width, DEPTHS[kind], out, dropout)
    if kind == "cnn":
        return Convolutions(width, out or 1, dropout)
    if kind == "bag":
        return DroppedBag(sizes[0], width, dropout) if dropout else SentenceBag(sizes[0], width)
    if kind == "gru":
        return SentenceGRU(sizes[0], width)
    if kind == "lstm":
        return SentenceLSTM(sizes[0], width)
    if kind == "mf":
        return Factors(sizes[0], sizes[1], width)
    return (
        DroppedTower(sizes[0], sizes[1], width, dropout)
        if dropout
        else RatingTower(sizes[0], sizes[1], width)
    )


DEPTHS = {"mlp1": 1, "mlp": 2, "mlp4": 4, "deep": 8}  # hidden layers


def _dropout(rate: float) -> list[nn.Module]:
    return [nn.Dropout(rate)] if rate else []
