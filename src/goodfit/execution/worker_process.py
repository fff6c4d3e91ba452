# SPDX-License-Identifier: Apache-2.0
"""The other side of Workers: what a worker process does at its start and at every call."""

import os
import signal
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

from goodfit.execution.calls import Receiver

ORPHAN_CHECK = 1.0  # seconds between looks at whether the parent process is still there

_receiver: Receiver  # of this worker process, from its start on


def settle_in(parent: int, shared: bytes) -> None:
    """Set a worker process up: Ctrl-C is the parent's business, one torch thread, no life after the parent.

    Args:
        parent: the process that started this one.
        shared: the packed object that calls may refer to.
    """
    global _receiver  # noqa: PLW0603 - a process has one, and calls find it by this module's name
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()
    from goodfit.training import settle_threads

    settle_threads()
    signal.signal(signal.SIGTERM, _end)
    _receiver = Receiver(shared)


def _end(number: int, _: object) -> None:
    """End this process as it was told to, after the epoch under way where that would be lost."""
    from goodfit.training import halting

    if not halting.ask():
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def carry_out(call: bytes) -> Any:
    """Carry a packed call out in this process."""
    return _receiver.carry_out(call)


def _leave_with_parent(parent: int) -> None:
    """End this process when its parent is gone, also after a kill -9.

    The pipe to the parent tells it at once, so that whoever goes on finds nobody at work on the same training. A
    process that the parent has forked may hold its other end, hence the look now and then.
    """
    pipe = parent_process()
    while os.getppid() == parent:
        if pipe is None:
            time.sleep(ORPHAN_CHECK)
        elif wait([pipe.sentinel], timeout=ORPHAN_CHECK):
            break
    os._exit(1)
