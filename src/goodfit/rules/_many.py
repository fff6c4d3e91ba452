# SPDX-License-Identifier: Apache-2.0
"""Many histories judged one after the other, or by several processes: streamed, in order, in bounded memory."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from goodfit.errors import SettingsError
from goodfit.rules._verdict import diagnose
from goodfit.values import Diagnosis, History

if TYPE_CHECKING:
    from concurrent.futures import Future

Judged = tuple[History, tuple[Diagnosis, ...]]
_BATCH = 16  # histories sent to a process at once
_AHEAD = 2  # batches waiting for each process, so that none is idle


def diagnose_many(histories: Iterable[History], *, workers: int = 1) -> Iterator[Judged]:
    """Judge each history by every rule, in their order; yields (history, diagnoses) as they are ready.

    Only a few dozen histories are held at a time, however many there are: give a generator.

    Args:
        histories: any iterable, read as its turn comes.
        workers: processes that judge; 1 judges in this one. A program that asks for more needs the usual
            `if __name__ == "__main__":`.

    Raises:
        SettingsError: fewer than one worker, or something in `histories` is no History.
    """
    if workers < 1:
        raise SettingsError(f"workers is {workers}", todo="give 1 or more processes")
    return _here(histories) if workers == 1 else _by_processes(histories, workers)


def _here(histories: Iterable[History]) -> Iterator[Judged]:
    for history in histories:
        yield history, diagnose(history)


def _by_processes(histories: Iterable[History], workers: int) -> Iterator[Judged]:
    from concurrent.futures import (
        ProcessPoolExecutor,
    )  # these cost a tenth of the start; one process needs none
    from multiprocessing import get_context

    waiting: deque[tuple[tuple[History, ...], Future[list[tuple[Diagnosis, ...]]]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            remaining = iter(histories)
            while batch := tuple(islice(remaining, _BATCH)):
                waiting.append((batch, pool.submit(_judge_all, batch)))
                if len(waiting) > _AHEAD * workers:
                    yield from _finished(*waiting.popleft())
            while waiting:
                yield from _finished(*waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _finished(batch: tuple[History, ...], future: "Future[list[tuple[Diagnosis, ...]]]") -> Iterator[Judged]:
    yield from zip(batch, future.result(), strict=True)


def _judge_all(batch: tuple[History, ...]) -> list[tuple[Diagnosis, ...]]:
    return [diagnose(history) for history in batch]
