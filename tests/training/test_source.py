# SPDX-License-Identifier: Apache-2.0
"""Naming a task: every way it can go wrong has a message of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import TaskError
from goodfit.tasks import BUILT_IN, find_task
from goodfit.training import Task, TaskSource, load_task, prepare


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nonsense", "does not name a task"),
        ("no/such/file.py:task", "there is no file"),
        ("no_such_module_at_all:task", "there is no module 'no_such_module_at_all'"),
        ("{toy}:nothing", "it has these functions: .*task"),
        ("{toy}:raises", "RuntimeError: the disk is full of bees"),
        ("{toy}:not_a_task", "gave a int"),
    ],
)
def test_a_reference_that_does_not_work(toy: str, reference: str, message: str) -> None:
    """The error says what is missing, or what the user's code raised and where."""
    with pytest.raises(TaskError, match=message) as caught:
        load_task(reference.format(toy=toy))
    assert caught.value.todo


def test_a_file_that_cannot_be_imported(tmp_path: Path) -> None:
    """The line at fault is named."""
    path = tmp_path / "broken.py"
    path.write_text("x = 1\ny = 1 / 0\n", encoding="utf-8")
    with pytest.raises(TaskError, match=r"ZeroDivisionError(.|\n)*line 2"):
        load_task(f"{path}:task")
    path.write_text("import no_such_thing_here\n", encoding="utf-8")
    with pytest.raises(TaskError, match="no_such_thing_here"):
        load_task(f"{path}:task")


def test_fingerprints_follow_what_matters(toy: str) -> None:
    """Equal tasks share a fingerprint; other data, another schedule or another model have another."""
    task = load_task(f"{toy}:task")

    def mark(changed: Task) -> str:
        return prepare(TaskSource(task=changed)).fingerprint

    x, y = task.train  # type: ignore[misc]
    assert mark(task) == mark(load_task(f"{toy}:task"))
    changes = (
        {"epochs": 13},
        {"train": (x + 1, y)},
        {"model": lambda: torch.nn.Linear(10, 2)},
        {"batch_size": 16},
        {"metric": None},
        {"loss": torch.nn.CrossEntropyLoss(label_smoothing=0.1)},
    )
    marks = {mark(replace(task, **change)) for change in changes}
    assert len(marks | {mark(task)}) == 1 + len(changes)


def test_the_same_test_set_is_known_again(toy: str) -> None:
    """Another model on the same data reads the same locked examples, and the ledger must see that."""
    task = load_task(f"{toy}:task")
    one = prepare(TaskSource(task=task)).holdout_fingerprint
    other = prepare(TaskSource(task=replace(task, model=lambda: torch.nn.Linear(10, 2)))).holdout_fingerprint
    assert one == other


def test_built_in_names() -> None:
    """A built-in name stands for a reference; anything else is taken as one."""
    assert find_task("mnist").reference == BUILT_IN["mnist"]
    assert find_task("a.b:c").reference == "a.b:c"
    assert TaskSource(task=load_task(BUILT_IN["mnist"])).name == "mnist"
