# SPDX-License-Identifier: Apache-2.0
"""`submit(fn, *args) -> Future`: in this process, or in a pool of processes with one torch thread each."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from goodfit.errors import SettingsError
from goodfit.execution.calls import packed
from goodfit.execution.handing_on import hand_on
from goodfit.execution.local import processors
from goodfit.execution.main_guard import check_main_guard
from goodfit.execution.worker_process import carry_out, settle_in

P = ParamSpec("P")
T = TypeVar("T")

# Seconds for which a process may end its epoch: longer ones are written down as they end, and need no waiting.
GRACE = 30.0


class Workers:
    """Carries calls out; with one worker at once and here, with more in spawned processes.

    Args:
        count: processes; None takes as many as there are processors to run on.
        shared: an object that many calls refer to, such as a Task with its data: it is sent to each process once,
            and is the same object at every call there.

    On leaving the block early (an error, Ctrl-C) calls not yet begun are dropped and the processes are ended;
    what they had stored stays stored.

    Raises:
        SettingsError: fewer than one worker, or several from a script that they would start over again.
    """

    def __init__(self, count: int | None = None, *, shared: object | None = None) -> None:
        if count is not None and count < 1:
            raise SettingsError(
                f"{count} workers were asked for",
                where="--workers",
                todo="ask for 1 or more; when not given, there are as many as processors",
            )
        self.count = processors() if count is None else count
        self._shared = shared
        self._pool: ProcessPoolExecutor | None = None
        if self.count > 1:
            check_main_guard()

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin `fn(*args, **kwargs)`; its result or error comes with the Future.

        A process that dies, as the system lets it when memory is short, is a WorkerDiedError of the Future, and of all
        others under way; the next call starts the processes anew.

        Raises:
            TaskError: the call cannot be sent to another process.
        """
        if self.count > 1:
            return self._sent(packed((fn, args, kwargs), self._shared))
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the Future hands it on
            done.set_exception(error)
        return done

    def warm_up(self) -> None:
        """Start the processes now, so that their imports overlap with other work.

        Raises:
            TaskError: the shared object cannot be sent to another process.
        """
        if self.count > 1:
            for _ in range(self.count):
                self.submit(os.getpid)  # a process is started for each call while none is idle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.halt()
        elif self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def halt(self) -> None:
        """End the processes, each after the epoch under way where that would be lost; the next call starts new ones."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        processes = list((pool._processes or {}).values())  # noqa: SLF001 - no public way to end a call under way
        try:
            for process in processes:
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            last = time.monotonic() + GRACE
            for process in processes:
                process.join(max(0.0, last - time.monotonic()))
        finally:  # also when Ctrl-C was pressed once more
            for process in processes:
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)

    def _sent(self, call: bytes) -> "Future[Any]":
        ours: Future[Any] = Future()
        with _ctrl_c_held_back():
            try:
                sent = self._started().submit(carry_out, call)
            except BrokenProcessPool:  # since an earlier call, which has heard of it
                self._pool = None
                sent = self._started().submit(carry_out, call)
        sent.add_done_callback(lambda done: hand_on(done, ours, _is_death))
        return ours

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.count,
                mp_context=get_context("spawn"),
                initializer=settle_in,
                initargs=(os.getpid(), packed(self._shared)),
            )
        return self._pool


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Start processes with Ctrl-C blocked, which they inherit: one that is still importing must not print a traceback."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_death(error: BaseException) -> bool:
    return isinstance(error, BrokenProcessPool)
