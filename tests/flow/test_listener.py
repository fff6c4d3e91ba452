# SPDX-License-Identifier: Apache-2.0
"""How far an experiment is, told over all its trainings."""

from pathlib import Path
from typing import Any

import pytest

import goodfit
from goodfit.errors import WorkerDiedError
from goodfit.execution import Executor, Workers
from goodfit.listener import Silent, Tally
from goodfit.values import Arm, Curve, History, Run, RunStatus, Split


class Heard(Silent):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, float | None]] = []
        self.notes: list[str] = []

    def progress(self, done: int, of: int, left: float | None) -> None:
        """Note how far it is."""
        self.told.append((done, of, left))

    def note(self, what: str) -> None:
        """Note a word."""
        self.notes.append(what)


def _run(seconds: float) -> Run:
    curve = Curve.of([1.0], x=[1], split=Split.VALIDATION, metric="loss")
    return Run(
        seed=0,
        arm=Arm.CONTROL,
        history=History(curves={"val_loss": curve}),
        score=1.0,
        best_epoch=1,
        epochs=1,
        seconds=seconds,
        status=RunStatus.FINISHED,
    )


def test_the_time_left_is_that_of_the_mean() -> None:
    """As many as are to come, each as long as those that are there, shared among the workers."""
    heard = Heard()
    tally = Tally(heard, of=5, workers=2)
    tally.ended(None)
    tally.run("first", _run(10.0))
    tally.run("second", _run(20.0))
    tally.expect(1)
    tally.run("last", _run(30.0))
    assert heard.told == [(1, 5, None), (2, 5, 10.0 * 3 / 2), (3, 5, 15.0 * 2 / 2), (4, 4, 0.0)]


def test_fix_tells_how_far_it_is_and_that_the_task_changed(toy: str, tmp_path: Path) -> None:
    """Every training of search and proof is counted to the end; a changed task is told once, and is in the report."""
    file = tmp_path / "mine.py"
    text = f"import sys\nsys.path.insert(0, {str(Path(toy).parent)!r})\nfrom toy_task import task as made\n"
    file.write_text(f"{text}def task():\n    return made(epochs=2)\n", encoding="utf-8")
    heard = Heard()
    with Workers(1) as workers:
        goodfit.fix(
            f"{file}:task",
            remedy="weight-decay",
            seeds=1,
            store=tmp_path / "s",
            workers=workers,
            listener=heard,
        )
    assert heard.notes == []
    assert [done for done, _, _ in heard.told] == list(range(1, len(heard.told) + 1))
    file.write_text(f"{text}def task():\n    return made(epochs=3)\n", encoding="utf-8")
    again = Heard()
    report = goodfit.fix(f"{file}:task", remedy="weight-decay", seeds=1, store=tmp_path / "s", listener=again)
    assert len(again.notes) == 1
    assert "changed since it was last trained here" in again.notes[0]
    assert again.notes[0] in report.notes


class Dying(Workers):
    """Workers whose processes always die."""

    def submit(self, *_: Any, **__: Any) -> Any:
        """Fail."""
        raise WorkerDiedError("a worker process died")


def test_an_executor_that_is_given_is_used(toy: str, tmp_path: Path) -> None:
    """Fix trains where it is told to, and leaves the executor to its owner."""
    given: Executor = Dying(1)
    with pytest.raises(WorkerDiedError):
        goodfit.fix(f"{toy}:task", remedy="weight-decay", seeds=1, store=tmp_path, workers=given)
