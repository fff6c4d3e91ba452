# SPDX-License-Identifier: Apache-2.0
"""Who is trained on, who validates, and who is locked away.

The test set is cut once, first, and is the same for every seed. What is left is the pool: the training sample and
the validation set are drawn from it anew for each seed (usually the largest source of variance between trainings:
Bouthillier et al. 2021, arXiv 2103.03098), the same for both arms of a seed. Classes keep their shares, groups stay whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from goodfit.errors import TaskError
from goodfit.training.cuts import cut
from goodfit.training.examples import (
    DatasetExamples,
    Examples,
    Indices,
    JoinedExamples,
    TensorExamples,
    as_examples,
)
from goodfit.training.seeds import derive
from goodfit.training.task import Task
from goodfit.training.times import SAMPLE_SHARE, apart, latest, times_of

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
    keeps_validation: bool  # whether every seed validates with the given set
    note: str  # how it is drawn from, for the user
    times: Indices | None = None  # rank of each example's time; None: without order


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
    labels, groups = _labels(train, given), _groups(task, train, given)
    times = times_of(task, len(train), 0 if given is None else len(given))
    everyone = np.arange(len(train), dtype=np.int64)
    if task.test is not None:
        kept, holdout = everyone, _given_test(task, train)
    else:
        kept, holdout = _locked_away(everyone, train, (labels, groups, times))
    joined: Examples = train if given is None else JoinedExamples(train, given)
    extra = np.arange(len(train), len(joined), dtype=np.int64)
    keeps = given is not None and (not task.resample or isinstance(given, DatasetExamples))
    pool = Pool(
        examples=joined,
        indices=np.concatenate([kept, extra]),
        labels=labels,
        groups=groups,
        given_validation=len(extra),
        keeps_validation=keeps,
        note=_BY_TIME if times is not None else _how_drawn(given, keeps=keeps),
        times=times,
    )
    _check_sizes(task, pool)
    return pool, holdout


def draw(task: Task, pool: Pool, seed: int) -> Split:
    """The training and validation examples of one seed."""
    if pool.times is not None:
        return _draw_by_time(task, pool, pool.times, seed)
    border = len(pool.indices) - pool.given_validation
    if pool.given_validation and (seed == OWN_SEED or pool.keeps_validation):
        train, validation = pool.indices[:border], pool.indices[border:]
    else:
        size = task.validation_size or pool.given_validation or round(VALIDATION_SHARE * len(pool.indices))
        own = derive(seed, "validation")
        train, validation = cut(pool.indices, max(1, size), pool.labels, pool.groups, seed=own)
    return Split(_sample(pool, train, task.train_size, seed), validation)


def _draw_by_time(task: Task, pool: Pool, times: Indices, seed: int) -> Split:
    """Validate with the latest; train on what lies before: all of it with the own seed, else a part drawn anew."""
    border = len(pool.indices) - pool.given_validation
    if pool.given_validation:
        validation = pool.indices[border:]
        earlier = apart(pool.indices[:border], validation, pool.groups)
    else:
        size = task.validation_size or round(VALIDATION_SHARE * len(pool.indices))
        earlier, validation = latest(pool.indices, max(1, size), times, pool.groups)
    most = len(earlier) if seed == OWN_SEED else max(1, round(SAMPLE_SHARE * len(earlier)))
    return Split(_sample(pool, earlier, min(task.train_size or most, most), seed), validation)


def _sample(pool: Pool, train: Indices, size: int | None, seed: int) -> Indices:
    """Draw the training sample of a seed; a single group cannot be divided and stays whole."""
    if size is None or size >= len(train):
        return train
    own = derive(seed, "training sample")
    _, drawn = cut(train, size, pool.labels, pool.groups, seed=own)
    return drawn if len(drawn) else train


def _given_test(task: Task, train: Examples) -> Holdout:
    test = as_examples(task.test, "test") if task.test is not None else train
    groups = _as_codes(task.test_groups) if task.test_groups is not None else None
    if groups is not None and len(groups) != len(test):
        raise TaskError(
            f"test_groups names {len(groups)} examples, test has {len(test)}",
            todo="give one group per example",
        )
    shared = _shared(train, test)
    note = "as given by the task"
    if shared:
        note += f"; {shared:,} of its {len(test):,} examples are in the training data too, which flatters both arms"
    return Holdout(test, np.arange(len(test), dtype=np.int64), groups, note)


def _locked_away(
    everyone: Indices, train: Examples, marks: tuple[Indices | None, Indices | None, Indices | None]
) -> tuple[Indices, Holdout]:
    labels, groups, times = marks
    size = max(1, round(TEST_SHARE * len(train)))
    if times is not None:
        kept, locked = latest(everyone, size, times, groups)
        left_out = len(everyone) - len(kept) - len(locked)
        note = f"no test set was given: the latest {len(locked):,} of {len(train):,} training examples were locked away"
        if left_out:
            note += f"; {left_out:,} earlier ones of the same groups are left out"
        return kept, Holdout(train, locked, groups[locked] if groups is not None else None, note)
    kept, locked = cut(everyone, size, labels, groups, seed=OWN_SEED)
    how = "at random" if labels is None else "classes keep their shares"
    how = "whole groups" if groups is not None else how
    note = f"no test set was given: {len(locked):,} of {len(train):,} training examples were locked away first ({how})"
    return kept, Holdout(train, locked, groups[locked] if groups is not None else None, note)


_BY_TIME = (
    "validation is the latest of what is left, the same for every seed; the training sample is drawn anew for each seed from "
    f"what lies before it ({SAMPLE_SHARE:.0%} of that), and nobody looks ahead"
)


def _how_drawn(given: Examples | None, *, keeps: bool) -> str:
    if given is None:
        return "training sample and validation set are drawn anew for each seed"
    if keeps:
        return (
            "every seed validates with the given set; only initialisation, order and training sample change"
        )
    return "seed 0 uses the given train and validation sets; for the others both are pooled and drawn anew"


def _shared(train: Examples, test: Examples) -> int:
    """How many test examples also occur in the training data; looked for in tensors only."""
    if not (isinstance(train, TensorExamples) and isinstance(test, TensorExamples)):
        return 0
    seen = set(_marks(train))
    return sum(mark in seen for mark in _marks(test))


def _marks(examples: TensorExamples) -> Iterator[int]:
    """A hash of each example's input."""
    rows = examples.tensors[0].detach().cpu().contiguous().reshape(len(examples), -1).view(torch.uint8)
    return (hash(row.tobytes()) for row in rows.numpy())


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
    codes = _as_codes(task.groups)
    if len(np.unique(codes)) < 3:  # noqa: PLR2004 - one to train, one to validate, one to test
        found = len(np.unique(codes))
        raise TaskError(
            f"groups names {found} groups; 3 are the least", todo="leave groups out if it is no grouping"
        )
    return codes


def _as_codes(names: Any) -> Indices:
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)


def _check_sizes(task: Task, pool: Pool) -> None:
    """Refuse sizes that leave nobody to train or to validate with."""
    wanted = (task.train_size or 0) + (task.validation_size or 0)
    small = [size for size in (task.train_size, task.validation_size) if size is not None and size < 1]
    left = len(pool.indices)
    split = draw(task, pool, OWN_SEED) if wanted <= left and left > 1 and not small else None
    if split is None or not len(split.train) or not len(split.validation):
        raise TaskError(
            f"train_size and validation_size ask for {wanted:,} examples, {left:,} are left beside the test set",
            where=f"Task {task.name!r}",
            todo="ask for at least one and at most so many, or give more data",
        )
