# SPDX-License-Identifier: Apache-2.0
"""Where the looks at test sets are counted: one file of a folder, or an object a look at an address.

Objects cannot be appended to; one of its own for every line lets two machines write at once.
"""

import time
from dataclasses import dataclass
from uuid import uuid4

from goodfit.execution.folders import Folder, Remote
from goodfit.execution.fresh import origin
from goodfit.proof import HoldoutLedger

LEDGER = "holdout.jsonl"
LOOKS = "holdout"  # where each line is an object


@dataclass(frozen=True, slots=True)
class ObjectLines:
    """Lines as objects, named by the time at which they were written."""

    folder: Remote

    def __str__(self) -> str:
        return self.folder.url

    def read_text(self) -> str:
        """All lines, the oldest first by the clocks of those who wrote them."""
        found = sorted(self.folder.glob("*.json"), key=lambda each: each.name)
        return "\n".join(each.read_bytes().decode("utf-8", errors="replace") for each in found)

    def append(self, line: bytes) -> None:
        """Add one line."""
        (self.folder / f"{time.time_ns():020d}-{uuid4().hex[:8]}.json").write_bytes(line)


def ledger_of(store: Folder) -> HoldoutLedger:
    """The ledger of a store; trainings done afresh are counted with those of the store that they were done for."""
    place = origin(store)
    if isinstance(place, Remote):
        return HoldoutLedger(ObjectLines(place / LOOKS))
    return HoldoutLedger(str(place / LEDGER))
