# SPDX-License-Identifier: Apache-2.0
"""A rule is typed data and one method with logic, `weigh`; everything said about it is made from these.

The outcome follows from the evidence by one law: each measurement is held against its threshold, and the rule is
PRESENT when all of them are (Kleene's AND). A rule that lacks a curve is NOT_APPLICABLE and names the curve.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import ClassVar

from goodfit.rules._facts import BEGINNINGS, Facts
from goodfit.rules._needs import missing
from goodfit.rules._reasons import unsettled
from goodfit.values import (
    Diagnosis,
    Evidence,
    History,
    LookAlike,
    Measurement,
    Outcome,
    Severity,
    Source,
    Threshold,
    conjunction,
    judge,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A finding is at least this severe when the measurement named by `threshold` is beyond it."""

    severity: Severity
    threshold: Threshold
    message: str = ""  # said instead of the rule's own
    advice: str = ""  # the same


class Rule(ABC):
    """The base of all rules: the fields a rule fills in, and how they become a Diagnosis."""

    code: ClassVar[str]  # stable, never reused
    name: ClassVar[str]  # kebab-case, names the pattern, never the cure
    summary: ClassVar[str]  # one sentence
    definition: ClassVar[str]  # the formula in the code's own symbols
    why: ClassVar[str]  # why the pattern matters
    limits: ClassVar[tuple[str, ...]]  # where the rule is wrong
    needs: ClassVar[tuple[str, ...]]  # entries of `_needs.NEEDS`
    thresholds: ClassVar[tuple[Threshold, ...]]  # all that decide PRESENT or ABSENT
    sources: ClassVar[tuple[Source, ...]]
    told_apart_from: ClassVar[tuple[LookAlike, ...]]
    remedies: ClassVar[tuple[str, ...]]  # names of remedies, best known first
    settled_by: ClassVar[
        tuple[str, ...]
    ] = ()  # names of the probes that settle what curves leave open, cheapest first
    since: ClassVar[str]  # version

    severity: ClassVar[Severity]  # of a finding that passes no step
    steps: ClassVar[tuple[Step, ...]] = ()  # mildest first
    begins: ClassVar[str] = ""  # an entry of `_facts.BEGINNINGS`: the moment the pattern begins
    present_message: ClassVar[str]  # templates; the fields are entries of `_facts.FACTS`
    absent_messages: ClassVar[Mapping[str, str]]  # by the name of the measurement that ruled it out
    open_message: ClassVar[str]  # when INCONCLUSIVE
    missing_message: ClassVar[str] = "This cannot be judged: {needs} missing."
    advice: ClassVar[str]  # what to do now

    def open_reason(self, history: History, evidence: tuple[Evidence, ...]) -> str:
        """Why the evidence settles nothing, where that is not the noise; said instead of `open_message`."""
        return unsettled(history, evidence)

    @abstractmethod
    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Measure the history and hold each measurement against its threshold."""

    def grade(self, history: History) -> tuple[Evidence, ...]:  # noqa: ARG002 - what a rule measures is its own affair
        """Measure what decides on the severity alone; shown beside a finding when it is beyond its threshold."""
        return ()

    @staticmethod
    @abstractmethod
    def present() -> History:
        """A history that shows the pattern."""

    @staticmethod
    @abstractmethod
    def absent() -> History:
        """A history that resembles it and does not show the pattern."""


def against(measurement: Measurement | None, threshold: Threshold) -> Evidence:
    """Hold a measurement against a threshold; one that could not be taken settles nothing."""
    if measurement is None:
        measurement = Measurement(name=threshold.name, value=nan, low=nan, high=nan, unit=threshold.unit)
    return Evidence(measurement=measurement, threshold=threshold)


def diagnose_one(rule: Rule, history: History) -> Diagnosis:
    """The line of one rule. A rule that fails gives Outcome.ERROR, so that the others go on."""
    try:
        lacking = missing(rule.needs, history)
        if lacking:
            return _line(
                rule, Outcome.NOT_APPLICABLE, message=_needs_text(rule, lacking, history), lacking=lacking
            )
        return _judged(rule, history)
    except Exception as error:  # noqa: BLE001 - whatever a rule raises, the other rules must be heard
        return _line(rule, Outcome.ERROR, message=f"The rule itself failed: {type(error).__name__}: {error}")


def _judged(rule: Rule, history: History) -> Diagnosis:
    evidence = rule.weigh(history)
    outcome = conjunction(each.outcome for each in evidence)
    facts = Facts(history, evidence)
    if outcome is Outcome.ABSENT:
        decided = next(each for each in evidence if each.outcome is Outcome.ABSENT)
        template = rule.absent_messages[decided.measurement.name]
        return _line(rule, outcome, message=_sentence(template, facts), evidence=evidence)
    if outcome is not Outcome.PRESENT:
        message = rule.open_reason(history, evidence) or _sentence(rule.open_message, facts)
        return _line(rule, outcome, message=message, evidence=evidence)
    graded = tuple(each for each in rule.grade(history) if _beyond(each.measurement.value, each.threshold))
    facts = Facts(history, (*evidence, *graded))
    step = _step(rule, facts)
    return Diagnosis(
        code=rule.code,
        name=rule.name,
        outcome=outcome,
        severity=step.severity if step else rule.severity,
        onset=BEGINNINGS[rule.begins](history) if rule.begins else None,
        evidence=(*evidence, *graded),
        told_apart_from=rule.told_apart_from,
        settled_by=rule.settled_by,
        message=_sentence((step and step.message) or rule.present_message, facts),
        advice=_sentence((step and step.advice) or rule.advice, facts),
    )


def _step(rule: Rule, facts: Facts) -> Step | None:
    """The most severe step that the value reached; whether there is a finding is the evidence's business."""
    found = None
    for step in rule.steps:
        if _beyond(facts.value(step.threshold.name), step.threshold):
            found = step
    return found


def _beyond(value: float, threshold: Threshold) -> bool:
    """Whether a value alone, whatever its interval, is beyond a threshold."""
    return judge(Measurement.exact(threshold.name, value), threshold) is Outcome.PRESENT


def _line(
    rule: Rule,
    outcome: Outcome,
    *,
    message: str,
    evidence: tuple[Evidence, ...] = (),
    lacking: tuple[str, ...] = (),
) -> Diagnosis:
    return Diagnosis(
        code=rule.code,
        name=rule.name,
        outcome=outcome,
        evidence=evidence,
        told_apart_from=rule.told_apart_from,
        needs_missing=lacking,
        settled_by=() if outcome is Outcome.ABSENT else rule.settled_by,
        message=message,
    )


def _needs_text(rule: Rule, lacking: tuple[str, ...], history: History) -> str:
    verb = "is" if len(lacking) == 1 else "are"
    template = rule.missing_message.replace("{needs}", f"{' and '.join(lacking)} {verb}")
    return _sentence(template, Facts(history))


def _sentence(template: str, facts: Facts) -> str:
    filled = template.format_map(facts).strip()
    return filled[:1].upper() + filled[1:]
