# SPDX-License-Identifier: Apache-2.0
"""Starts a command and waits for it; whatever happens here, nothing of it is left running."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from goodfit.errors import TrainingError

GUARD = Path(__file__).with_name("guard.py")
SET_BY_US = "_GOODFIT_SET"  # names a variable that the command line set for itself alone
_QUOTED = 12  # last lines of the output that an error shows
_WIDEST = 200  # letters of each
_SIGNALLED = 128  # exit codes above it name the signal that ended the program
_READ = 1 << 15  # bytes at the end of the output that are looked at


def carry_out(arguments: Sequence[str], folder: Path, output: Path, timeout: float | None) -> int:
    """Run a program to its end and give its exit code.

    It has no standard input; what it prints goes to `output`. Ctrl-C, a timeout, and the death of this process end it
    together with every process that it started.

    Raises:
        TrainingError: it took longer than `timeout` seconds.
    """
    environment = {"PYTHONUNBUFFERED": "1", **os.environ}  # so that the output can be read while it runs
    environment.pop(environment.pop(SET_BY_US, ""), None)
    with output.open("wb") as written:
        guard = subprocess.Popen(  # noqa: S603 - the user's own command, cut into arguments
            [sys.executable, "-I", "-S", str(GUARD), *arguments],
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,  # a process group of its own, which Ctrl-C does not reach
        )
    try:
        return guard.wait(timeout)
    except subprocess.TimeoutExpired:
        raise TrainingError(
            f"the command took longer than {timeout:g} seconds and was ended{quoted(output)}",
            where=str(output),
            todo="give it more time (--timeout), or mend what it waits for",
        ) from None
    finally:
        assert guard.stdin is not None  # noqa: S101 - asked for above
        guard.stdin.close()  # the guard ends the group, if it is not over
        guard.wait()


def describe_exit(code: int) -> str:
    """How a program ended, as a phrase."""
    if code <= _SIGNALLED:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(code - _SIGNALLED).name
    except ValueError:
        return f"ended with exit code {code}"
    memory = " (memory may have run out)" if name == "SIGKILL" else ""
    return f"was ended by {name}{memory}"


def quoted(output: Path) -> str:
    """The last lines that a program printed, to stand after a message; "" when it printed none."""
    try:
        with output.open("rb") as content:
            content.seek(max(0, output.stat().st_size - _READ))
            text = content.read().decode("utf-8", "replace")
    except OSError:
        return ""
    printable = (
        "".join(c if c.isprintable() or c == "\t" else " " for c in line) for line in text.splitlines()
    )
    lines = [line.rstrip()[:_WIDEST] for line in printable if line.strip()][-_QUOTED:]
    return "; its last lines were:\n" + "\n".join(f"    {line}" for line in lines) if lines else ""
