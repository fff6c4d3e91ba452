# SPDX-License-Identifier: Apache-2.0
"""What every reader is: it says whether a log is of its format, and turns it into histories."""

from typing import Protocol, runtime_checkable

from goodfit.readers._log import Log
from goodfit.values import History


@runtime_checkable
class Reader(Protocol):
    """One log format; hold a new one against `goodfit.testing.readers.ReaderContract`."""

    name: str  # kebab-case: "lightning-csv"
    what: str  # the format, as a phrase for messages

    def accepts(self, log: Log) -> bool:
        """Say from the content whether this is the format; may raise a ReadError when it is broken."""
        ...

    def read(self, log: Log) -> tuple[History, ...]:
        """Read every run in the log, at least one; raises a ReadError when that is not possible."""
        ...
