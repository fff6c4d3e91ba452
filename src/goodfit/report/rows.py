# SPDX-License-Identifier: Apache-2.0
"""A diagnosis as rows: one a rule, one a piece of evidence, one a phase.

The terminal and the page draw the same rows, so both say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from goodfit.report.story import SEVERITY_WORDS, Tone, axis_of, tone_of
from goodfit.report.words import listed, moment, plural, quantity, spoken, stretch, with_unit
from goodfit.values import Axis, Diagnosis, Direction, Evidence, History, Outcome, Phase

_FEWEST = 5  # points; with fewer, their number is the reason
_NOT_COMPUTED = "cannot be computed"
_UNSEEN = "cannot be seen"  # so begins the note of a phase that no logged curve can show
SYMBOLS = {
    Outcome.PRESENT: "●",
    Outcome.ABSENT: "○",
    Outcome.INCONCLUSIVE: "◐",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.ERROR: "✗",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A measurement against its threshold, in words."""

    name: str
    measured: str  # value, unit and interval
    against: str  # "above 5 %"
    because: str  # why that threshold
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """The line of one rule."""

    code: str
    name: str
    outcome: Outcome
    symbol: str
    tone: Tone
    remark: str  # severity and onset, or what is missing
    message: str
    advice: str
    evidence: tuple[EvidenceRow, ...]
    look_alikes: tuple[tuple[str, str], ...]  # (code, what separates the two)
    settled_by: tuple[str, ...]  # probes

    @property
    def finding(self) -> bool:
        """Whether the reader must see more than the one line."""
        return self.outcome in (Outcome.PRESENT, Outcome.INCONCLUSIVE, Outcome.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """A phase, with its place on the run's axis as shares from 0 to 1."""

    name: str
    when: str  # "epochs 3 to 9", "not reached" or "cannot be seen: ..."
    note: str
    start: float | None
    end: float | None
    begin: float | None = None  # the same two as shares of the axis
    finish: float | None = None


def rule_rows(history: History, diagnoses: Sequence[Diagnosis]) -> tuple[RuleRow, ...]:
    """One row a diagnosis, in the order given."""
    axis = axis_of(history)
    return tuple(_rule_row(each, axis) for each in diagnoses)


def evidence_row(evidence: Evidence) -> EvidenceRow:
    """Say on which side of the threshold the interval lies."""
    return EvidenceRow(
        name=spoken(evidence.measurement.name),
        measured=_NOT_COMPUTED if isnan(evidence.measurement.value) else quantity(evidence.measurement),
        against=_against(evidence),
        because=evidence.threshold.because,
        outcome=evidence.outcome,
    )


def phase_rows(history: History, phases: Sequence[Phase]) -> tuple[PhaseRow, ...]:
    """One row a phase, with bars on the axis shared by all curves of the judged kind."""
    axis, (low, high) = axis_of(history), span_of(history)
    return tuple(_phase_row(phase, axis, low, high) for phase in phases)


def span_of(history: History) -> tuple[float, float]:
    """The first and last x of the curves that the run is judged by."""
    places = [x for curve in (history.train, history.val) if curve for x in curve.x[:1] + curve.x[-1:]]
    return (min(places), max(places)) if places else (0.0, 0.0)


def _rule_row(diagnosis: Diagnosis, axis: Axis) -> RuleRow:
    return RuleRow(
        code=diagnosis.code,
        name=diagnosis.name,
        outcome=diagnosis.outcome,
        symbol=SYMBOLS[diagnosis.outcome],
        tone=tone_of(diagnosis),
        remark=_remark(diagnosis, axis),
        message=diagnosis.message,
        advice=diagnosis.advice,
        evidence=tuple(evidence_row(each) for each in diagnosis.evidence),
        look_alikes=tuple((each.code, each.by) for each in diagnosis.told_apart_from),
        settled_by=diagnosis.settled_by,
    )


def _remark(diagnosis: Diagnosis, axis: Axis) -> str:
    if diagnosis.outcome is Outcome.NOT_APPLICABLE:
        return f"needs {listed(diagnosis.needs_missing)}" if diagnosis.needs_missing else ""
    if diagnosis.outcome is not Outcome.PRESENT:
        return ""
    parts = [f"{SEVERITY_WORDS[diagnosis.severity]} ({diagnosis.severity})"] if diagnosis.severity else []
    if diagnosis.onset:
        parts.append(f"since {moment(diagnosis.onset, axis)}")
    return ", ".join(parts)


def _against(evidence: Evidence) -> str:
    limit = with_unit(evidence.threshold.value, evidence.threshold.unit)
    measured = evidence.measurement
    if isnan(measured.value):
        few = f"from {plural(measured.n, 'point')}, " if 0 < measured.n < _FEWEST else ""
        return f"{few}threshold {limit}"
    if isnan(measured.low) or isnan(measured.high):
        return f"without an interval, so not clear of {limit}"
    if evidence.outcome is Outcome.INCONCLUSIVE:
        return f"not clear of {limit}"
    beyond = evidence.outcome is Outcome.PRESENT
    above = (evidence.threshold.direction is Direction.ABOVE) == beyond
    exact = evidence.measurement.value == evidence.threshold.value
    return f"at {limit}" if exact else f"{'above' if above else 'below'} {limit}"


def _phase_row(phase: Phase, axis: Axis, low: float, high: float) -> PhaseRow:
    if phase.start is None:
        unseen = phase.note.startswith(_UNSEEN)
        when, note = (phase.note, "") if unseen else ("not reached", phase.note)
        return PhaseRow(name=phase.name, when=when, note=note, start=None, end=None)
    end = phase.end if phase.end is not None else phase.start
    return PhaseRow(
        name=phase.name,
        when=stretch(phase.start, end, axis),
        note=phase.note,
        start=phase.start,
        end=end,
        begin=_share(phase.start, low, high),
        finish=_share(end, low, high),
    )


def _share(x: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (x - low) / (high - low))) if high > low else 0.0
