# SPDX-License-Identifier: Apache-2.0
"""Tasks for the benchmarks, beside the built-in ones: other data, other widths, none of them used while building.

Fashion-MNIST and the movie-review sentences lie in the folder named by GOODFIT_DATA; the digits come with scikit-learn.
"""

import gzip
import os
import zlib
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from goodfit.errors import TaskError
from goodfit.tasks.fashion import fashion as built_in_fashion
from goodfit.training import Task, accuracy

DATA = Path(os.environ.get("GOODFIT_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORDS = 4096  # hashed vocabulary of the sentences


def fashion() -> Task:
    """The built-in task of clothes, planned for twice as long."""
    return replace(built_in_fashion(), epochs=40)


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


def _need(name: str, what: str) -> Path:
    path = DATA / name
    if not path.is_file():
        raise TaskError(
            f"{what} is not at {name} below the data folder", todo="name the folder in GOODFIT_DATA"
        )
    return path
