# SPDX-License-Identifier: Apache-2.0
"""Trainings of one task carried out as a stack where that pays, and one by one where it does not.

    outcomes, because = carry_out_stacked(jobs, workers)
    because                            # None, or why they were trained one by one

A stacked run agrees with one trained alone within rounding, not bit for bit, so it is kept under a key of its own:
whoever asks for a run trained alone never gets a stacked one (docs/decisions/0015).
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from goodfit.errors import DivergedError, GoodfitError, StoreError, TrainingError
from goodfit.execution.jobs import Job, prepare_for
from goodfit.execution.news import telling
from goodfit.execution.plan import Failure, OnOutcome, Outcome, carry_out_all
from goodfit.execution.port import Executor
from goodfit.execution.store import RunStore, StoredRun
from goodfit.training import Epoch, Prepared, TaskSource
from goodfit.training.halting import until
from goodfit.training.stacked import Ended, can_stack, train_stacked, work_of, worth_stacking

PAIR = 2  # arms that a process gets at least, where that comes out: one alone is no stack


def carry_out_stacked(
    jobs: Sequence[Job], executor: Executor, on_run: OnOutcome | None = None, *, stack: bool | None = None
) -> tuple[list[Outcome], str | None]:
    """Carry all jobs out; a job whose run the store holds, stacked or not, is not trained again.

    Args:
        jobs: trainings of one task.
        executor: where they are carried out; several processes share the arms.
        on_run: told of every job as it ends.
        stack: True: wherever it is possible; False: never, and no stacked run is taken from the store; None: where it pays.

    Returns:
        One outcome a job, in the order of the jobs; and why those that had to be trained were not stacked, None where
        they were, or where there were none.

    Raises:
        StoreError: the store cannot be read or written; finished runs are kept.
    """
    ended, because = stack_first(jobs, executor, stack=stack)
    if on_run is not None:
        for place, outcome in ended.items():
            on_run(jobs[place], outcome)
    missing = [place for place in range(len(jobs)) if place not in ended]
    left = [jobs[place] for place in missing]
    ended |= dict(zip(missing, carry_out_all(left, executor, on_run), strict=True))
    return [ended[place] for place in range(len(jobs))], because


def stack_first(
    jobs: Sequence[Job], executor: Executor, *, stack: bool | None = None
) -> tuple[dict[int, Outcome], str | None]:
    """Train as a stack what can be; the rest is left to be trained one by one.

    Args:
        jobs: trainings of one task.
        executor: where they are carried out.
        stack: as for `carry_out_stacked`.

    Returns:
        The outcomes of jobs by their place: those that the store held or that were stacked; and why the others were not.

    Raises:
        StoreError: the store cannot be read or written; finished runs are kept.
    """
    if stack is False:
        return {}, "it was not asked for"
    stored = ((place, _stored(job)) for place, job in enumerate(jobs))
    ended: dict[int, Outcome] = {place: run for place, run in stored if run is not None}
    missing = [place for place in range(len(jobs)) if place not in ended]
    begun = [place for place in missing if _is_under_way(jobs[place], stacked=True)]
    rest = [(place, executor.submit(carry_out_rest, jobs[place])) for place in begun]
    ended |= {place: _ended(jobs[place], future) for place, future in rest}
    missing = [place for place in missing if place not in ended]
    if not missing:
        return ended, None
    because = _reason_against([jobs[place] for place in missing], stack=stack)
    if because is None:
        ended |= dict(_stacked(jobs, missing, executor))
        if len(ended) < len(jobs):
            because = "the process that trained the stack failed"
    return ended, because


def carry_out_stack(jobs: Sequence[Job]) -> list[Outcome]:
    """Train all jobs as one stack in this process, and keep each run as soon as it ends.

    Raises:
        TrainingError: they cannot be stacked.
        TaskError: the task cannot be loaded, raised, or is another one in this process.
        StoreError: the store cannot be written.
    """
    prepared, store = _in_python(jobs[0]), RunStore(jobs[0].store, stacked=True)
    ended = dict[int, Outcome]()

    def keep(place: int, how: Ended) -> None:
        job = jobs[place]
        if isinstance(how, DivergedError):
            ended[place] = Failure(job, how)
            return
        last = how.last if job.settings.patience is None else None  # as in `carry_out`
        ended[place] = store.keep(prepared.fingerprint, job.settings, how.run, how.state, last)

    tell = [telling(job.news, job.key(stacked=True)) for job in jobs]

    def on_epoch(place: int, epoch: int, planned: int, measured: Epoch) -> None:
        listener = tell[place]
        if listener is not None:
            listener(epoch, planned, measured)

    places = [store.unfinished(prepared.fingerprint, job.settings) for job in jobs]
    with until(jobs[0].until):
        train_stacked(
            prepared.task,
            prepared.pool,
            [job.settings for job in jobs],
            on_epoch=on_epoch,
            on_end=keep,
            places=places,
        )
    for place in places:
        place.remove_if_kept()
    return [ended[place] for place in range(len(jobs))]


def carry_out_rest(job: Job) -> StoredRun:
    """Train an arm of a stack that was interrupted to its end, alone; it stays a run of a stack, equal but for rounding.

    Raises:
        DivergedError: its loss became NaN or infinite.
        HaltedError: it was asked to end once more.
        TaskError: the task cannot be loaded, raised, or is another one in this process.
        StoreError: the store cannot be written.
    """
    prepared, store = _in_python(job), RunStore(job.store, stacked=True)
    place = store.unfinished(prepared.fingerprint, job.settings)
    with until(job.until):
        trained = prepared.train(job.settings, telling(job.news, job.key(stacked=True)), place)
    run = trained.run
    run = replace(run, history=replace(run.history, source=f"{run.history.source}, trained in a stack"))
    last = trained.last if job.settings.patience is None else None
    kept = store.keep(prepared.fingerprint, job.settings, run, trained.state, last)
    place.remove()
    return kept


def _in_python(job: Job) -> Prepared:
    """The task of a job, which this process can train by itself.

    Raises:
        TrainingError: it is trained by a command.
    """
    prepared = prepare_for(job)
    if isinstance(prepared, Prepared):
        return prepared
    raise TrainingError("a command trains by itself", where=job.source.name, todo="train them one by one")


def _stored(job: Job) -> StoredRun | None:
    """The run of a job that the store holds: one trained alone before a stacked one."""
    try:
        fingerprint = job.fingerprint or prepare_for(job).fingerprint
    except GoodfitError:
        return None  # whoever carries the job out will meet it again
    alone = RunStore(job.store)
    found = alone.find(fingerprint, job.settings)
    return found if found is not None else replace(alone, stacked=True).find(fingerprint, job.settings)


def _reason_against(jobs: Sequence[Job], *, stack: bool | None) -> str | None:
    """Why jobs are not stacked, None where they are."""
    first = jobs[0]
    if len({(_identity(job), job.store) for job in jobs}) > 1:
        return "they are of several tasks, or go to several stores"
    if any(_is_under_way(job) for job in jobs):
        return "one was interrupted, and goes on from there alone"
    try:
        prepared, settings = _in_python(first), [job.settings for job in jobs]
        if stack is None:
            choice = worth_stacking(work_of(prepared.task, prepared.pool, settings[0]), len(jobs))
            if not choice.stack:
                return choice.because
        return can_stack(prepared.task, prepared.pool, settings)
    except GoodfitError as error:
        return f"a first look at them found that {error.found}"
    except Exception as error:  # noqa: BLE001 - the training alone meets it again, and names it
        return f"a first look at them raised {type(error).__name__}: {error}"


def _ended(job: Job, future: "Future[StoredRun]") -> Outcome:
    """What came of a job.

    Raises:
        StoreError: the store cannot be written.
    """
    error = future.exception()
    if isinstance(error, StoreError) or (error is not None and not isinstance(error, Exception)):
        raise error
    return future.result() if error is None else Failure(job, error)


def _is_under_way(job: Job, *, stacked: bool = False) -> bool:
    """Whether the store holds what an interrupted training of this job, alone or in a stack, had reached."""
    try:
        fingerprint = job.fingerprint or prepare_for(job).fingerprint
    except GoodfitError:
        return False  # whoever carries the job out will meet it again
    return RunStore(job.store, stacked=stacked).unfinished(fingerprint, job.settings).file.is_file()


def _identity(job: Job) -> object:
    """What makes two jobs trainings of one task: the name of it, or the Task itself."""
    source = job.source
    return (source.reference, id(source.task)) if isinstance(source, TaskSource) else repr(source)


def _stacked(jobs: Sequence[Job], places: Sequence[int], executor: Executor) -> list[tuple[int, Outcome]]:
    """The outcomes of stacks, one a process; a process that died or whose stack failed gives only what it kept."""
    count = max(1, min(executor.count, -(-len(places) // PAIR)))
    parts = [list(places[start::count]) for start in range(count)]
    futures = [(part, _begun([jobs[place] for place in part], executor)) for part in parts]
    found = list[tuple[int, Outcome]]()
    for part, future in futures:
        error = future.exception()
        if isinstance(error, StoreError) or (error is not None and not isinstance(error, Exception)):
            for _, other in futures:
                other.cancel()
            raise error
        if error is None:
            found += zip(part, future.result(), strict=True)
        else:
            kept = ((place, _stored(jobs[place])) for place in part)
            found += [(place, run) for place, run in kept if run is not None]
    return found


def _begun(jobs: Sequence[Job], executor: Executor) -> "Future[list[Outcome]]":
    """A stack under way; one that cannot even be sent has failed."""
    try:
        return executor.submit(carry_out_stack, jobs)
    except Exception as error:  # noqa: BLE001 - the Future hands it on
        failed: Future[list[Outcome]] = Future()
        failed.set_exception(error)
        return failed
