# SPDX-License-Identifier: Apache-2.0
"""The data of the part that was set aside last: none of it is in any other part."""

import gzip
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from goodfit.tasks._given import given_file
from goodfit.tasks.characters import FILE
from goodfit.tasks.recommender import ratings

sys.path.append(str(Path(__file__).parents[1] / "advice"))  # the neighbouring bench

from advice_data import LENGTH, MOST_RATED, WORDS, Loaded, _films_file, _small

CLOTHES = slice(40_000, 46_000)  # of Fashion-MNIST's training part; the other parts have its small cut
LEAST_RATED = 8  # ratings of a film that is seldom rated
DRAWN = 20_261_126
ROWS = 7000  # of a drawn table, 5,000 of which are its test set
PARTS = 3  # of the plays, in the order of the file


def _clothes() -> Loaded:
    path = given_file("fashion_mnist/fashion_mnist.npz", what="Fashion-MNIST", how="get the complete set")
    with np.load(path, allow_pickle=False) as arrays:
        x, y = arrays["x_train"][CLOTHES], arrays["y_train"][CLOTHES]
    return _small(x), torch.from_numpy(y).long(), 10, 2000


def _table() -> Loaded:
    """Two classes in clusters, 10 columns that tell, 10 that repeat them, 20 that do not; a tenth of the targets is wrong."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        n_samples=ROWS,
        n_features=40,
        n_informative=10,
        n_redundant=10,
        n_clusters_per_class=4,
        flip_y=0.1,
        random_state=DRAWN,
    )
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return torch.from_numpy(x).float(), torch.from_numpy(y).long(), 2, 5000


def _surface() -> Loaded:
    """The surface of Friedman (1991), five columns of ten matter, with noise."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(n_samples=ROWS, n_features=10, noise=2.0, random_state=DRAWN)
    y = (y - y.mean()) / y.std()
    return torch.from_numpy(x).float() * 2 - 1, torch.from_numpy(y).float(), None, 5000


def _plays() -> Loaded:
    """Speeches without their speaker, of twelve words or more, and which third of the plays they come from."""
    path = given_file(FILE, what="tinyshakespeare", how="get input.txt of char-rnn")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        spoken = [each.partition(":\n")[2].lower() for each in file.read().split("\n\n")]
    words = [re.findall(r"[a-z']+", each) for each in spoken]
    thirds = [PARTS * place // len(words) for place in range(len(words))]
    kept = [(row[:LENGTH], third) for row, third in zip(words, thirds, strict=True) if len(row) >= LENGTH]
    x = torch.tensor([[1 + zlib.crc32(word.encode()) % (WORDS - 1) for word in row] for row, _ in kept])
    return x, torch.tensor([third for _, third in kept]), PARTS, 1500


def _seldom() -> Loaded:
    """Films that are too seldom rated for the other parts."""
    x, y = ratings()
    times = torch.bincount(x[:, 1])[x[:, 1]]
    kept = (times >= LEAST_RATED) & (times < MOST_RATED)
    columns = [torch.unique(column, return_inverse=True)[1] for column in x[kept].T]
    return torch.stack(columns, dim=1), y[kept], None, 4000


def titles(window: int, windows: int) -> tuple[Tensor, Tensor, int]:
    """Characters of film titles, one after another: read, said, and how many kinds there are."""
    found = "\n".join(film["title"].lower() for film in _films_file())
    text = re.sub(r"[^a-z0-9 ,()\n]", "", found)
    codes = torch.from_numpy(np.unique(np.array(list(text)), return_inverse=True)[1]).long()
    whole = codes[: len(codes) // (window + 1) * (window + 1)].reshape(-1, window + 1)
    drawn = whole[torch.randperm(len(whole), generator=torch.Generator().manual_seed(0))[:windows]]
    return drawn[:, :-1].contiguous(), drawn[:, 1:].contiguous(), int(codes.max()) + 1


LOADERS: dict[str, Callable[[], Loaded]] = {
    "clothes": _clothes,
    "table": _table,
    "surface": _surface,
    "plays": _plays,
    "ratings-seldom": _seldom,
}
