# SPDX-License-Identifier: Apache-2.0
"""What a comparison holds while it runs: the task, where runs are kept and trained, and who listens.

An arm that fails must not take the others with it: its error is a result like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from goodfit.errors import DivergedError, GoodfitError
from goodfit.execution import Executor, Failure, Folder, Job, StoredRun, carry_out_all
from goodfit.listener import Listener, Tally
from goodfit.training import Prepared, PreparedCommand, Settings, Source
from goodfit.values import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One comparison under way."""

    source: Source
    prepared: Prepared | PreparedCommand
    store: Folder
    workers: Executor
    hear: Listener
    tally: Tally  # of the trainings after the one as planned
    base: Settings  # of the untreated training

    def job(self, settings: Settings) -> Job:
        """A training of this task."""
        return Job(self.source, settings, self.store, self.prepared.fingerprint)

    def untreated(self, seed: int) -> Job:
        """The training as planned, with another seed."""
        return self.job(replace(self.base, seed=seed))

    def carry_out(self, jobs: Sequence[Job]) -> list[StoredRun | Failure]:
        """The finished run of each job, or why there is none.

        Raises:
            StoreError: runs cannot be kept; nothing that follows could be either.
        """
        return carry_out_all(jobs, self.workers, self._hear)

    def _hear(self, job: Job, outcome: StoredRun | Failure) -> None:
        if isinstance(outcome, StoredRun):
            self.tally.run(_named(job.settings), outcome.run)
        else:
            self.tally.ended(None)


def _named(settings: Settings) -> str:
    numbers = ", ".join(
        f"{name} {value:g}" if name != remedy else name for name, value, remedy in _knobs(settings)
    )
    return f"{numbers or 'untreated'}, seed {settings.seed}"


def _knobs(settings: Settings) -> list[tuple[str, float, str]]:
    """(knob, value, remedy); of a remedy without a number the knob has its name."""
    remedy = settings.treatment.prescription.remedy if settings.treatment is not None else ""
    return [(name, value, remedy) for name, value in settings.knobs.items()]


def said(error: Exception) -> str:
    """Why a training gave nothing, as a phrase."""
    if not isinstance(error, GoodfitError):
        return f"raised {type(error).__name__}: {error}"
    return f"diverged: {error.found}" if isinstance(error, DivergedError) else error.found


def total(runs: Sequence[Run]) -> tuple[int, int, float]:
    """How many trainings, their epochs, and their seconds."""
    return len(runs), sum(run.epochs for run in runs), sum(run.seconds for run in runs)
