# SPDX-License-Identifier: Apache-2.0
"""Splits by time never look ahead, whatever the seed, the groups or the ties; contradictions are errors."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from goodfit.errors import TaskError
from goodfit.training import Task, draw, prepare
from goodfit.training.source import as_source
from goodfit.training.splits import divide


def _task(size: int = 100, **changes: Any) -> Task:
    x, y = torch.arange(float(size))[:, None], torch.arange(size) % 3
    task = Task(name="t", model=lambda: nn.Linear(1, 3), train=(x, y), loss=nn.CrossEntropyLoss(), epochs=1)
    return replace(task, **changes)


def _shuffled(size: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.random.default_rng(seed).permutation(size)


@settings(max_examples=40, deadline=None)
@given(st.integers(150, 300), st.integers(1, 6), st.integers(0, 20), st.booleans())
def test_nobody_looks_ahead(size: int, each: int, seed: int, grouped: bool) -> None:
    """Every training time is before every validation time, and that before every test time; groups stay whole."""
    times = _shuffled(size, seed) // each
    groups = times // 3 if grouped else None
    task = _task(size, times=times, groups=None if groups is None else groups.tolist())
    pool, holdout = divide(task)
    split = draw(task, pool, seed)
    assert len(split.train) > 0
    assert times[split.train].max() < times[split.validation].min()
    assert times[split.validation].max() < times[holdout.indices].min()
    if groups is not None:
        sides = [set(groups[part].tolist()) for part in (split.train, split.validation, holdout.indices)]
        assert sum(map(len, sides)) == len(set.union(*sides))


def test_the_seeds_differ_by_their_training_sample() -> None:
    """The own seed trains on all that lies before the validation set, others on four fifths; validation and test stay."""
    times = _shuffled(100)
    task = _task(times=times)
    pool, holdout = divide(task)
    own, first, second = (draw(task, pool, seed) for seed in (0, 1, 2))
    assert sorted(times[holdout.indices]) == list(range(80, 100))
    assert sorted(times[own.validation]) == list(range(64, 80))
    assert sorted(times[own.train]) == list(range(64))
    assert own.validation.tolist() == first.validation.tolist() == second.validation.tolist()
    assert len(first.train) == len(second.train) == 51
    assert first.train.tolist() != second.train.tolist()
    assert first.train.tolist() == draw(task, pool, 1).train.tolist()
    assert "nobody looks ahead" in pool.note
    assert "the latest 20 of 100" in holdout.note
    small = _task(times=times, train_size=10, validation_size=5)
    drawn = draw(small, divide(small)[0], 1)
    assert (len(drawn.train), len(drawn.validation)) == (10, 5)


def test_a_border_lies_between_two_times() -> None:
    """Examples of one day are never divided: the border moves to the nearest change of day."""
    times = np.repeat(np.arange(4), [40, 30, 5, 25])
    pool, holdout = divide(_task(times=times))
    assert set(times[holdout.indices]) == {3}
    split = draw(_task(times=times), pool, 0)
    assert set(times[split.validation]) == {2}
    assert set(times[split.train]) == {0, 1}


def test_earlier_examples_of_later_groups_are_left_out() -> None:
    """A patient seen in the test period is not trained on, even in her earlier visits, and the note says how many."""
    groups = np.arange(100) % 90  # examples 90 to 99 belong to the groups of 0 to 9
    task = _task(times=np.arange(100), groups=groups.tolist())
    pool, holdout = divide(task)
    assert not set(groups[holdout.indices]) & set(groups[pool.indices])
    assert "10 earlier ones of the same groups are left out" in holdout.note
    with pytest.raises(TaskError, match="also has later ones"):
        divide(_task(times=np.arange(100), groups=(np.arange(100) % 5).tolist()))


@pytest.mark.parametrize(
    "times",
    [
        [date(2020, 1, 1) + timedelta(days=i) for i in range(100)],
        [datetime(2020, 1, 1) + timedelta(hours=i) for i in range(100)],  # noqa: DTZ001 - without a zone, as in logs
        np.datetime64("2020-01-01") + np.arange(100),
        [f"2020-{i:03d}" for i in range(100)],
        np.linspace(0, 1, 100),
    ],
    ids=["date", "datetime", "datetime64", "text", "number"],
)
def test_times_of_any_kind(times: Any) -> None:
    """Numbers, dates and sortable text give the same split."""
    pool, holdout = divide(_task(times=times))
    assert holdout.indices.tolist() == list(range(80, 100))
    assert draw(_task(times=times), pool, 0).validation.tolist() == list(range(64, 80))


EXTRA = (torch.zeros(30, 1), torch.zeros(30).long())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": [1, 2, 3]}, "times names 3 examples, found 100"),
        ({"times": np.arange(100), "validation": EXTRA}, "together 130"),
        ({"times": np.zeros(130), "validation": EXTRA}, "not all later"),
        ({"times": [*range(100), *range(99, 129)], "validation": EXTRA}, "not all later"),
        (
            {"times": np.arange(130), "validation": EXTRA, "test": EXTRA, "resample": False},
            "contradict|both given",
        ),
        ({"times": np.zeros(100)}, "have the same time"),
        ({"times": [*range(99), float("nan")]}, "a time is missing"),
        ({"times": [*range(99), None]}, "a time is missing|put in order"),
        ({"times": [*range(99), "late"]}, "put in order|names|missing"),
        ({"times": np.zeros((100, 2))}, "shape"),
    ],
)
def test_contradictions_are_errors(changes: dict[str, Any], message: str) -> None:
    """Each says what was found; nothing is guessed."""
    if changes["times"] is not None and any(isinstance(each, str) for each in list(changes["times"])):
        changes = {"times": np.array(changes["times"], dtype=object)}
    with pytest.raises(TaskError, match=message):
        divide(_task(**changes))


def test_a_given_validation_set_that_is_later_is_kept() -> None:
    """Its border is the user's; other seeds still differ by their training sample, and the test set is given or cut."""
    task = _task(times=[*range(130)], validation=EXTRA, test=EXTRA)
    pool, holdout = divide(task)
    assert len(holdout.indices) == 30
    assert draw(task, pool, 3).validation.tolist() == list(range(100, 130))
    assert len(draw(task, pool, 3).train) == 80


def test_times_are_part_of_what_a_task_is() -> None:
    """Other times are another task, and no times leave the fingerprint as it was."""
    plain, timed, reversed_ = (
        prepare(as_source(_task(times=times))).fingerprint
        for times in (None, np.arange(100), np.arange(100)[::-1].copy())
    )
    assert len({plain, timed, reversed_}) == 3
