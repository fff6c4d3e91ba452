# SPDX-License-Identifier: Apache-2.0
"""A plan of many trainings: a failed one is a value, and never costs the others."""

import os
import resource
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goodfit.errors import DivergedError, StoreError, SurgeryError, TaskError, WorkerDiedError
from goodfit.execution import Failure, Job, RunStore, StoredRun, Workers, carry_out_all
from goodfit.training import Settings, TaskSource
from goodfit.values import Edit, EditKind, Prescription, Treatment

SHORT = Settings(seed=0, max_epochs=1)
NOWHERE = Treatment(
    prescription=Prescription(remedy="raise-dropout"),
    edits=(Edit(path="no.such.layer", kind=EditKind.INSERT_DROPOUT, before=None, after=0.5, code=""),),
)


def _job(toy: str, store: Path, name: str = "task", **changes: object) -> Job:
    return Job(TaskSource(f"{toy}:{name}"), replace(SHORT, **changes), store)  # type: ignore[arg-type]


def test_failures_are_values_in_their_places(toy: str, tmp_path: Path) -> None:
    """Divergence, a task that raises and a treatment that fits nowhere are failures; the others are there."""
    jobs = [
        _job(toy, tmp_path),
        _job(toy, tmp_path, "diverges"),
        _job(toy, tmp_path, "raises"),
        _job(toy, tmp_path, treatment=NOWHERE),
        _job(toy, tmp_path, seed=1),
    ]
    heard: list[Job] = []
    with Workers(1) as here:
        outcomes = carry_out_all(jobs, here, lambda job, _: heard.append(job))
    assert heard == jobs
    kinds = [type(each.error) if isinstance(each, Failure) else StoredRun for each in outcomes]
    assert kinds == [StoredRun, DivergedError, TaskError, SurgeryError, StoredRun]
    assert [each.job for each in outcomes if isinstance(each, Failure)] == jobs[1:4]
    assert RunStore(tmp_path).count() == 2


def test_a_job_that_kills_its_worker_is_the_only_failure(toy: str, tmp_path: Path) -> None:
    """The pool is started anew, whoever was under way is tried again alone, and the murderer alone has failed."""
    jobs = [_job(toy, tmp_path, seed=seed) for seed in range(4)]
    jobs[1] = _job(toy, tmp_path, "dies")
    with Workers(2) as pool:
        outcomes = carry_out_all(jobs, pool)
        again = carry_out_all(jobs[2:], pool)
    failed = [place for place, each in enumerate(outcomes) if isinstance(each, Failure)]
    assert failed == [1]
    error = outcomes[1].error if isinstance(outcomes[1], Failure) else None
    assert isinstance(error, WorkerDiedError)
    assert "--workers 1" in (error.todo or "")
    assert again == outcomes[2:]
    assert RunStore(tmp_path).count() == 3


class _Unsteady(Workers):
    """Workers one of whose processes dies at the second call, as when memory was short for a moment."""

    calls = 0

    def submit(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == 2:
            failed: Future[StoredRun] = Future()
            failed.set_exception(WorkerDiedError("a worker process died"))
            return failed
        return super().submit(fn, *args, **kwargs)


def test_a_death_that_does_not_come_again_costs_nothing(toy: str, tmp_path: Path) -> None:
    """A job whose worker died once is there all the same."""
    jobs = [_job(toy, tmp_path, seed=seed) for seed in range(3)]
    outcomes = carry_out_all(jobs, _Unsteady(1))
    assert [each.run.seed for each in outcomes if isinstance(each, StoredRun)] == [0, 1, 2]


@pytest.mark.parametrize("count", [1, 2])
def test_a_store_that_cannot_be_written_stops_the_plan(toy: str, tmp_path: Path, count: int) -> None:
    """A store that takes nothing more stops the plan with the store's word: training on would be in vain."""
    (tmp_path / "runs").write_text("in the way", encoding="utf-8")
    with Workers(count) as workers, pytest.raises(StoreError, match=r"cannot be (kept|read)"):
        carry_out_all([_job(toy, tmp_path, seed=seed) for seed in range(3)], workers)


DISK_FULL = """
import resource, sys
from pathlib import Path
from goodfit.errors import StoreError
from goodfit.execution import Job, RunStore, Workers, carry_out_all
from goodfit.training import Settings, TaskSource

toy, store = sys.argv[1], Path(sys.argv[2])
jobs = [Job(TaskSource(f"{toy}:task"), Settings(seed=seed, max_epochs=3), store) for seed in range(3)]
carry_out_all(jobs[:1], Workers(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    carry_out_all(jobs, Workers(1))
except StoreError as error:
    print("stopped:", error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="this system sets no limit to files")
@pytest.mark.parametrize("limit", [100, 8_000])  # bytes: too few for run.json, and too few for the weights
def test_a_full_disk_leaves_nothing_half_written(toy: str, tmp_path: Path, limit: int) -> None:
    """When the system takes no more bytes the plan stops with a clear word; what was finished is there, nothing else."""
    script = tmp_path / "script.py"
    script.write_text(DISK_FULL, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), toy, str(tmp_path / "store"), str(limit)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert "stopped:" in done.stdout, done.stderr
    assert "--store" in done.stdout
    store = RunStore(tmp_path / "store")
    assert store.count() == 1
    assert [path for path in (tmp_path / "store" / "runs").iterdir() if path.name.startswith(".")] == []
