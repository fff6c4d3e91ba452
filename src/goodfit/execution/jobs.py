# SPDX-License-Identifier: Apache-2.0
"""One training as a call that any process can carry out: look it up, else train and keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from goodfit.errors import TaskError
from goodfit.execution.store import RunStore, StoredRun
from goodfit.training import OnEpoch, Prepared, PreparedCommand, Settings, Source, prepare
from goodfit.values import Run

OnRun = Callable[[str, Run], None]  # (what it was, the finished run), for progress


@dataclass(frozen=True, slots=True)
class Job:
    """A training to be carried out; picklable when its source is."""

    source: Source
    settings: Settings
    store: Path
    fingerprint: str | None = None  # of the task as its first process saw it; None: whatever is loaded counts


def carry_out(job: Job, on_epoch: OnEpoch | None = None) -> StoredRun:
    """Give the finished run of a job, training it only when the store does not hold it yet.

    Raises:
        DivergedError: a loss became NaN or infinite.
        TaskError: the task cannot be loaded, raised, or is another one in this process.
        StoreError: the store cannot be read or written.
    """
    store = RunStore(job.store)
    found = store.find(job.fingerprint, job.settings) if job.fingerprint else None
    if found is not None:
        return found
    prepared = prepare_for(job)
    found = store.find(prepared.fingerprint, job.settings)
    if found is not None:
        return found
    trained = prepared.train(job.settings, on_epoch)
    kept = store.keep(prepared.fingerprint, job.settings, trained.run, trained.state)
    if (
        job.settings.patience is None and trained.last
    ):  # trained to its planned end: where it ended may be asked about
        store.keep_last(kept, trained.last)
    return kept


def prepare_for(job: Job) -> Prepared | PreparedCommand:
    """Load a job's task, making sure that it is the same in every process.

    Raises:
        TaskError: it is not: what it draws or reads differs from one process to the next.
    """
    prepared = prepare(job.source)
    if job.fingerprint is not None and prepared.fingerprint != job.fingerprint:
        raise TaskError(
            "the task gives other data or another model each time it is loaded",
            where=job.source.name,
            todo="seed what it draws at random, so that every process sees the same; or give --workers 1",
        )
    return prepared
