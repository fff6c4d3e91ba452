# SPDX-License-Identifier: Apache-2.0
"""Findings while a training runs: raised, changed in severity, withdrawn, each with the reason.

    live = Live()
    for history in growing:            # once an epoch, with everything logged so far
        for change in live.update(history):
            print(change.at, change.kind, change.name, change.because)

A finding stands until its rule says ABSENT: evidence that became unsure withdraws nothing, which keeps noise from
switching findings on and off. Only a warning of overfitting goes at once when validation makes a new best, and comes
back only by what was logged since.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf, isfinite
from typing import Any

from goodfit.rules._rule import Rule, diagnose_one
from goodfit.rules._verdict import RULES
from goodfit.values import Curve, Diagnosis, Goal, History, Outcome, Severity, dumps, loads

# What they say of a run is true of its end only: every training is short, unfinished and underfitted at first.
OF_THE_END = frozenset({"GF201", "GF202", "GF402"})
# Warnings that a new best of validation refutes.
REFUTED_BY_A_NEW_BEST = frozenset({"GF101", "GF103"})
# A loss that waits at its start is usual: learning rates are warmed up, often over five epochs. A run that goes on is
# said to stall at twice as many training points, when it has waited longer than that. `diagnose` says it of any run.
PATIENCE: Mapping[str, int] = {"GF203": 10}
# All rules are asked again once there are so many times more points: what one evaluation among hundreds adds is less
# than its noise, and a long run costs a few hundred judgements instead of one an epoch.
_MORE = 1.02
# A finding that noise makes once in twenty looks would come and go; two judgements in a row must make it.
_IN_A_ROW = 2


class ChangeKind(StrEnum):
    """What happened to a finding."""

    RAISED = "raised"
    CHANGED = "changed"
    """Its severity did."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one finding at one evaluation."""

    kind: ChangeKind
    code: str
    name: str
    at: float  # x of the last point logged
    severity: Severity | None  # now; None when withdrawn
    before: Severity | None = None  # None when raised
    because: str  # one or two sentences
    diagnosis: Diagnosis  # what the rule says now; the standing one when a new best refuted it


class Live:
    """The findings of a training that goes on; call `update` with the history so far, as often as it grows.

    Args:
        rules: which to ask; all but those that speak of the end of a run.
    """

    def __init__(self, rules: Sequence[Rule] | None = None) -> None:
        self._rules = (
            tuple(rules) if rules is not None else tuple(r for r in RULES if r.code not in OF_THE_END)
        )
        self._forget()

    def _forget(self) -> None:
        self._standing: dict[str, Diagnosis] = {}
        self._seen = 0  # validation points looked at
        self._best = inf  # lowest cost so far
        self._next = 0.0  # points at which all rules are asked again
        self._since: dict[str, float] = {}  # x of the new best that withdrew a warning
        self._row: dict[str, int] = {}  # judgements in a row that found what does not stand yet

    @property
    def findings(self) -> tuple[Diagnosis, ...]:
        """What stands now, in the order of the rules."""
        return tuple(self._standing[r.code] for r in self._rules if r.code in self._standing)

    def update(self, history: History, *, ask: bool = True) -> tuple[Change, ...]:
        """Look at the history so far and say what changed since the last call.

        A history that is shorter than the last one is a new training: all is forgotten.

        Args:
            history: everything that was logged.
            ask: False: only a new best and a number that broke are looked for, which costs next to nothing.
        """
        val = history.val
        if val is not None and len(val) < self._seen:
            self._forget()
        changes: list[Change] = []
        best = self._new_best(val)
        if val is not None and best is not None:
            changes = self._refuted(val, best)
        points = sum(map(len, history.curves.values()))
        if (ask and points >= self._next) or _broken_at_the_end(history):
            self._next = points * _MORE
            changes += self._judged(
                history, blocked=REFUTED_BY_A_NEW_BEST if best is not None else frozenset()
            )
        return tuple(changes)

    def finish(self, history: History) -> tuple[Change, ...]:
        """The last look, where evaluations went by without asking: what holds of the end and of one evaluation before.

        A finding must be made twice in a row here too, and has no next evaluation to be made at again.
        """
        changes = list(self.update(history, ask=False))
        val = history.val
        if val is not None and len(val) > 1:
            changes += self._judged(_until(history, val.x[-2]))
        return (*changes, *self._judged(history))

    def _judged(self, history: History, blocked: frozenset[str] = frozenset()) -> list[Change]:
        """What all rules change but the blocked ones."""
        judged = {rule.code: diagnose_one(rule, history) for rule in self._rules}
        found = (self._weighed(rule, history, judged) for rule in self._rules if rule.code not in blocked)
        return [change for change in found if change is not None]

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs to have the same findings, as plain data."""
        return {
            "standing": {code: dumps(line) for code, line in self._standing.items()},
            "seen": self._seen,
            "best": self._best,
            "next": self._next,
            "since": dict(self._since),
            "row": dict(self._row),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._standing = {code: loads(Diagnosis, text) for code, text in state["standing"].items()}
        self._seen, self._best, self._next = state["seen"], state["best"], state["next"]
        self._since, self._row = dict(state["since"]), dict(state["row"])

    def _new_best(self, val: Curve | None) -> int | None:
        """Index of a validation value, of those logged since the last call, that beats every earlier one."""
        if val is None:
            return None
        sign = 1.0 if val.goal is Goal.MINIMIZE else -1.0
        found = None
        for place in range(self._seen, len(val)):
            if sign * val.values[place] < self._best:
                self._best, found = sign * val.values[place], place
        self._seen = len(val)
        return found

    def _refuted(self, val: Curve, best: int) -> list[Change]:
        """Withdraw what a new best speaks against."""
        where = f"{val.axis} {val.x[best]:.9g}"
        because = f"Validation {val.metric} made a new best at {where}: {val.values[best]:.4g}."
        changes = []
        for code in REFUTED_BY_A_NEW_BEST:
            self._row.pop(code, None)
            if code in self._since or code in self._standing:
                self._since[code] = val.x[best]
            if code in self._standing:
                old = self._standing.pop(code)
                changes.append(_change(ChangeKind.WITHDRAWN, old, val.x[-1], because, before=old.severity))
        return changes

    def _weighed(self, rule: Rule, history: History, judged: Mapping[str, Diagnosis]) -> Change | None:
        """What one rule's line changes."""
        line, old = judged[rule.code], self._standing.get(rule.code)
        at = max((curve.x[-1] for curve in history.curves.values() if len(curve)), default=0.0)
        if line.outcome is Outcome.ABSENT and old is not None:
            self._row.pop(rule.code, None)
            del self._standing[rule.code]
            return _change(ChangeKind.WITHDRAWN, line, at, line.message, before=old.severity)
        if line.outcome is not Outcome.PRESENT or (old is not None and line.severity is old.severity):
            self._row.pop(rule.code, None)
            return None
        self._row[rule.code] = self._row.get(rule.code, 0) + 1
        if self._row[rule.code] < _IN_A_ROW and line.severity is not Severity.ERROR:
            return None
        if history.train is not None and len(history.train) < PATIENCE.get(rule.code, 0):
            return None
        since = self._since.get(rule.code)
        if since is not None and diagnose_one(rule, _from(history, since)).outcome is not Outcome.PRESENT:
            return None
        self._row.pop(rule.code)
        self._since.pop(rule.code, None)
        self._standing[rule.code] = line
        if old is None:
            return _change(ChangeKind.RAISED, line, at, line.message)
        because = f"It was {old.severity}, now it is {line.severity}. {line.message}"
        return _change(ChangeKind.CHANGED, line, at, because, before=old.severity)


def _change(
    kind: ChangeKind, line: Diagnosis, at: float, because: str, *, before: Severity | None = None
) -> Change:
    severity = None if kind is ChangeKind.WITHDRAWN else line.severity
    return Change(
        kind=kind,
        code=line.code,
        name=line.name,
        at=at,
        severity=severity,
        before=before,
        because=because,
        diagnosis=line,
    )


def _from(history: History, x: float) -> History:
    """What was logged from x on."""
    return replace(history, curves={name: _cut(curve, x) for name, curve in history.curves.items()})


def _until(history: History, x: float) -> History:
    """What was logged up to x."""
    curves = {}
    for name, curve in history.curves.items():
        kept = bisect_right(curve.x, x)
        curves[name] = replace(curve, values=curve.values[:kept], x=curve.x[:kept])
    return replace(history, curves={name: curve for name, curve in curves.items() if len(curve)})


def _cut(curve: Curve, x: float) -> Curve:
    first = next((place for place, at in enumerate(curve.x) if at >= x), len(curve))
    return replace(curve, values=curve.values[first:], x=curve.x[first:])


def _broken_at_the_end(history: History) -> bool:
    """Whether a curve to judge by has just become NaN or infinite: that is not to wait."""
    judged = (curve for curve in (history.train, history.val) if curve is not None and len(curve) > 1)
    return any(not isfinite(curve.values[-1]) and isfinite(curve.values[-2]) for curve in judged)
