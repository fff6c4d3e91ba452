# SPDX-License-Identifier: Apache-2.0
"""A fresh folder for every run of a command, named after what was run; goodfit never removes one."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from goodfit.errors import StoreError

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
_LONGEST = 80  # letters of a folder's name


def fresh_folder(root: Path, values: Mapping[str, str]) -> Path:
    """Make a folder that was not there: dose-0.4_seed-1, or dose-0.4_seed-1.2 for the second of that name.

    Raises:
        StoreError: it cannot be made.
    """
    name = "_".join(f"{key}-{_UNSAFE.sub('-', value)}" for key, value in values.items()) or "run"
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            folder = root / (name if number == 1 else f"{name}.{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise StoreError(
            f"a folder for the command's output cannot be made: {error}",
            where=str(root),
            todo="free the disk or name another --store",
        ) from error
    raise AssertionError  # there is always a next number


@contextmanager
def one_at_a_time(root: Path, *, alone: bool) -> Iterator[None]:
    """Let no two runs overlap that write to the same place; `alone` says whether these do."""
    try:
        import fcntl
    except ImportError:  # Windows; there, several processes are the user's risk
        yield
        return
    if not alone:
        yield
        return
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".one-at-a-time").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
