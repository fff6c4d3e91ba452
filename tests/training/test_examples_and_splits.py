# SPDX-License-Identifier: Apache-2.0
"""Data in any form, cut so that the test set is locked, classes keep their shares and groups stay whole."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import TensorDataset

from goodfit.errors import TaskError
from goodfit.training import Data, Task, as_examples, divide, draw
from goodfit.training.examples import JoinedExamples


def _task(size: int = 100, **changes: Any) -> Task:
    x = torch.arange(size).float()[:, None]
    y = (torch.arange(size) % 4 == 0).long()  # one in four
    options: dict[str, Any] = {"train": (x, y), "loss": nn.CrossEntropyLoss(), "epochs": 1, **changes}
    return Task(name="t", model=lambda: nn.Linear(1, 2), **options)


def test_tensors_and_datasets_give_the_same_batches() -> None:
    """Whether the user gives tensors or a Dataset makes no difference."""
    x, y = torch.randn(10, 3), torch.arange(10)
    rows = np.array([7, 2, 5])
    for data in ((x, y), TensorDataset(x, y)):
        inputs, targets = as_examples(data, "train").batch(rows)
        assert torch.equal(inputs, x[rows])
        assert targets.tolist() == [7, 2, 5]
        assert as_examples(data, "train").targets().tolist() == list(range(10))  # type: ignore[union-attr]


def test_joined_examples_keep_the_order_asked_for() -> None:
    """A batch may take from both parts, in any order, also with several inputs."""
    first = as_examples((torch.arange(3.0), torch.arange(3.0), torch.arange(3)), "train")
    second = as_examples((torch.arange(3.0, 6), torch.arange(3.0, 6), torch.arange(3, 6)), "validation")
    joined = JoinedExamples(first, second)
    for rows in ([4, 0, 5, 1], [0, 1], [5, 3]):
        (a, b), targets = joined.batch(np.array(rows))
        assert a.tolist() == b.tolist() == targets.tolist() == rows
    assert joined.targets().tolist() == list(range(6))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((torch.zeros(3),), "holds Tensor"),
        ((torch.zeros(3), torch.zeros(2)), "differ in length"),
        ((torch.zeros(0), torch.zeros(0)), "is empty"),
        (iter([1]), "no length or cannot be indexed"),
        ([[1], [2]], "holds list, list"),
        (TensorDataset(torch.zeros(3)), "an item of train is a tuple"),
    ],
)
def test_data_that_cannot_be_used_is_named(data: Data, message: str) -> None:
    """The error says what was found instead of inputs and targets."""
    with pytest.raises(TaskError, match=message):
        as_examples(data, "train")


@settings(max_examples=30, deadline=None)
@given(st.integers(20, 300), st.integers(0, 50))
def test_cuts_are_disjoint_complete_and_stratified(size: int, seed: int) -> None:
    """Test, validation and training share nothing, lose nothing, and keep the shares of the classes."""
    task = _task(size)
    pool, holdout = divide(task)
    split = draw(task, pool, seed)
    parts = [set(part.tolist()) for part in (split.train, split.validation, holdout.indices)]
    assert sum(map(len, parts)) == size
    assert set.union(*parts) == set(range(size))
    y = task.train[1]
    for part in parts:
        assert abs(y[list(part)].float().mean() - y.float().mean()) <= 2 / len(
            part
        )  # each of the two cuts may be off by one


def test_the_test_set_stays_and_the_rest_changes_with_the_seed() -> None:
    """Another seed draws another validation set; the locked examples are the same for all."""
    task = _task()
    (pool, holdout), (_, again) = divide(task), divide(task)
    assert holdout.indices.tolist() == again.indices.tolist()
    first, second = draw(task, pool, 1), draw(task, pool, 2)
    assert first.validation.tolist() != second.validation.tolist()
    assert first.train.tolist() == draw(task, pool, 1).train.tolist()


def test_groups_are_never_divided() -> None:
    """All examples of a group are on the same side of every cut."""
    groups = np.repeat(np.arange(20), 5)
    task = _task(groups=groups.tolist())
    pool, holdout = divide(task)
    split = draw(task, pool, 3)
    sides = [set(groups[part].tolist()) for part in (split.train, split.validation, holdout.indices)]
    assert all(sides)
    assert sum(map(len, sides)) == 20
    assert "whole groups" in holdout.note
    assert holdout.groups is not None


def test_given_sets_are_kept_for_the_users_own_run() -> None:
    """Seed 0 is the user's own split; other seeds draw anew unless the task forbids it."""
    extra = (torch.full((30, 1), -1.0), torch.zeros(30).long())
    task = _task(validation=extra, test=extra)
    pool, holdout = divide(task)
    own = draw(task, pool, 0)
    assert own.validation.tolist() == list(range(100, 130))
    assert len(holdout.indices) == 30
    assert holdout.note == "as given by the task"
    drawn = draw(task, pool, 1)
    assert len(drawn.validation) == 30
    assert min(drawn.validation) < 100
    fixed = _task(validation=extra, test=extra, resample=False)
    assert draw(fixed, divide(fixed)[0], 1).validation.tolist() == own.validation.tolist()


def test_a_test_set_that_was_trained_on_is_named() -> None:
    """Examples that are in both are counted and said."""
    x, y = torch.arange(100.0)[:, None], torch.zeros(100).long()
    _, holdout = divide(_task(train=(x, y), test=(x[:7], y[:7])))
    assert "7 of its 7 examples are in the training data too" in holdout.note
    _, apart = divide(_task(train=(x, y), test=(x + 1000, y)))
    assert apart.note == "as given by the task"


def test_sizes_that_do_not_fit_are_refused() -> None:
    """Asking for more than is there, or naming too few groups, is an error and not a guess."""
    with pytest.raises(TaskError, match="ask for 95 examples, 80 are left"):
        divide(_task(train_size=90, validation_size=5))
    with pytest.raises(TaskError, match="groups names 3 examples, found 100"):
        divide(_task(groups=[1, 2, 3]))
    extra = (torch.zeros(30, 1), torch.zeros(30).long())
    with pytest.raises(TaskError, match="together have 130"):
        divide(_task(groups=[0] * 100, validation=extra))


def test_train_size_draws_a_sample() -> None:
    """The training sample has the size asked for and changes with the seed."""
    task = _task(train_size=20, validation_size=10)
    pool, _ = divide(task)
    first, second = draw(task, pool, 1), draw(task, pool, 2)
    assert (len(first.train), len(first.validation)) == (20, 10)
    assert first.train.tolist() != second.train.tolist()
    counts = Counter(task.train[1][first.train].tolist())
    assert counts[1] in (4, 5, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": -1}, "batch_size is -1"),
        ({"loss": 3}, "loss is a int, not callable"),
    ],
)
def test_a_task_checks_its_fields(change: dict[str, Any], message: str) -> None:
    """A field out of its range is refused when the task is made."""
    with pytest.raises(TaskError, match=message):
        _task(**change)


def test_a_finished_model_is_no_factory() -> None:
    """The most likely mistake gets the most helpful message."""
    with pytest.raises(TaskError, match=r"finished nn\.Module"):
        Task(name="t", model=nn.Linear(1, 2), train=_task().train, loss=nn.CrossEntropyLoss(), epochs=1)
