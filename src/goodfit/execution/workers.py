# SPDX-License-Identifier: Apache-2.0
"""`submit(fn, *args) -> Future`: in this process, or in a pool of processes with one torch thread each."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
ORPHAN_CHECK = 1.0  # seconds between looks at whether the parent process is still there


def processors() -> int:
    """How many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """Carries calls out; with one worker at once and here, with more in spawned processes.

    Args:
        count: processes; None takes as many as there are processors to run on.

    On leaving the block early (an error, Ctrl-C) calls not yet begun are dropped and the processes are ended;
    what they had stored stays stored.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or processors()
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin `fn(*args, **kwargs)`; its result or error comes with the Future."""
        if self.count > 1:
            return self._started().submit(fn, *args, **kwargs)
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the Future hands it on
            done.set_exception(error)
        return done

    def warm_up(self) -> None:
        """Start the processes now, so that their imports overlap with other work."""
        if self.count > 1:
            for _ in range(self.count):
                self._started().submit(_import_torch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        if kind is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - no public way to end a call under way
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.count, mp_context=get_context("spawn"), initializer=_settle_in, initargs=(os.getpid(),)
            )
        return self._pool


def _settle_in(parent: int) -> None:
    """Set a worker process up: Ctrl-C is the parent's business, one torch thread, no life after the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()
    _import_torch()


def _import_torch() -> None:
    from goodfit.training import settle_threads

    settle_threads()


def _leave_with_parent(parent: int) -> None:
    """End this process when its parent is gone, also after a kill -9."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK)
    os._exit(1)
