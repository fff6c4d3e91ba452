# SPDX-License-Identifier: Apache-2.0
"""Naming a task: every way it can go wrong has a message of its own."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from goodfit.errors import TaskError
from goodfit.execution import Job, Workers, carry_out
from goodfit.tasks import BUILT_IN, find_task
from goodfit.training import Settings, Task, TaskSource, load_task, prepare


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


def _dropping(rate: float) -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(10, 8), torch.nn.Dropout(rate), torch.nn.Linear(8, 2))


def _frozen() -> torch.nn.Module:
    model = _dropping(0.2)
    for parameter in next(model.children()).parameters():
        parameter.requires_grad = False
    return model


def _grouped(parameters: list[torch.nn.Parameter], count: int) -> torch.optim.Optimizer:
    groups = [{"params": parameters[:count]}, {"params": parameters[count:]}]
    return torch.optim.SGD(groups, lr=0.1)


def test_what_no_evaluation_shows_is_in_the_fingerprint_too(toy: str) -> None:
    """Rates, frozen layers, class weights and parameter groups change a training without changing a first output."""
    task = load_task(f"{toy}:task")
    x, y = task.train  # type: ignore[misc]
    order = y.argsort()
    sorted_task = replace(task, train=(x[order], y[order]))
    cross = torch.nn.CrossEntropyLoss
    variants: list[Task] = [
        replace(sorted_task, model=lambda: _dropping(0.2)),
        replace(sorted_task, model=lambda: _dropping(0.6)),
        replace(sorted_task, model=_frozen),
        replace(sorted_task, loss=cross(weight=torch.tensor([1.0, 1.0]))),
        replace(sorted_task, loss=cross(weight=torch.tensor([1.0, 9.0]))),
        replace(sorted_task, optimizer=lambda p: _grouped(list(p), 2)),
        replace(sorted_task, optimizer=lambda p: _grouped(list(p), 4)),
        replace(sorted_task, clip_norm=1.0),
    ]
    marks = [prepare(TaskSource(task=each)).fingerprint for each in variants]
    assert len(set(marks)) == len(variants)
    again = replace(sorted_task, model=lambda: _dropping(0.2))
    assert prepare(TaskSource(task=again)).fingerprint == marks[0]


def test_datasets_are_told_apart(toy: str) -> None:
    """All targets and some items of a Dataset are taken in."""
    task = load_task(f"{toy}:task")
    x, y = task.train  # type: ignore[misc]
    other = y.clone()
    other[1] = 1 - other[1]
    marks = {
        prepare(TaskSource(task=replace(task, train=torch.utils.data.TensorDataset(*data)))).fingerprint
        for data in ((x, y), (x, other), (x + 1, y))
    }
    assert len(marks) == 3


_SHARED_MODEL = torch.nn.Linear(10, 2)


def _unseeded() -> torch.nn.Module:
    model = torch.nn.Linear(10, 2)
    draws = torch.Generator()
    draws.seed()
    torch.nn.init.normal_(model.weight, generator=draws)
    return model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": lambda: _SHARED_MODEL}, "the same module twice"),
        ({"model": _unseeded}, "other weights at the same seed"),
        ({"optimizer": lambda _: None}, "gave a NoneType"),
        ({"device": "cuda:77"}, "cannot be used"),
    ],
)
def test_a_task_that_cannot_be_compared_is_refused(toy: str, change: dict[str, Any], message: str) -> None:
    """Before anything is trained, the factories are held to what paired trainings need."""
    with pytest.raises(TaskError, match=message):
        prepare(TaskSource(task=replace(load_task(f"{toy}:task"), **change)))


def test_random_data_are_the_same_in_every_process(tmp_path: Path) -> None:
    """What a task function draws is seeded, so a worker sees what the parent saw."""
    path = tmp_path / "random_task.py"
    path.write_text(
        "import torch\nfrom torch import nn\nfrom goodfit import Task\n"
        "def task():\n"
        "    return Task(name='r', model=lambda: nn.Linear(3, 1), train=(torch.randn(50, 3), torch.randn(50, 1)),"
        " loss=nn.MSELoss(), epochs=1)\n",
        encoding="utf-8",
    )
    source = TaskSource(f"{path}:task")
    job = Job(source, Settings(seed=0), tmp_path / "store", prepare(source).fingerprint)
    with Workers(2) as pool:
        assert pool.submit(carry_out, job).result().run.epochs == 1, (
            "another fingerprint would have been refused"
        )


def test_a_task_file_that_exits(tmp_path: Path) -> None:
    """SystemExit in the user's file is their fault, and not a success."""
    path = tmp_path / "exits.py"
    path.write_text("import sys\ndef task():\n    sys.exit(0)\n", encoding="utf-8")
    with pytest.raises(TaskError, match="SystemExit"):
        load_task(f"{path}:task")


def test_an_edited_file_is_loaded_again(tmp_path: Path, toy: str) -> None:
    """A task is not kept beyond a change of its file."""
    path = tmp_path / "edited.py"
    text = Path(toy).read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    first = prepare(TaskSource(f"{path}:task")).fingerprint
    path.write_text(text.replace("epochs: int = 12", "epochs: int = 13"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert prepare(TaskSource(f"{path}:task")).fingerprint != first


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
