# SPDX-License-Identifier: Apache-2.0
"""An executor that the user has already: concurrent.futures' own, loky's, a dask Client.

    with ProcessPoolExecutor(8) as pool:
        tune("my_task.py:task", knob, workers=Borrowed(pool))

It needs `submit(fn, *args)` and futures with `add_done_callback`, `cancelled`, `exception` and `result`. It is not shut
down: that is its owner's business.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from goodfit.errors import SettingsError
from goodfit.execution.handing_on import hand_on, worker_died
from goodfit.execution.local import processors

P = ParamSpec("P")
T = TypeVar("T")

_DEATHS = {"KilledWorker", "TerminatedWorkerError"}  # of dask and of loky
_one_at_a_time = threading.Lock()


class Borrowed:
    """Carries calls out by somebody's executor.

    Args:
        executor: whose processes do the work. Threads are refused, since torch's random generators are shared by all
            threads of a process.
        count: how many calls it carries out side by side; None: what it says, else the processors of this machine.

    Raises:
        SettingsError: it has no `submit`.
    """

    def __init__(self, executor: Any, count: int | None = None) -> None:
        if not callable(getattr(executor, "submit", None)):
            raise SettingsError(
                f"a {type(executor).__name__} carries nothing out",
                where="Borrowed",
                todo="give an object with submit(fn, *args) that returns a future",
            )
        self.count = count or _count_of(executor) or processors()
        self._executor = executor
        self._options = {"pure": False} if type(executor).__module__.startswith("distributed") else {}
        self._under_way: dict[Future[Any], Any] = {}

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin `fn(*args, **kwargs)`; its result or error comes with the Future."""
        ours: Future[T] = Future()
        try:
            sent = self._executor.submit(_carried_out, os.getpid(), (fn, args, kwargs), **self._options)
        except BrokenExecutor as error:  # its owner alone can start it anew
            ours.set_exception(worker_died(error))
            return ours
        self._under_way[ours] = sent
        sent.add_done_callback(lambda done: self._hand_on(done, ours))
        return ours

    def warm_up(self) -> None:
        """Nothing: its owner has started it."""

    def halt(self) -> None:
        """Drop the calls not yet begun; those under way are their owner's business."""
        for future in list(self._under_way.values()):
            future.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.halt()

    def _hand_on(self, done: Any, ours: "Future[Any]") -> None:
        self._under_way.pop(ours, None)
        hand_on(done, ours, _is_death)


def _carried_out(asked_by: int, call: tuple[Callable[..., T], tuple[Any, ...], dict[str, Any]]) -> T:
    """On the other side: one torch thread, and one training at a time in a process, whatever threads it has."""
    if os.getpid() == asked_by and threading.current_thread() is not threading.main_thread():
        raise SettingsError(
            "an executor of threads was given, and threads share the random generators of torch",
            where="Borrowed",
            todo="give one of processes",
        )
    fn, args, kwargs = call
    with _one_at_a_time:
        if os.getpid() != asked_by:
            from goodfit.training import settle_threads

            settle_threads()
        return fn(*args, **kwargs)


def _is_death(error: BaseException) -> bool:
    return isinstance(error, BrokenExecutor) or type(error).__name__ in _DEATHS


def _count_of(executor: Any) -> int | None:
    """How many workers an executor says it has."""
    own = getattr(executor, "_max_workers", None)
    if isinstance(own, int):
        return own
    cores = getattr(executor, "ncores", None)  # of a dask Client: {address of a worker: its threads}
    return (len(cores()) or None) if callable(cores) else None
