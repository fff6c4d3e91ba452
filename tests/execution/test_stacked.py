# SPDX-License-Identifier: Apache-2.0
"""Jobs carried out as a stack: kept apart from runs trained alone, never trained twice, never lost."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import DivergedError, TaskError
from goodfit.execution import Failure, Job, RunStore, StoredRun, Workers, carry_out, carry_out_stacked
from goodfit.execution import stacked as module
from goodfit.training import Settings, TaskSource, prepare
from goodfit.training.stacked import train_stacked
from stacking import small, treated
from toy_task import decayed

COUNT = 3


def _jobs(store: Path) -> list[Job]:
    source = TaskSource(task=small(2))
    mark = prepare(source).fingerprint
    return [Job(source, Settings(seed=seed), store, mark) for seed in range(COUNT)]


def _runs(outcomes: list[StoredRun | Failure]) -> list[StoredRun]:
    return [each for each in outcomes if isinstance(each, StoredRun)]


def test_a_stacked_run_has_a_key_of_its_own(tmp_path: Path) -> None:
    """It says what it is, and is not given to whoever asks for a run trained alone."""
    jobs = _jobs(tmp_path)
    heard: list[Job] = []
    with Workers(1) as here:
        outcomes, because = carry_out_stacked(jobs, here, lambda job, _: heard.append(job))
    assert because is None
    assert heard == jobs
    for job, stored in zip(jobs, _runs(outcomes), strict=True):
        assert stored.run.history.source == "task toy, trained in a stack"
        assert stored.weights()
        assert stored.last_weights() is not None, (
            "it was trained to its planned end, as an unfinished one may be asked"
        )
        alone = carry_out(job)
        assert alone.folder != stored.folder
        assert alone.run.history.source == "task toy"
        assert alone.run.per_example == pytest.approx(stored.run.per_example, rel=1e-4)
    assert RunStore(tmp_path).count() == 2 * COUNT


def test_what_the_store_holds_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run trained alone comes first, then a stacked one; the rest is stacked."""
    jobs = _jobs(tmp_path)
    alone = carry_out(jobs[1])
    with Workers(1) as here:
        first, _ = carry_out_stacked(jobs, here)
        monkeypatch.setattr(module, "train_stacked", None)  # whoever calls it fails
        again, because = carry_out_stacked(jobs, here)
    assert because is None
    assert [run.folder for run in _runs(again)] == [run.folder for run in _runs(first)]
    assert _runs(first)[1].folder == alone.folder
    assert RunStore(tmp_path).count() == COUNT


def test_a_diverged_arm_is_a_failure_in_its_place(tmp_path: Path) -> None:
    """The others are stored."""
    source = TaskSource(
        task=replace(small(2), optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1))
    )
    settings = [treated(decayed(0.1)), treated(decayed(1e30)), treated(decayed(0.01))]
    with Workers(1) as here:
        outcomes, because = carry_out_stacked([Job(source, each, tmp_path) for each in settings], here)
    assert because is None
    failed = outcomes[1]
    assert isinstance(failed, Failure)
    assert isinstance(failed.error, DivergedError)
    assert len(_runs(outcomes)) == 2


def test_what_cannot_be_stacked_is_trained_one_by_one(tmp_path: Path, toy: str) -> None:
    """The reason is given, and faults of the task are the failures that they are alone."""
    source = TaskSource(task=replace(small(1), optimizer=torch.optim.Adagrad))
    with Workers(1) as here:
        outcomes, because = carry_out_stacked(
            [Job(source, Settings(seed=seed), tmp_path) for seed in (0, 1)], here, stack=True
        )
        assert because is not None
        assert "Adagrad" in because
        assert [run.run.history.source for run in _runs(outcomes)] == ["task toy"] * 2
        several = [Job(TaskSource(task=small(1)), Settings(seed=0), tmp_path) for _ in range(2)]
        assert carry_out_stacked(several, here)[1] == "they are of several tasks, or go to several stores"
        faulty = [Job(TaskSource(f"{toy}:raises"), Settings(seed=seed), tmp_path) for seed in (0, 1)]
        outcomes, because = carry_out_stacked(faulty, here)
    assert because is not None
    assert [type(each.error) for each in outcomes if isinstance(each, Failure)] == [TaskError] * 2


def test_a_stack_that_fails_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had ended is kept, and what had not is trained alone."""
    jobs, trained = _jobs(tmp_path), train_stacked

    def fails(task: object, pool: object, settings: list[Settings], **given: object) -> None:
        trained(task, pool, settings[:1], **given)  # type: ignore[arg-type]
        raise MemoryError

    monkeypatch.setattr(module, "train_stacked", fails)
    with Workers(1) as here:
        outcomes, because = carry_out_stacked(jobs, here)
    assert because == "the process that trained the stack failed"
    sources = [run.run.history.source for run in _runs(outcomes)]
    assert sources == ["task toy, trained in a stack", "task toy", "task toy"]


def test_a_stack_can_be_declined(tmp_path: Path) -> None:
    """Then nothing stacked is taken from the store either."""
    jobs = _jobs(tmp_path)[:2]
    with Workers(1) as here:
        carry_out_stacked(jobs, here)
        outcomes, because = carry_out_stacked(jobs, here, stack=False)
    assert because == "it was not asked for"
    assert [run.run.history.source for run in _runs(outcomes)] == ["task toy"] * 2


@pytest.mark.slow
def test_processes_share_the_arms(tmp_path: Path, toy: str) -> None:
    """Two processes carry out a stack each, and every job has its outcome in its place."""
    source = TaskSource(f"{toy}:task")
    jobs = [Job(source, Settings(seed=seed, max_epochs=2), tmp_path) for seed in range(5)]
    with Workers(2) as pool:
        outcomes, because = carry_out_stacked(jobs, pool)
    assert because is None
    assert [run.run.seed for run in _runs(outcomes)] == list(range(5))
