# SPDX-License-Identifier: Apache-2.0
"""Every look at the test set is written down before it happens.

A test set stays honest only while few decisions rest on it. The ledger is a text file to which lines are only ever
added: one JSON object a line, written with a single append and flushed to disk, so that a crash loses
nothing that counted and two processes may write at once.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any
from uuid import uuid4

from goodfit.errors import HoldoutError, SettingsError, StoreError
from goodfit.proof.lines import FileLines, Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One read of a test set."""

    number: int  # 1-based, in the order of the file
    purpose: str  # why, as a phrase
    comparison: str | None  # what identifies the comparison, when it was given
    when: str  # ISO 8601, UTC


class HoldoutLedger:
    """Counts the looks at test sets, each known by a fingerprint of its data.

    ONE look is one comparison, with all its seeds and both arms: whatever is scored on the test set to reach one
    verdict. Comparing a second treatment, another dose or another pair of recipes is another look. Carrying on the same
    comparison after an interruption is not: give `record` the same `comparison` key, and it is counted once.

    Args:
        place: the file; it and its folder are made at the first line. Or any other place that keeps lines.
    """

    def __init__(self, place: str | os.PathLike[str] | Lines) -> None:
        self.lines = place if isinstance(place, Lines) else FileLines(Path(place))
        self.path = Path(str(self.lines))

    def declare(self, fingerprint: str, margin: float | None, metric: str) -> None:
        """Fix what will be judged, before the first look: the equivalence margin in the metric's unit, and the metric.

        A margin of None stands for the default share of the control's mean. Saying the same again is harmless, and
        until the first look another declaration replaces the last.

        Raises:
            SettingsError: the margin is negative or not finite, or the fingerprint or metric is empty.
            HoldoutError: a look was recorded under another declaration.
            StoreError: the file cannot be read or written.
        """
        if margin is not None and not (isfinite(margin) and margin >= 0):
            raise SettingsError(f"the equivalence margin is {margin}", todo="give a number of 0 or more")
        if not fingerprint or not metric:
            raise SettingsError(
                "a declaration needs the fingerprint of the test set and the name of a metric"
            )
        wanted = (margin, metric)
        if self._state(fingerprint).declared == wanted:
            return
        self._append({"kind": "declare", "test_set": fingerprint, "margin": margin, "metric": metric})
        in_force = self._state(fingerprint)
        if in_force.declared != wanted:
            raise HoldoutError(
                f"the test set was first looked at under {_spell(in_force.declared or wanted)}; now {_spell(wanted)} is asked for",
                where=str(self.lines),
                todo="keep the first declaration, or take a fresh test set",
            )

    def record(self, fingerprint: str, purpose: str, comparison: str | None = None) -> int:
        """Write down one look, before the test set is read, and return how many there are with this one.

        Args:
            fingerprint: of the test set.
            purpose: why it is read, as a phrase; kept for the report.
            comparison: identifies this comparison (for instance the keys of its runs), so that carrying it on after
                an interruption is the same look; None: every call is a look of its own.

        Raises:
            HoldoutError: nothing was declared for this test set.
            StoreError: the file cannot be read or written; the test set must then not be read.
        """
        state = self._state(fingerprint)
        if state.declared is None:
            raise HoldoutError(
                "the test set would be read before the equivalence margin and the metric were declared",
                where=str(self.lines),
                todo="call declare(fingerprint, margin, metric) first",
            )
        for look in state.looks:
            if comparison is not None and look.comparison == comparison:
                return look.number
        line = {"kind": "look", "test_set": fingerprint, "purpose": purpose, "comparison": comparison}
        written = self._append(line)
        return self._state(fingerprint).number_of(written)

    def reads(self, fingerprint: str) -> int:
        """How many looks at this test set were recorded."""
        return len(self.looks(fingerprint))

    def looks(self, fingerprint: str) -> tuple[Look, ...]:
        """All recorded looks at this test set, oldest first."""
        return tuple(self._state(fingerprint).looks)

    def test_sets(self) -> tuple[str, ...]:
        """The fingerprints of all test sets that were looked at, in the order of the first looks."""
        looked = [str(line["test_set"]) for line in self._lines() if line["kind"] == "look"]
        return tuple(dict.fromkeys(looked))

    def _state(self, fingerprint: str) -> "_State":
        state = _State()
        for line in self._lines():
            if line.get("test_set") == fingerprint:
                state.take(line)
        return state

    def _lines(self) -> list[dict[str, Any]]:
        try:
            text = self.lines.read_text()
        except OSError as error:
            raise StoreError(f"the hold-out ledger cannot be read: {error}", where=str(self.lines)) from None
        return [line for line in map(_parse, text.splitlines()) if line is not None]

    def _append(self, line: dict[str, Any]) -> str:
        identity = uuid4().hex
        body = {**line, "when": datetime.now(UTC).isoformat(timespec="seconds"), "id": identity}
        try:
            self.lines.append(json.dumps(body, allow_nan=False).encode())
        except OSError as error:
            raise StoreError(
                f"the hold-out ledger cannot be written: {error}", where=str(self.lines)
            ) from None
        return identity


class _State:
    """What the lines of one test set add up to."""

    def __init__(self) -> None:
        self.declared: tuple[float | None, str] | None = None
        self.looks: list[Look] = []
        self._numbers: dict[str, int] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Add one line; declarations after the first look change nothing."""
        if line["kind"] == "declare" and not self.looks:
            self.declared = (line["margin"], line["metric"])
        if line["kind"] == "look":
            self._take_look(line)

    def _take_look(self, line: dict[str, Any]) -> None:
        key = line["comparison"]
        same = next((look.number for look in self.looks if key is not None and look.comparison == key), None)
        number = same or len(self.looks) + 1
        self._numbers[line["id"]] = number
        if same is None:
            self.looks.append(Look(number=number, purpose=line["purpose"], comparison=key, when=line["when"]))

    def number_of(self, identity: str) -> int:
        """The number of the look that one written line stands for."""
        return self._numbers[identity]


_KEYS = {
    "declare": {"test_set", "margin", "metric", "when", "id"},
    "look": {"test_set", "purpose", "comparison", "when", "id"},
}


def _parse(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    kind = line.get("kind") if isinstance(line, dict) else None
    return line if isinstance(kind, str) and _KEYS.get(kind, {""}) <= set(line) else None


def _spell(declared: tuple[float | None, str]) -> str:
    margin, metric = declared
    return f"metric {metric!r} with " + ("the default margin" if margin is None else f"margin {margin:g}")
