# SPDX-License-Identifier: Apache-2.0
"""Tasks for the benchmarks, beside the built-in ones: other data, other widths, none of them used while building.

Fashion-MNIST and the movie-review sentences lie in the folder named by GOODFIT_DATA; the digits come with scikit-learn.
"""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.training import Task, accuracy

DATA = Path(os.environ.get("GOODFIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORDS = 4096  # hashed vocabulary of the sentences


def fashion() -> Task:
    """A 784-512-512-10 perceptron on 3,000 pictures of clothes; 2,000 others are the test set."""
    path = _need("fashion_mnist/fashion_mnist_small.npz", "the balanced cut of zalandoresearch/fashion-mnist")
    with np.load(path, allow_pickle=False) as arrays:
        parts = {name: torch.from_numpy(arrays[name]) for name in arrays}
    return Task(
        name="fashion",
        model=lambda: _mlp(784, 512, 10),
        train=(_pixels(parts["x_train"]), parts["y_train"].long()),
        test=(_pixels(parts["x_test"]), parts["y_test"].long()),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=40,
        validation_size=1000,
    )


def sentences() -> Task:
    """A bag-of-words perceptron on 4,000 movie-review sentences; a fifth of all is locked away."""
    path = _need("mr_polarity/mr_polarity.tsv.gz", "Pang and Lee's sentence polarity data")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines][1:]
    x = torch.zeros(len(rows), WORDS)
    for row, (_, _, text) in enumerate(rows):
        for word in text.split():
            x[row, zlib.crc32(word.encode()) % WORDS] = 1.0
    y = torch.tensor([int(label) for _, label, _ in rows])
    return Task(
        name="sentences",
        model=lambda: _mlp(WORDS, 128, 2),
        train=(x, y),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=20,
        train_size=4000,
        validation_size=1500,
    )


def digits() -> Task:
    """A near-null control: clean 8x8 digits, which hardly overfit."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x, y = torch.from_numpy(found.data).float() / 16, torch.from_numpy(found.target).long()
    return Task(
        name="digits",
        model=lambda: _mlp(64, 256, 10),
        train=(x, y),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=60,
    )


def _mlp(inputs: int, hidden: int, classes: int) -> nn.Module:
    layers = (
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )
    return nn.Sequential(*layers)


def _pixels(images: Tensor) -> Tensor:
    return images.float().div(255).flatten(start_dim=1)


def _need(name: str, what: str) -> Path:
    path = DATA / name
    if not path.is_file():
        raise TaskError(
            f"{what} is not at {name} below the data folder", todo="name the folder in GOODFIT_DATA"
        )
    return path
