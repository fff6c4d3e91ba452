# SPDX-License-Identifier: Apache-2.0
"""The verdict on a run that may still be going on.

While it goes on a finding counts when `Live` lets it stand: what is true of a run's end only is not said, noise does
not switch findings on and off, and a warning of overfitting is withdrawn when validation makes a new best. Once the
log rests, the run is judged as `goodfit diagnose` does.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from goodfit.measures import forget, phases
from goodfit.rules import Change, ChangeKind, Live, diagnose
from goodfit.values import Curve, Diagnosis, History, Outcome, Phase, Severity

_LONG = 20_000  # points; of longer logs nothing is kept between two looks
_MORE = 1.02  # so many times more points, and a long log is judged by all rules again; as in Live
_CUTS, _CUTS_LONG = 24, 6  # states of a log, found when it is first seen, that its story is told by
_BETWEEN = 4  # the same between two looks; a finding must be made twice in a row
_TOLD = 100  # changes kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of a run now."""

    diagnoses: tuple[Diagnosis, ...]  # of a running one without what does not stand yet
    changes: tuple[Change, ...]  # since its beginning, as far as it was seen
    running: bool
    phases: tuple[Phase, ...] = ()  # as of the last judgement by all rules

    @property
    def withdrawn(self) -> Change | None:
        """The last warning that was withdrawn, unless its rule warns again; a note is none."""
        for change in reversed(self.changes):
            warned = change.before is not None and change.before.rank >= Severity.WARNING.rank
            if change.kind is ChangeKind.WITHDRAWN and warned:
                again = any(d.code == change.code and d.outcome is Outcome.PRESENT for d in self.diagnoses)
                return None if again else change
        return None


class Judge:
    """Judges one run each time its log has grown."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._changes: deque[Change] = deque(maxlen=_TOLD)
        self._diagnoses: tuple[Diagnosis, ...] = ()
        self._phases: tuple[Phase, ...] = ()
        self._points = 0  # of the last judgement by all rules
        self._evaluations = 0

    def judge(self, history: History, *, running: bool) -> Judgement:
        """Look at the whole history so far."""
        points = sum(map(len, history.curves.values()))
        changed = self._follow(history) if running or self._live is not None else False
        if changed or not running or not self._points <= points < self._points * _MORE:
            self._diagnoses, self._points = tuple(diagnose(history)), points
            self._phases = phases(history)
        if points > _LONG:
            forget()
        return Judgement(
            diagnoses=tuple(self._standing()) if running else self._diagnoses,
            changes=tuple(self._changes),
            running=running,
            phases=self._phases,
        )

    def _follow(self, history: History) -> bool:
        """Tell `Live` of the log; gives whether it changed its mind."""
        evaluations = len(history.val) if history.val else 0
        if self._live is None or evaluations < self._evaluations:
            self._live, self._evaluations = Live(), 0
            self._changes.clear()  # of another training in the same file
        before = self._changes[-1] if self._changes else None
        for earlier in _between(history, self._evaluations):
            self._changes.extend(self._live.update(earlier))
        self._evaluations = evaluations
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


def _between(history: History, evaluations: int) -> Iterator[History]:
    """States of the log since it had so many evaluations: its story is told whole, also where lines come in bursts."""
    points = sum(map(len, history.curves.values()))
    now = max(len(history.val) if history.val else 0, 1)
    most = _BETWEEN if evaluations else _CUTS if points <= _LONG else _CUTS_LONG
    cuts = min(now - evaluations, most)
    for cut in range(1, cuts):
        share = (evaluations + (now - evaluations) * cut / cuts) / now
        yield replace(history, curves={name: _begun(curve, share) for name, curve in history.curves.items()})
        if points > _LONG:
            forget()


def _begun(curve: Curve, share: float) -> Curve:
    kept = max(1, round(share * len(curve)))
    return replace(curve, values=curve.values[:kept], x=curve.x[:kept])
