# SPDX-License-Identifier: Apache-2.0
"""Ratings of films by people: 100,836 of them, and two small models that know too much about 610 people.

MovieLens "latest small" (Harper and Konstan 2015), read from `ml_latest_small/ml-latest-small.zip` below GOODFIT_DATA, the
archive as GroupLens gives it. A fifth of the ratings is locked away as the test set, whose independent units are the
people; for each seed 20,000 of the others are trained on and 10,000 validate.
"""

import csv
import io
import zipfile
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.tasks._given import given_file, unreadable
from goodfit.training import Metric, Task
from goodfit.values import Goal

FILE = "ml_latest_small/ml-latest-small.zip"
TABLE = "ml-latest-small/ratings.csv"
HOW = "get ml-latest-small.zip from grouplens.org/datasets/movielens"
TRAINING, VALIDATION = 20_000, 10_000  # ratings a seed
TEST_SHARE = 0.2  # of all ratings
MIDDLE = 3.5  # stars: the mean of these ratings; models begin there instead of learning it
WIDTH = 32  # of an embedding


def recommender_mlp() -> Task:
    """Embeddings of person and film, and a tower of two hidden layers over both; without any regulariser."""
    return _task("recommender-mlp", RatingTower, epochs=15)


def recommender_mf() -> Task:
    """Matrix factorisation with biases; without any regulariser."""
    return _task("recommender-mf", Factors, epochs=20)


class RatingTower(nn.Module):
    """The multilayer perceptron of neural collaborative filtering (He et al. 2017, section 3.3), for ratings.

    Input (n, 2): numbers of person and film; output (n,): stars.
    """

    def __init__(self, people: int, films: int, width: int = WIDTH) -> None:
        super().__init__()
        self.person, self.film = nn.Embedding(people, width), nn.Embedding(films, width)
        self.tower = nn.Sequential(
            nn.Linear(2 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, 2 * width), nn.ReLU()
        )
        self.out = nn.Linear(2 * width, 1)
        nn.init.constant_(self.out.bias, MIDDLE)

    def forward(self, x: Tensor) -> Tensor:
        """Stars of each pair."""
        both = torch.cat([self.person(x[:, 0]), self.film(x[:, 1])], dim=1)
        stars: Tensor = self.out(self.tower(both)).squeeze(1)
        return stars


class Factors(nn.Module):
    """Matrix factorisation with biases (Koren, Bell and Volinsky 2009); input (n, 2), output (n,) as above."""

    def __init__(self, people: int, films: int, width: int = WIDTH) -> None:
        super().__init__()
        self.person, self.film = nn.Embedding(people, width), nn.Embedding(films, width)
        self.person_bias, self.film_bias = nn.Embedding(people, 1), nn.Embedding(films, 1)
        self.middle = nn.Parameter(torch.tensor(MIDDLE))
        self.drop = nn.Dropout(0.0)  # the only place for it in such a model; at 0 it does nothing
        for table in (self.person, self.film, self.person_bias, self.film_bias):
            nn.init.normal_(table.weight, std=0.05)  # small, so that training begins at the mean rating

    def forward(self, x: Tensor) -> Tensor:
        """Stars of each pair."""
        person, film = x[:, 0], x[:, 1]
        match = self.drop(self.person(person) * self.film(film)).sum(dim=1)
        stars: Tensor = (
            self.middle + match + self.person_bias(person).squeeze(1) + self.film_bias(film).squeeze(1)
        )
        return stars


def ratings() -> tuple[Tensor, Tensor]:
    """All ratings in the file's order: numbers of person and film from 0, shape (n, 2), and stars, shape (n,).

    Raises:
        TaskError: the file is missing or broken.
    """
    path = given_file(FILE, what="the MovieLens ratings (latest small)", how=HOW)
    try:
        with zipfile.ZipFile(path) as folder, folder.open(TABLE) as lines:
            rows = list(csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8")))
        named = np.array([(int(row["userId"]), int(row["movieId"])) for row in rows]).reshape(-1, 2)
        stars = torch.tensor([float(row["rating"]) for row in rows])
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error
    if not rows:
        raise TaskError("the file holds no rating", where=str(path), todo=HOW)
    columns = [np.unique(column, return_inverse=True)[1] for column in named.T]
    return torch.from_numpy(np.stack(columns, axis=1)).long(), stars


def _task(name: str, model: Callable[..., nn.Module], *, epochs: int) -> Task:
    x, y = ratings()
    people, films = (int(number) + 1 for number in x.max(dim=0).values)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    test, rest = order[: round(TEST_SHARE * len(y))], order[round(TEST_SHARE * len(y)) :]
    return Task(
        name=name,
        model=partial(model, people, films),
        train=(x[rest], y[rest]),
        test=(x[test], y[test]),
        test_groups=x[test, 0].tolist(),
        loss=nn.MSELoss(),
        metric=absolute_error,
        epochs=epochs,
        batch_size=256,
        train_size=min(TRAINING, len(rest) // 2),
        validation_size=min(VALIDATION, len(rest) // 4),
    )


def _off(outputs: Tensor, targets: Tensor) -> Tensor:
    """How many stars each guess is off, shape (n,)."""
    return (outputs - targets).abs()


absolute_error = Metric(name="mean absolute error", score=_off, goal=Goal.MINIMIZE)
"""How many stars a guess is off, on average."""
