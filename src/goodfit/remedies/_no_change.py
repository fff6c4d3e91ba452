# SPDX-License-Identifier: Apache-2.0
"""no-change: nothing is to be changed, because nothing is wrong, nothing is known, or something else comes first."""

from collections.abc import Iterator

from goodfit.remedies._case import Case
from goodfit.remedies._words import gap_size, late_validation, said, training_left
from goodfit.values import Diagnosis, Outcome, Prescription

NAME = "no-change"
_LIMITS = ("GF402", "GF401")
_SETTLED = ("GF301", "GF203", "GF101", "GF201", "GF202", "GF102")
"""What must be ruled out before a run is called well; other findings show where they are there."""
_OPEN = (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.ERROR)


def no_change(case: Case) -> Prescription:
    """Say why nothing is to be changed, and what to do, or to look at, instead."""
    if "GF102" in case.found:
        return _prescription(
            because=f"{gap_size(case)}, and a gap at the best epoch is normal and no target; validation does not rise",
            expected="Nothing must change. Do not try to bring the gap to zero; a regulariser may or may not help.",
        )
    if case.found:
        return _prescription(
            because=f"{said(case, case.found[0])}, and none of the remedies fits this case",
            expected=f"{_advice(case.line(case.found[0]))}See the reason beside each remedy.",
        )
    return _nothing_found(case)


def _advice(line: Diagnosis | None) -> str:
    """What the rule itself says is to be done: its finding may have no remedy here that fits."""
    return f"{line.advice.rstrip('.')}. " if line and line.advice else ""


def _nothing_found(case: Case) -> Prescription:
    """Either all was looked at and is well, or there is not enough evidence, with what would settle it."""
    limits = [line for code in _LIMITS if (line := case.line(code)) and line.outcome is Outcome.PRESENT]
    unsettled = [line for code in _SETTLED if (line := case.line(code)) and line.outcome in _OPEN]
    if not limits and not unsettled and case.diagnoses:
        return _prescription(
            because=f"no finding: {said(case, 'GF101')}; {late_validation(case)}; {training_left(case)}",
            expected="Keep the training as it is.",
        )
    reasons = [said(case, line.code) for line in (*limits, *unsettled)] or ["no rule has looked at this run"]
    return _prescription(
        because="not enough evidence: " + "; ".join(reasons),
        expected="What would settle it: " + "; ".join(dict.fromkeys(_settling(limits, unsettled))) + ".",
    )


def _settling(limits: list[Diagnosis], unsettled: list[Diagnosis]) -> Iterator[str]:
    for line in limits:
        advice = line.advice.rstrip(".") or f"a run without {line.name}"
        yield advice[:1].lower() + advice[1:]
    for line in unsettled:
        if line.outcome is Outcome.NOT_APPLICABLE and line.needs_missing:
            yield f"log {' and '.join(line.needs_missing)}"
        elif line.outcome is Outcome.INCONCLUSIVE and not limits:  # whose advice says the same
            yield "more evaluations, a larger validation set, or the mean over several seeds"
        elif line.outcome is Outcome.ERROR:
            yield f"a report of the failure of {line.code}"
    if not limits and not unsettled:
        yield "diagnose the run"


def _prescription(*, because: str, expected: str) -> Prescription:
    return Prescription(remedy=NAME, because=because, expected=expected)
