# SPDX-License-Identifier: Apache-2.0
"""From anybody's future to one of ours: the same result, and the death of a process as an error that says what to do."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from goodfit.errors import WorkerDiedError


def hand_on(done: Any, ours: "Future[Any]", is_death: Callable[[BaseException], bool]) -> None:
    """Give our Future what another one has, which is done.

    Args:
        done: with `cancelled`, `exception` and `result`, as concurrent.futures has them.
        ours: what was given to who asked.
        is_death: whether an error says that the process died.
    """
    if ours.cancelled():
        return
    if done.cancelled():
        ours.cancel()
        return
    error = done.exception()
    if error is None:
        ours.set_result(done.result())
    else:
        ours.set_exception(worker_died(error) if is_death(error) else error)


def worker_died(error: BaseException) -> WorkerDiedError:
    """What to say when the process of a call is gone."""
    died = WorkerDiedError(
        "a worker process died in the middle of its work",
        todo="memory may have run out: free some, or take fewer workers (--workers 1); finished trainings are kept",
    )
    died.__cause__ = error
    return died
