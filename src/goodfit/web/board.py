# SPDX-License-Identifier: Apache-2.0
"""What is known of all runs now; written by the one who follows the logs, read by everybody who shows them.

Nothing is queued: each change gets a higher number, and a reader asks for what is newer than the number that it has
seen. A reader that is slow, or was away, gets the newest state and not the states between, and costs no memory.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from hashlib import sha256
from threading import Lock

from goodfit.values import UnreadFile
from goodfit.web.summaries import Summary

KEPT = 128  # runs whose details are kept; those of others are worked out again when they are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed since a number."""

    number: int
    runs: dict[str, Summary]  # changed ones, by their key
    keys: tuple[str, ...]  # of all runs
    unread: tuple[UnreadFile, ...]
    reading: tuple[int, int]  # logs read, of so many
    trouble: str


@dataclass(slots=True)
class Board:
    """The newest state of each run."""

    number: int = field(default=0, init=False)  # of the last change
    _runs: dict[str, tuple[int, Summary]] = field(default_factory=dict, init=False)
    _details: OrderedDict[str, bytes] = field(default_factory=OrderedDict, init=False)
    _unread: tuple[UnreadFile, ...] = field(default=(), init=False)
    _reading: tuple[int, int] = field(default=(0, 1), init=False)  # until the first look is over
    _trouble: str = field(default="", init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def put(self, key: str, summary: Summary, details: bytes) -> None:
        """A run has changed."""
        with self._lock:
            self.number += 1
            self._runs[key] = (self.number, summary)
            self._keep(key, details)

    def touch(self, key: str, written: float) -> None:
        """A log was written without anything new in it that can be read."""
        with self._lock:
            if key in self._runs:
                self.number += 1
                self._runs[key] = (self.number, replace(self._runs[key][1], written=written))

    def keep_only(self, keys: set[str]) -> None:
        """Runs of other keys are gone."""
        with self._lock:
            gone = self._runs.keys() - keys
            for key in gone:
                del self._runs[key]
                self._details.pop(key, None)
            self.number += bool(gone)

    def tell(
        self,
        *,
        unread: tuple[UnreadFile, ...] | None = None,
        reading: tuple[int, int] | None = None,
        trouble: str | None = None,
    ) -> None:
        """What is not about one run."""
        with self._lock:
            before = (self._unread, self._reading, self._trouble)
            self._unread = self._unread if unread is None else unread
            self._reading = self._reading if reading is None else reading
            self._trouble = self._trouble if trouble is None else trouble
            self.number += before != (self._unread, self._reading, self._trouble)

    def news(self, since: int = 0) -> News:
        """What is newer than a number."""
        with self._lock:
            return News(
                number=self.number,
                runs={key: summary for key, (at, summary) in self._runs.items() if at > since},
                keys=tuple(self._runs),
                unread=self._unread,
                reading=self._reading,
                trouble=self._trouble,
            )

    def has(self, key: str) -> bool:
        """Whether there is such a run."""
        return key in self._runs

    def details(self, key: str) -> bytes | None:
        """What was worked out for a run; None when it is not kept any more."""
        with self._lock:
            if key in self._details:
                self._details.move_to_end(key)
            return self._details.get(key)

    def keep(self, key: str, details: bytes) -> None:
        """Details that were worked out again."""
        with self._lock:
            if key in self._runs:
                self._keep(key, details)

    def _keep(self, key: str, details: bytes) -> None:
        self._details[key] = details
        self._details.move_to_end(key)
        while len(self._details) > KEPT:
            self._details.popitem(last=False)


def key_of(name: str) -> str:
    """A short name for a run that holds nothing of a path, so that none can be asked for."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
