# SPDX-License-Identifier: Apache-2.0
"""The first and the last line of a diagnosis: what is wrong, and what to do now.

The headline names the most important finding, since when, and how badly. When nothing was found it
says how much was looked at, so that "no finding" is never taken for "did not look".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from goodfit.measures import breaks, checkpoint
from goodfit.report.words import listed, moment, plural, sentence, spoken
from goodfit.rules import HEALTH_RESTS_ON, healthy
from goodfit.rules import headline as first_finding
from goodfit.values import Axis, Diagnosis, History, Outcome, Severity


class Tone(StrEnum):
    """How a piece of the report is meant; renderers add a symbol and a colour, never a colour alone."""

    BAD = "bad"
    WARN = "warn"
    NOTE = "note"
    GOOD = "good"
    OPEN = "open"
    """Not settled, or not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The first line, the sentence with the numbers below it, and the last line."""

    text: str
    detail: str
    todo: str
    tone: Tone


_OVERFITTING = "GF101"
SEVERITY_WORDS = {Severity.NOTE: "mild", Severity.WARNING: "marked", Severity.ERROR: "severe"}
_SEVERITY_TONES = {Severity.NOTE: Tone.NOTE, Severity.WARNING: Tone.WARN, Severity.ERROR: Tone.BAD}


def headline(history: History, diagnoses: Sequence[Diagnosis]) -> Headline:
    """Say in one line what was found; without both curves it says first what cannot be judged."""
    if history.val is None or history.train is None:
        return _unjudged(history, diagnoses)
    finding = first_finding(diagnoses)
    if healthy(diagnoses) is Outcome.PRESENT:
        return _healthy(history, diagnoses, finding)
    if finding is not None:
        return _found(history, finding)
    return _unsettled(history, diagnoses)


def tone_of(diagnosis: Diagnosis) -> Tone:
    """The tone of one rule's line."""
    if diagnosis.outcome is Outcome.PRESENT:
        return _SEVERITY_TONES[diagnosis.severity or Severity.NOTE]
    if diagnosis.outcome is Outcome.ERROR:
        return Tone.BAD
    return Tone.GOOD if diagnosis.outcome is Outcome.ABSENT else Tone.OPEN


def axis_of(history: History) -> Axis:
    """The unit of the x axis that the run is judged on."""
    judged = history.val or history.train
    return judged.axis if judged else Axis.EPOCH


def best_point(history: History) -> tuple[float, float] | None:
    """The evaluation to keep, as (x, value); None without a finite validation value.

    It need not be the best single value of the log, which may be luck: see `goodfit.measures.checkpoint`.
    """
    curve = history.val
    found = checkpoint(curve) if curve else None
    if curve is None or found is None:
        return None
    return found.keep, curve.values[curve.x.index(found.keep)]


def keep_best(history: History) -> str:
    """Name the best checkpoint, as the end of a sentence; empty when there is none."""
    found = checkpoint(history.val) if history.val else None
    if found is None or history.val is None:
        return ""
    return f"; keep the checkpoint of {found.in_words(history.val.axis)}"


def _healthy(history: History, diagnoses: Sequence[Diagnosis], note: Diagnosis | None) -> Headline:
    looked = sum(each.outcome is Outcome.ABSENT for each in diagnoses)
    silent = f": {looked} of {plural(len(diagnoses), 'rule')} looked and found nothing"
    noted = f"; noted: {_named(history, note)}" if note else silent
    return Headline(
        text=f"No problem found{noted}",
        detail=note.message if note else "",
        todo=f"Nothing needs to change{keep_best(history)}.",
        tone=Tone.GOOD,
    )


def _found(history: History, finding: Diagnosis) -> Headline:
    return Headline(
        text=sentence(_named(history, finding)),
        detail=finding.message,
        todo=finding.advice or f"See `goodfit explain {finding.code}`{keep_best(history)}.",
        tone=tone_of(finding),
    )


def _named(history: History, finding: Diagnosis) -> str:
    since = f" since {moment(finding.onset, axis_of(history))}" if finding.onset else ""
    how_badly = f", {SEVERITY_WORDS[finding.severity]}" if finding.severity else ""
    return f"{spoken(finding.name)}{since}{how_badly}"


def _unjudged(history: History, diagnoses: Sequence[Diagnosis]) -> Headline:
    """Overfitting needs both curves: say first which one is missing, then what was found all the same."""
    finding = first_finding(diagnoses)
    only = next((name for name, c in (("training", history.train), ("validation", history.val)) if c), None)
    other = "validation" if only == "training" else "training"
    reason = f"only {only} was logged" if only else "neither training nor validation was logged"
    found = f". Found: {_named(history, finding)}" if finding else ""
    told = next((d.message for d in diagnoses if d.code == _OVERFITTING and history.val), "")
    todo = f"Log the {other} loss once an epoch too, measured in evaluation mode, and look again."
    return Headline(
        text=f"Overfitting cannot be judged: {reason}{found}",
        detail=finding.message if finding else told,
        todo=f"{finding.advice} {todo}" if finding and finding.advice else todo,
        tone=tone_of(finding) if finding else Tone.OPEN,
    )


def _unsettled(history: History, diagnoses: Sequence[Diagnosis]) -> Headline:
    unclear = [d for d in diagnoses if d.outcome is Outcome.INCONCLUSIVE]
    vital = [d for d in unclear if d.code in HEALTH_RESTS_ON]
    open_ones = [spoken(d.name) for d in vital or unclear]
    failed = [spoken(d.name) for d in diagnoses if d.outcome is Outcome.ERROR]
    if open_ones:
        text = f"Nothing is certain: the data do not settle {listed(open_ones)}"
    elif failed:
        text = f"No finding, and {plural(len(failed), 'rule')} failed: {listed(failed)}"
    else:
        looked = sum(d.outcome is Outcome.ABSENT for d in diagnoses)
        text = f"No problem found by the {looked} of {plural(len(diagnoses), 'rule')} that could look"
    more = (
        "Points that were not measured must be left out of the log, not written as NaN."
        if breaks(history)
        else "More epochs or a larger validation set would settle it."
    )
    todo = f"Change nothing on this evidence alone{keep_best(history)}. {more}"
    return Headline(text=text, detail="", todo=todo, tone=Tone.OPEN)
