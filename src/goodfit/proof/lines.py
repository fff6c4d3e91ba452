# SPDX-License-Identifier: Apache-2.0
"""Where the lines of a ledger lie: in a file to which they are only ever added."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@runtime_checkable
class Lines(Protocol):
    """A place to which lines can be added, by several processes at once."""

    def read_text(self) -> str:
        """All lines, the oldest first; OSError when they cannot be read."""
        ...

    def append(self, line: bytes) -> None:
        """Add one line and return when it will outlive a crash; OSError when it cannot be added."""
        ...


@dataclass(frozen=True, slots=True)
class FileLines:
    """Lines in a file, each written with a single append and flushed to disk."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def read_text(self) -> str:
        """All lines; none where there is no file."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def append(self, line: bytes) -> None:
        """Add one line.

        The line feed in front ends whatever a crashed writer left; a line cut short was never returned as a look.
        """
        data = b"\n" + line + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if written != len(data):
            raise OSError("it was written only in part")
