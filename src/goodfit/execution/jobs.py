# SPDX-License-Identifier: Apache-2.0
"""One training as a call that any process can carry out: look it up, else train it, from where it was interrupted, and keep it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from goodfit.errors import DivergedError, TaskError
from goodfit.execution.folders import Folder
from goodfit.execution.news import both, telling
from goodfit.execution.store import RunStore, StoredRun
from goodfit.execution.unfinished import Unfinished
from goodfit.training import OnEpoch, Prepared, PreparedCommand, Settings, Source, passed_on, prepare
from goodfit.training.halting import until
from goodfit.values import Run

OnRun = Callable[[str, Run], None]  # (what it was, the finished run), for progress


@dataclass(frozen=True, slots=True)
class Job:
    """A training to be carried out; picklable when its source is."""

    source: Source
    settings: Settings
    store: Folder
    fingerprint: str | None = None  # of the task as its first process saw it; None: whatever is loaded counts
    until: float | None = None  # time.time() after which it is ended at the end of an epoch
    news: str | None = None  # folder where its epochs are told: see `news`
    after: Settings | None = (
        None  # a training that is the same up to its best epoch, from where this one goes on
    )
    hand_on: bool = False  # whether another one may go on from the best epoch of this one

    def key(self, *, stacked: bool = False) -> str:
        """What the store, and whoever listens, know this training by."""
        return RunStore(self.store, stacked=stacked).key(self.fingerprint or "", self.settings)


def carry_out(job: Job, on_epoch: OnEpoch | None = None) -> StoredRun:
    """Give the finished run of a job, training it only when the store does not hold it yet.

    Raises:
        DivergedError: a loss became NaN or infinite.
        HaltedError: it was asked to end; the next call goes on from there.
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
    if job.after is not None:
        _take_over(store, prepared.fingerprint, job.after, unfinished)
    try:
        with until(job.until):
            trained = prepared.train(
                job.settings,
                both(on_epoch, telling(job.news, job.key())),
                unfinished,
                hand_on=job.hand_on,
            )
    except DivergedError:
        unfinished.remove()  # it would diverge again
        raise
    last = (
        trained.last or None if job.settings.patience is None else None
    )  # at its planned end it may be asked about
    kept = store.keep(prepared.fingerprint, job.settings, trained.run, trained.state, last, trained.best)
    unfinished.remove()
    return kept


def _take_over(store: RunStore, task: str, before: Settings, unfinished: Unfinished) -> None:
    """Begin at the best epoch of another training, as if this one had been interrupted there.

    The two are the same up to there, so this only saves time: where nothing was handed on, or it cannot be written
    down, the training begins at its first epoch and comes to the same result.
    """
    found = None if unfinished.file.is_file() else store.handed_on(task, before)
    parent = store.find(task, before)
    if found is None or parent is None:
        return
    content = passed_on(found, unfinished.mark, parent.run.best_epoch)
    if content is not None:
        with suppress(OSError):
            unfinished.write(content)


def reached(job: Job, *, stacked: bool = True) -> StoredRun | Run | None:
    """What there is of a job without training it: its finished run, or what an interrupted one had measured.

    Args:
        job: the training.
        stacked: whether one trained in a stack counts, where there is none trained alone.

    Raises:
        TaskError: the task cannot be loaded, or raised.
        StoreError: the store cannot be read.
    """
    prepared, store = prepare_for(job), RunStore(job.store)
    stores = [store, replace(store, stacked=True)] if stacked else [store]
    for each in stores:
        found = each.find(prepared.fingerprint, job.settings)
        if found is not None:
            return found
    for each in stores:
        place = each.unfinished(prepared.fingerprint, job.settings)
        if place.file.is_file():
            return prepared.so_far(job.settings, place)
    return None


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
