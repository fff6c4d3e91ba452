# SPDX-License-Identifier: Apache-2.0
"""The verdict on a run that may still be going on.

While it goes on a finding counts when `Live` lets it stand: what is true of a run's end only is not said, noise does
not switch findings on and off, and a warning of overfitting is withdrawn when validation makes a new best. Once the
log rests, the run is judged as `goodfit diagnose` does.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from goodfit.measures import forget
from goodfit.rules import Change, ChangeKind, Live, diagnose
from goodfit.values import Curve, Diagnosis, History, Outcome

_LONG = 20_000  # points; of longer logs nothing is kept between two looks
_MORE = 1.02  # so many times more points, and a long log is judged by all rules again; as in Live
_CUTS, _CUTS_LONG = 24, 6  # states of a log, found when it is first seen, that its story is told by
_TOLD = 100  # changes kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of a run now."""

    diagnoses: tuple[Diagnosis, ...]  # of a running one without what does not stand yet
    changes: tuple[Change, ...]  # since its beginning, as far as it was seen
    running: bool

    @property
    def withdrawn(self) -> Change | None:
        """The last warning that was withdrawn, unless its rule warns again."""
        for change in reversed(self.changes):
            if change.kind is ChangeKind.WITHDRAWN:
                again = any(d.code == change.code and d.outcome is Outcome.PRESENT for d in self.diagnoses)
                return None if again else change
        return None


class Judge:
    """Judges one run each time its log has grown."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._changes: deque[Change] = deque(maxlen=_TOLD)
        self._diagnoses: tuple[Diagnosis, ...] = ()
        self._points = 0  # of the last judgement by all rules
        self._evaluations = 0

    def judge(self, history: History, *, running: bool) -> Judgement:
        """Look at the whole history so far."""
        points = sum(map(len, history.curves.values()))
        changed = self._follow(history) if running or self._live is not None else False
        if changed or not running or not self._points <= points < self._points * _MORE:
            self._diagnoses, self._points = tuple(diagnose(history)), points
        if points > _LONG:
            forget()
        return Judgement(
            diagnoses=tuple(self._standing()) if running else self._diagnoses,
            changes=tuple(self._changes),
            running=running,
        )

    def _follow(self, history: History) -> bool:
        """Tell `Live` of the log; gives whether it changed its mind."""
        evaluations = len(history.val) if history.val else 0
        if evaluations < self._evaluations:
            self._changes.clear()  # a new training in the same file
        self._evaluations = evaluations
        before = self._changes[-1] if self._changes else None
        if self._live is None:
            self._live = Live()
            for earlier in _earlier(history):
                self._changes.extend(self._live.update(earlier))
        self._changes.extend(self._live.update(history))
        return (self._changes[-1] if self._changes else None) is not before

    def _standing(self) -> Iterable[Diagnosis]:
        """Each rule's line; a finding that does not stand is not settled."""
        standing = {each.code: each for each in self._live.findings} if self._live else {}
        for line in self._diagnoses:
            if line.outcome is Outcome.PRESENT and line.code not in standing:
                yield replace(line, outcome=Outcome.INCONCLUSIVE, severity=None, onset=None, advice="")
            elif line.code in standing and line.outcome is not Outcome.PRESENT:
                yield standing[line.code]
            else:
                yield line


def _earlier(history: History) -> Iterator[History]:
    """The log as it was before, at some places, so that its story survives a restart of the server."""
    points = sum(map(len, history.curves.values()))
    longest = max(map(len, history.curves.values()), default=0)
    cuts = min(longest, _CUTS if points <= _LONG else _CUTS_LONG)
    for cut in range(1, cuts):
        curves = {name: _begun(curve, cut / cuts) for name, curve in history.curves.items()}
        yield replace(history, curves=curves)
        if points > _LONG:
            forget()


def _begun(curve: Curve, share: float) -> Curve:
    kept = max(1, round(share * len(curve)))
    return replace(curve, values=curve.values[:kept], x=curve.x[:kept])
