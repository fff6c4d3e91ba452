# SPDX-License-Identifier: Apache-2.0
"""Runs a program in a process group of its own, and ends the whole group when whoever asked for it is gone.

    python -I -S guard.py PROGRAM ARGUMENT ...

It is started by path and imports the standard library alone, so that it starts in a few milliseconds. The other end of
its standard input is held by goodfit: the system closes it when that process ends, however it ends.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE = 3.0  # seconds that a program has to end by itself before it is killed
NOT_STARTED = 127  # as shells say it
_SIGNALLED = 128  # the same: 128 + the signal that ended it


def main(arguments: list[str]) -> int:
    """Carry the program out and give its exit code."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            each, lambda *_: None
        )  # for the program; unlike an ignored signal it is not handed on to it
    try:
        program = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)  # noqa: S603 - the user's own command
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the command cannot be started: {error}\n")
        return NOT_STARTED
    ending = threading.Event()
    threading.Thread(target=_watch, args=(program, ending), daemon=True).start()
    code = program.wait()
    if ending.is_set():
        time.sleep(2 * GRACE)  # until the group is killed, and this process with it
    return _SIGNALLED - code if code < 0 else code


def _watch(program: "subprocess.Popen[bytes]", ending: threading.Event) -> None:
    """Wait for the end of standard input, then end the group: by asking, and a while later by force."""
    while os.read(0, 1):
        pass
    ending.set()
    if not hasattr(os, "killpg"):  # Windows
        program.kill()
        os._exit(_SIGNALLED)
    os.killpg(0, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while program.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    ended = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(ended)  # the watching thread still reads
