# SPDX-License-Identifier: Apache-2.0
"""Who is trained on, who validates, and who is locked away.

The test set is cut once, first, and is the same for every seed. What is left is the pool: the training sample and
the validation set are drawn from it anew for each seed (usually the largest source of variance between trainings:
Bouthillier et al. 2021, arXiv 2103.03098), the same for both arms of a seed. Classes keep their shares, groups stay whole.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from goodfit.errors import TaskError
from goodfit.training.examples import Examples, Indices, JoinedExamples, as_examples
from goodfit.training.seeds import derive
from goodfit.training.task import Task

TEST_SHARE = 0.2  # of the examples, when the user gave no test set: the usual fifth
VALIDATION_SHARE = 0.2  # of what the test cut leaves
MOST_CLASSES = 1000  # more distinct integer targets than this are not classes to stratify by
OWN_SEED = 0  # the user's own run; its given train and validation sets are kept as they are


@dataclass(frozen=True, slots=True)
class Split:
    """Which examples of the pool one seed trains on and validates with."""

    train: Indices
    validation: Indices


@dataclass(frozen=True, slots=True)
class Pool:
    """All that may be trained on or validated with; the test set is not in here."""

    examples: Examples
    indices: Indices  # the pool's own examples within `examples`
    labels: Indices | None  # class of each example of `examples`, None when they are not classes
    groups: Indices | None  # group of each example
    given_validation: int  # how many of the last examples the user gave as validation set


@dataclass(frozen=True, slots=True)
class Holdout:
    """The locked test set; only `trials` opens it."""

    examples: Examples
    indices: Indices
    groups: Indices | None
    note: str  # how it came about, for the user


def divide(task: Task) -> tuple[Pool, Holdout]:
    """Lock the test set away and pool the rest.

    Raises:
        TaskError: the data cannot be used, or are too few to be divided.
    """
    train = as_examples(task.train, "train")
    given = as_examples(task.validation, "validation") if task.validation is not None else None
    labels = _labels(train, given)
    groups = _groups(task, train, given)
    everyone = np.arange(len(train), dtype=np.int64)
    if task.test is not None:
        test = as_examples(task.test, "test")
        test_groups = _as_codes(task.test_groups) if task.test_groups is not None else None
        holdout = Holdout(test, np.arange(len(test), dtype=np.int64), test_groups, "as given by the task")
        kept = everyone
    else:
        size = max(1, round(TEST_SHARE * len(train)))
        kept, locked = _cut(everyone, size, labels, groups, seed=OWN_SEED)
        how = (
            "whole groups"
            if groups is not None
            else "classes keep their shares"
            if labels is not None
            else "at random"
        )
        note = f"no test set was given: {len(locked):,} of {len(train):,} training examples were locked away first ({how})"
        holdout = Holdout(train, locked, groups[locked] if groups is not None else None, note)
    joined: Examples = train if given is None else JoinedExamples(train, given)
    extra = np.arange(len(train), len(joined), dtype=np.int64)
    pool = Pool(joined, np.concatenate([kept, extra]), labels, groups, len(extra))
    _check_sizes(task, pool)
    return pool, holdout


def draw(task: Task, pool: Pool, seed: int) -> Split:
    """The training and validation examples of one seed."""
    border = len(pool.indices) - pool.given_validation
    if pool.given_validation and (seed == OWN_SEED or not task.resample):
        train, validation = pool.indices[:border], pool.indices[border:]
    else:
        size = task.validation_size or pool.given_validation or round(VALIDATION_SHARE * len(pool.indices))
        stable = seed if task.resample else OWN_SEED
        train, validation = _cut(
            pool.indices, max(1, size), pool.labels, pool.groups, seed=derive(stable, "validation")
        )
    if task.train_size is not None and task.train_size < len(train):
        _, train = _cut(
            train, task.train_size, pool.labels, pool.groups, seed=derive(seed, "training sample")
        )
    return Split(train, validation)


def _cut(
    indices: Indices, size: int, labels: Indices | None, groups: Indices | None, *, seed: int
) -> tuple[Indices, Indices]:
    """Cut about `size` of the indices off: (rest, cut), both in rising order."""
    draws = np.random.default_rng(seed)
    if groups is not None:
        chosen = _whole_groups(groups[indices], size, draws)
    elif labels is not None:
        chosen = _by_class(labels[indices], size, draws)
    else:
        chosen = np.zeros(len(indices), dtype=bool)
        chosen[draws.permutation(len(indices))[:size]] = True
    return indices[~chosen], indices[chosen]


def _by_class(labels: Indices, size: int, draws: np.random.Generator) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Choose `size` examples so that every class keeps its share, to within one example."""
    order = draws.permutation(len(labels))
    ranked = order[np.argsort(labels[order], kind="stable")]  # classes in blocks, random within a block
    places = (np.arange(size) + draws.random()) * len(labels) / size  # evenly spaced over the blocks
    chosen = np.zeros(len(labels), dtype=bool)
    chosen[ranked[places.astype(np.int64)]] = True
    return chosen


def _whole_groups(
    groups: Indices, size: int, draws: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Choose whole groups in random order until about `size` examples are in."""
    names, counts = np.unique(groups, return_counts=True)
    order = draws.permutation(len(names))
    totals = np.cumsum(counts[order])
    enough = int(np.argmin(np.abs(totals - size))) + 1
    return np.isin(groups, names[order[: min(enough, len(names) - 1) or 1]])


def _labels(train: Examples, given: Examples | None) -> Indices | None:
    parts = [part.targets() for part in (train, given) if part is not None]
    if any(part is None or not np.issubdtype(part.dtype, np.integer) for part in parts):
        return None
    labels = np.concatenate([part for part in parts if part is not None]).astype(np.int64)
    return labels if len(np.unique(labels)) <= MOST_CLASSES else None


def _groups(task: Task, train: Examples, given: Examples | None) -> Indices | None:
    if task.groups is None:
        return None
    expected = len(train) + (len(given) if given is not None else 0)
    if len(task.groups) == len(train) and given is not None:
        raise TaskError(
            f"groups names {len(task.groups)} examples, but train and validation together have {expected}",
            todo="append the groups of the validation examples to those of the training examples",
        )
    if len(task.groups) != expected:
        raise TaskError(
            f"groups names {len(task.groups)} examples, found {expected}", todo="give one group per example"
        )
    return _as_codes(task.groups)


def _as_codes(names: Any) -> Indices:
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)


def _check_sizes(task: Task, pool: Pool) -> None:
    wanted = (task.train_size or 0) + (task.validation_size or 0)
    if wanted > len(pool.indices) or len(pool.indices) < 2:  # noqa: PLR2004 - one to train, one to validate
        raise TaskError(
            f"train_size and validation_size ask for {wanted:,} examples, {len(pool.indices):,} are left beside the test set",
            where=f"Task {task.name!r}",
            todo="ask for fewer, or give more data",
        )
