# SPDX-License-Identifier: Apache-2.0
"""What a comparison holds while it runs: the task, where runs are kept and trained, and who listens.

An arm that fails must not take the others with it: its error is a result like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goodfit.errors import DivergedError, GoodfitError, StoreError
from goodfit.execution import Job, StoredRun, Workers, carry_out
from goodfit.listener import Listener
from goodfit.training import Prepared, Settings, TaskSource
from goodfit.values import Run

Outcome = StoredRun | GoodfitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One comparison under way."""

    source: TaskSource
    prepared: Prepared
    store: Path
    workers: Workers
    hear: Listener

    def job(self, settings: Settings) -> Job:
        """A training of this task."""
        return Job(self.source, settings, self.store, self.prepared.fingerprint)

    def carry_out(self, jobs: Sequence[Job]) -> list[Outcome]:
        """The finished run of each job, or why there is none.

        Raises:
            StoreError: runs cannot be kept; nothing that follows could be either.
        """
        futures = [self.workers.submit(carry_out, job) for job in jobs]
        outcomes: list[Outcome] = []
        for job, future in zip(jobs, futures, strict=True):
            try:
                stored = future.result()
            except StoreError:
                raise
            except GoodfitError as error:
                outcomes.append(error)
                continue
            self.hear.run(_named(job.settings), stored.run)
            outcomes.append(stored)
        return outcomes


def _named(settings: Settings) -> str:
    numbers = ", ".join(f"{name} {value:g}" for name, value in settings.knobs.items())
    return f"seed {settings.seed}, {numbers or 'untreated'}"


def said(error: GoodfitError) -> str:
    """Why a training gave nothing, as a phrase."""
    return f"diverged: {error.found}" if isinstance(error, DivergedError) else error.found


def total(runs: Sequence[Run]) -> tuple[int, int, float]:
    """How many trainings, their epochs, and their seconds."""
    return len(runs), sum(run.epochs for run in runs), sum(run.seconds for run in runs)
