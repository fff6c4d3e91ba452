# SPDX-License-Identifier: Apache-2.0
"""What a comparison holds while it runs: the task, where runs are kept and trained, and who listens.

An arm that fails must not take the others with it: its error is a result like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goodfit.errors import DivergedError, GoodfitError
from goodfit.execution import Executor, Failure, Job, StoredRun, carry_out_all
from goodfit.listener import Listener
from goodfit.training import Prepared, Settings, TaskSource
from goodfit.values import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One comparison under way."""

    source: TaskSource
    prepared: Prepared
    store: Path
    workers: Executor
    hear: Listener

    def job(self, settings: Settings) -> Job:
        """A training of this task."""
        return Job(self.source, settings, self.store, self.prepared.fingerprint)

    def carry_out(self, jobs: Sequence[Job]) -> list[StoredRun | Failure]:
        """The finished run of each job, or why there is none.

        Raises:
            StoreError: runs cannot be kept; nothing that follows could be either.
        """
        return carry_out_all(jobs, self.workers, self._hear)

    def _hear(self, job: Job, outcome: StoredRun | Failure) -> None:
        if isinstance(outcome, StoredRun):
            self.hear.run(_named(job.settings), outcome.run)


def _named(settings: Settings) -> str:
    numbers = ", ".join(f"{name} {value:g}" for name, value in settings.knobs.items())
    return f"seed {settings.seed}, {numbers or 'untreated'}"


def said(error: Exception) -> str:
    """Why a training gave nothing, as a phrase."""
    if not isinstance(error, GoodfitError):
        return f"raised {type(error).__name__}: {error}"
    return f"diverged: {error.found}" if isinstance(error, DivergedError) else error.found


def total(runs: Sequence[Run]) -> tuple[int, int, float]:
    """How many trainings, their epochs, and their seconds."""
    return len(runs), sum(run.epochs for run in runs), sum(run.seconds for run in runs)
