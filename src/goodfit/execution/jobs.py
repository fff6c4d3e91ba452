# SPDX-License-Identifier: Apache-2.0
"""One training as a call that any process can carry out: look it up, else train and keep it."""

from dataclasses import dataclass
from pathlib import Path

from goodfit.execution.store import RunStore, StoredRun
from goodfit.training import OnEpoch, Settings, TaskSource, prepare, train


@dataclass(frozen=True, slots=True)
class Job:
    """A training to be carried out; picklable when its source is."""

    source: TaskSource
    settings: Settings
    store: Path


def carry_out(job: Job, on_epoch: OnEpoch | None = None) -> StoredRun:
    """Give the finished run of a job, training it only when the store does not hold it yet.

    Raises:
        DivergedError: a loss became NaN or infinite.
        TaskError: the task cannot be loaded or raised.
        StoreError: the store cannot be read or written.
    """
    prepared, store = prepare(job.source), RunStore(job.store)
    found = store.find(prepared.fingerprint, job.settings)
    if found is not None:
        return found
    trained = train(prepared.task, prepared.pool, job.settings, on_epoch)
    return store.keep(prepared.fingerprint, job.settings, trained.run, trained.state)
