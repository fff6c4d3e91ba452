# SPDX-License-Identifier: Apache-2.0
"""A process group of this process alone, for what needs one; it opens no file and asks no name server.

Where a machine lets no process group start (no loopback, a sandbox that drops the lookup of its own name), starting
one can hang with the interpreter locked. So it is tried first, once, in a process that can be given up.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from torch import distributed as dist

PATIENCE = 60.0  # seconds; starting takes one, most of it the import of torch
_TRIAL = (
    "from torch import distributed as dist\n"
    "dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)\n"
    "dist.destroy_process_group()\n"
)


@contextmanager
def group_of_one() -> Iterator[None]:
    """Start a gloo group of one process, and end it; the test is skipped where none can start."""
    if reason := _why_not():
        pytest.skip(f"no process group can start here: {reason}")
    store = dist.HashStore()  # type: ignore[attr-defined]  # documented, and not in its __all__
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


@cache
def _why_not() -> str:
    try:
        tried = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", _TRIAL], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {PATIENCE:g} seconds"
    return "" if tried.returncode == 0 else (tried.stderr.strip().splitlines() or ["it failed"])[-1]
