# SPDX-License-Identifier: Apache-2.0
"""Tiny files of the form that the built-in text, recommender and fashion tasks read: made up, and overfitted in seconds."""

import gzip
import zipfile
from pathlib import Path

import numpy as np

GOOD = ["bright", "warm", "clever", "funny", "moving", "rich", "honest", "vivid"]
BAD = ["dull", "cold", "stupid", "boring", "hollow", "poor", "false", "grey"]
OTHER = [f"word{i}" for i in range(200)]


def write_given(folder: Path, *, sentences: int = 600, people: int = 40, films: int = 60) -> Path:
    """Write all files that GOODFIT_DATA may hold below `folder`."""
    draws = np.random.default_rng(0)
    _write_sentences(folder / "mr_polarity" / "mr_polarity.tsv.gz", sentences, draws)
    _write_ratings(folder / "ml_latest_small" / "ml-latest-small.zip", people, films, draws)
    _write_pictures(folder / "fashion_mnist" / "fashion_mnist_small.npz", draws)
    _write_characters(folder / "tinyshakespeare" / "input.txt.gz", draws)
    return folder


def _write_sentences(path: Path, count: int, draws: np.random.Generator) -> None:
    """One telling word among others; one label in ten is wrong."""
    path.parent.mkdir()
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.write("split\tlabel\ttext\n")
        for _ in range(count):
            label = int(draws.integers(2))
            words = [*draws.choice(OTHER, 7), draws.choice(GOOD if label else BAD)]
            said = label if draws.random() > 0.1 else 1 - label
            lines.write(f"train\t{said}\t{' '.join(draws.permutation(words))}\n")


def _write_ratings(path: Path, people: int, films: int, draws: np.random.Generator) -> None:
    """Half of all pairs; the stars follow the person, the film and chance."""
    path.parent.mkdir()
    person, film = draws.normal(size=people), draws.normal(size=films)
    rows = ["userId,movieId,rating,timestamp"]
    for i in range(people):
        for j in range(films):
            if draws.random() < 0.5:
                stars = np.clip(3.5 + 0.7 * person[i] + 0.7 * film[j] + 0.5 * draws.normal(), 0.5, 5.0)
                rows.append(f"{i + 1},{7 * j + 1},{round(2 * stars) / 2},0")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ml-latest-small/ratings.csv", "\n".join(rows) + "\n")


def _write_pictures(path: Path, draws: np.random.Generator) -> None:
    """Each kind has a row of its own that is bright."""
    path.parent.mkdir()

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        kinds = (np.arange(count) % 10).astype(np.uint8)
        pictures = draws.integers(0, 120, size=(count, 28, 28))
        pictures[np.arange(count), 2 * kinds.astype(int) + 3] += 100
        return pictures.astype(np.uint8), kinds

    (x, y), (test_x, test_y) = drawn(300), drawn(100)
    np.savez(path, x_train=x, y_train=y, x_test=test_x, y_test=test_y)


def _write_characters(path: Path, draws: np.random.Generator) -> None:
    """Lines of words drawn from few, so that the next character can be partly known."""
    path.parent.mkdir()
    words = GOOD + BAD
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for _ in range(500):
            lines.write(" ".join(draws.choice(words, 5)) + "\n")
