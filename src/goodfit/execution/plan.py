# SPDX-License-Identifier: Apache-2.0
"""Many trainings, none of which takes the others down: each comes back as a stored run or as a failure.

    for outcome in carry_out_all(jobs, workers):
        match outcome:
            case StoredRun(): ...
            case Failure(): print(outcome.job.settings, outcome.error)

At most as many calls are under way as there are workers. When a worker process dies, only those can have killed it:
each of them is tried once more, alone, and one that dies alone is a failure. The rest goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from goodfit.errors import StoreError, WorkerDiedError
from goodfit.execution.jobs import Job, carry_out
from goodfit.execution.port import Executor
from goodfit.execution.store import StoredRun


@dataclass(frozen=True, slots=True)
class Failure:
    """A training that ended with an error instead of a run; it is reported, never dropped."""

    job: Job
    error: Exception  # a GoodfitError, or whatever the user's own code let through


Outcome = StoredRun | Failure
OnOutcome = Callable[[Job, Outcome], None]  # heard in the order in which trainings end, for progress


def carry_out_all(
    jobs: Sequence[Job], executor: Executor, on_run: OnOutcome | None = None
) -> list[StoredRun | Failure]:
    """Carry all jobs out; a job whose run the store holds is not trained again.

    Args:
        jobs: trainings, of one task or of several.
        executor: where they are carried out.
        on_run: told of every job as it ends.

    Returns:
        One outcome a job, in the order of the jobs. Whatever a job raised (DivergedError, TaskError, SurgeryError,
        WorkerDiedError, any error of the user's code) is a Failure.

    Raises:
        StoreError: the store cannot be read or written, as on a full disk. Nothing more is begun; finished runs are
            kept, and the same call goes on from there.
    """
    ended: dict[int, StoredRun | Failure] = {}
    for place, outcome in _outcomes(jobs, executor):
        ended[place] = outcome
        if on_run is not None:
            on_run(jobs[place], outcome)
    return [ended[place] for place in range(len(jobs))]


def _outcomes(jobs: Sequence[Job], executor: Executor) -> Iterator[tuple[int, StoredRun | Failure]]:
    """(place of a job, its outcome), in the order in which they end."""
    waiting, suspects = list(range(len(jobs)))[::-1], list[int]()
    under_way: dict[Future[StoredRun], int] = {}
    while waiting or under_way or suspects:
        alone = bool(suspects) and not under_way
        if alone:
            place = suspects.pop()
            under_way[_begun(jobs[place], executor)] = place
        while waiting and not suspects and not alone and len(under_way) < max(executor.count, 1):
            place = waiting.pop()
            under_way[_begun(jobs[place], executor)] = place
        done, _ = wait(under_way, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=under_way.__getitem__):
            place = under_way.pop(future)
            error = future.exception()
            if isinstance(error, WorkerDiedError) and not alone:
                suspects.append(place)
                continue
            if isinstance(error, StoreError) or (error is not None and not isinstance(error, Exception)):
                for other in under_way:
                    other.cancel()
                raise error
            yield place, future.result() if error is None else Failure(jobs[place], error)


def _begun(job: Job, executor: Executor) -> "Future[StoredRun]":
    """A job under way; one that cannot even be sent has failed."""
    try:
        return executor.submit(carry_out, job)
    except Exception as error:  # noqa: BLE001 - the Future hands it on
        failed: Future[StoredRun] = Future()
        failed.set_exception(error)
        return failed
