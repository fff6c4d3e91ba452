# SPDX-License-Identifier: Apache-2.0
"""What happened is said once, in one line, and written to the tracker that the training has anyway."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from goodfit.rules import Change, ChangeKind
from goodfit.values import Axis, Severity

LOGGER = logging.getLogger("goodfit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing to tell."""

    at: float  # x of the evaluation
    line: str  # a sentence or two
    what: str  # "raised", "changed", "withdrawn", or what was done: "stopped", "dropout raised", ...
    severity: Severity | None = None  # of a finding that stands
    standing: tuple[str, ...] = ()  # names of all findings that stand now, warnings and errors only


class Tracker(Protocol):
    """Writes events where the user looks for them."""

    def tell(self, event: Event) -> None:
        """Write one event."""
        ...


def event_of(change: Change, axis: Axis, standing: Sequence[str]) -> Event:
    """A change of the findings as an event."""
    label = f"{change.code} {change.name}"
    what = f"{label} withdrawn" if change.kind is ChangeKind.WITHDRAWN else f"{label} ({change.severity})"
    return Event(
        at=change.at,
        line=f"{axis} {change.at:g}: {what}: {change.because}",
        what=str(change.kind),
        severity=change.severity,
        standing=tuple(standing),
    )


class Teller:
    """Says warnings aloud, and takes them back aloud; notes go to the log at level INFO.

    Args:
        find: the trackers that are told what is said aloud, asked anew each time, because a run may begin late. One
            that fails is told no more, and the training goes on.
    """

    def __init__(self, find: Callable[[], Iterable[Tracker]]) -> None:
        self.more: list[Tracker] = []  # that an integration knows of
        self._find = find
        self._failed: set[str] = set()  # names of classes
        self._said: set[str] = set()  # codes of findings that were said aloud

    def changes(self, changes: Iterable[Change], axis: Axis, standing: Sequence[str]) -> None:
        """Tell what changed among the findings."""
        for change in changes:
            loud = change.severity in (Severity.WARNING, Severity.ERROR)
            if change.kind is ChangeKind.WITHDRAWN:
                loud = change.code in self._said
                self._said.discard(change.code)
            elif loud:
                self._said.add(change.code)
            self.tell(event_of(change, axis, standing), aloud=loud)

    def tell(self, event: Event, *, aloud: bool = True) -> None:
        """Say one line."""
        LOGGER.log(logging.WARNING if aloud else logging.INFO, "goodfit, %s", event.line)
        for tracker in [*self._find(), *self.more] if aloud else []:
            name = type(tracker).__name__
            try:
                if name not in self._failed:
                    tracker.tell(event)
            except Exception as error:  # noqa: BLE001 - a tracker's trouble must not end the training
                self._failed.add(name)
                LOGGER.warning("goodfit: %s is told no more: %s: %s", name, type(error).__name__, error)

    def state_dict(self) -> dict[str, Any]:
        """What was said and not taken back."""
        return {"said": sorted(self._said)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._said = set(state["said"])
