# SPDX-License-Identifier: Apache-2.0
"""Ending the trainings of this process after an epoch, so that nothing that was trained is lost.

    with gently():          # Ctrl-C ends a training after its epoch; a second one ends it at once
        train(...)
    with until(deadline):   # so does the clock
        train(...)

A training writes itself down now and then (`interrupted`). Where its last finished epoch is written already, as it is
when epochs are long, Ctrl-C need not wait: so it waits for one short epoch at most.
"""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from goodfit.errors import HaltedError


@dataclass(slots=True)
class _Process:
    """What this process was asked; a signal and the loop find it here."""

    asked: bool = False  # by Ctrl-C, or by the process that gave the work
    deadline: float | None = None  # time.time()
    trainings: int = 0  # under way
    unkept: bool = False  # whether an epoch has ended that is not written down


_process = _Process()


def is_asked() -> bool:
    """Whether trainings are to end after their present epoch."""
    return _process.asked or (_process.deadline is not None and time.time() >= _process.deadline)


def check_halted(name: str) -> None:
    """End a training that was asked to.

    Raises:
        HaltedError: it was.
    """
    if is_asked():
        raise HaltedError(
            "the training was ended before its end",
            where=f"task {name!r}",
            todo="train it again: it goes on from there",
        )


def ask() -> bool:
    """Ask trainings to end after their present epoch; False where none would lose anything by ending at once."""
    _process.asked = True
    return _process.trainings > 0 and _process.unkept


def finished_epoch() -> None:
    """An epoch has ended, and is not written down yet."""
    _process.unkept = True


def kept() -> None:
    """It is."""
    _process.unkept = False


@contextmanager
def under_way() -> Iterator[None]:
    """A training, from its beginning to its end."""
    _process.trainings += 1
    try:
        yield
    finally:
        _process.trainings -= 1
        _process.unkept = False


@contextmanager
def until(deadline: float | None) -> Iterator[None]:
    """Let trainings end after the epoch in which a time (of time.time()) is reached; None: ask no more than was asked."""
    before = _process.deadline
    if deadline is not None:
        _process.deadline = deadline if before is None else min(before, deadline)
    try:
        yield
    finally:
        _process.deadline = before


@contextmanager
def gently() -> Iterator[None]:
    """Let the first Ctrl-C end a training after its epoch where it would lose one; the second ends it at once.

    Only where Ctrl-C does what Python makes it do, and in the main thread: a program's own way is left alone.
    """
    ours, before = threading.current_thread() is threading.main_thread(), _process.asked
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        try:
            yield
        finally:
            _process.asked = before
        return

    def asked(number: int, frame: FrameType | None) -> None:
        if _process.asked or not ask():
            signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, asked)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _process.asked = before
