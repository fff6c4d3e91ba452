# SPDX-License-Identifier: Apache-2.0
"""One training as a call that any process can carry out: look it up, else train it, from where it was interrupted, and keep it."""

from collections.abc import Callable
from dataclasses import dataclass

from goodfit.errors import DivergedError, TaskError
from goodfit.execution.folders import Folder
from goodfit.execution.store import RunStore, StoredRun
from goodfit.training import OnEpoch, Prepared, PreparedCommand, Settings, Source, prepare
from goodfit.values import Run

OnRun = Callable[[str, Run], None]  # (what it was, the finished run), for progress


@dataclass(frozen=True, slots=True)
class Job:
    """A training to be carried out; picklable when its source is."""

    source: Source
    settings: Settings
    store: Folder
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
    if found is not None and job.fingerprint:
        store.unfinished(job.fingerprint, job.settings).remove_if_kept()
        return found
    prepared = prepare_for(job)
    found = store.find(prepared.fingerprint, job.settings)
    if found is not None:
        return found
    unfinished = store.unfinished(prepared.fingerprint, job.settings)
    try:
        trained = prepared.train(job.settings, on_epoch, unfinished)
    except DivergedError:
        unfinished.remove()  # it would diverge again
        raise
    last = (
        trained.last or None if job.settings.patience is None else None
    )  # at its planned end it may be asked about
    kept = store.keep(prepared.fingerprint, job.settings, trained.run, trained.state, last)
    unfinished.remove()
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
