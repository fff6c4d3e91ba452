# SPDX-License-Identifier: Apache-2.0
"""A probe is a cheap experiment on the user's own model and data that settles what curves leave open.

Like a rule it is typed data and one method with logic, `look`. The outcome follows from its evidence by the same
law: PRESENT when every measurement is beyond its threshold, ABSENT when one is short of it, else INCONCLUSIVE.
Where each measurement is a finding of its own (`any_suffices`), one is enough, and ABSENT needs all.
"""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from goodfit.errors import DivergedError
from goodfit.probes._lab import Lab
from goodfit.values import Evidence, Outcome, ProbeResult, Severity, Source, Threshold, conjunction


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look gave."""

    evidence: tuple[Evidence, ...]
    message: str
    advice: str = ""
    severity: Severity | None = None  # None: the probe's own
    any_suffices: bool = False  # one measurement beyond its threshold is a finding; else all must be

    @property
    def outcome(self) -> Outcome:
        """What the evidence amounts to."""
        return _amounts_to(self.evidence, any_suffices=self.any_suffices)

    @classmethod
    def told(
        cls,
        evidence: tuple[Evidence, ...],
        *,
        present: str,
        absent: str,
        undecided: str,
        advice: str = "",
        any_suffices: bool = False,
    ) -> Self:
        """The finding whose sentence is the one that fits its outcome; the advice is for a PRESENT one."""
        outcome = _amounts_to(evidence, any_suffices=any_suffices)
        said = {Outcome.PRESENT: present, Outcome.ABSENT: absent}.get(outcome, undecided)
        told = advice if outcome is Outcome.PRESENT else ""
        return cls(evidence=evidence, message=said, advice=told, any_suffices=any_suffices)


def _amounts_to(evidence: tuple[Evidence, ...], *, any_suffices: bool) -> Outcome:
    outcomes = [each.outcome for each in evidence]
    if any_suffices and Outcome.PRESENT in outcomes:
        return Outcome.PRESENT
    if any_suffices and Outcome.INCONCLUSIVE in outcomes:
        return Outcome.INCONCLUSIVE
    return conjunction(outcomes)


class NotApplicable(Exception):  # noqa: N818 - no error: the probe has nothing to look at here
    """This task gives the probe nothing to look at; the reason is a sentence."""


class Probe(ABC):
    """The base of all probes: the fields a probe fills in, and the one method with logic."""

    name: ClassVar[str]  # kebab-case, names what is done
    question: ClassVar[str]  # one sentence that ends with "?"; PRESENT answers it as a finding
    summary: ClassVar[str]  # one sentence: what is done and what it tells
    definition: ClassVar[str]  # the formula in the code's own symbols
    why: ClassVar[str]  # why the answer matters
    limits: ClassVar[tuple[str, ...]]  # where the probe is wrong, or cannot look
    cost: ClassVar[str]  # in words: "one pass over ..."
    thresholds: ClassVar[tuple[Threshold, ...]]  # all that decide PRESENT or ABSENT
    sources: ClassVar[tuple[Source, ...]]
    settles: ClassVar[tuple[str, ...]]  # codes of the rules that it helps to settle
    since: ClassVar[str]  # version

    severity: ClassVar[Severity]  # of a finding
    uses_run: ClassVar[bool] = (
        True  # looks at the user's finished run; False: at data and untrained models alone
    )

    @abstractmethod
    def look(self, lab: Lab) -> Finding:
        """Carry the experiment out and hold what it measured against the thresholds.

        Raises:
            NotApplicable: this task gives it nothing to look at.
        """


def result_of(probe: Probe, lab: Lab) -> ProbeResult:
    """The line of one probe. A probe that fails gives Outcome.ERROR, so that the others go on."""
    began, before = time.perf_counter(), lab.training_seconds
    outcome, finding = Outcome.ERROR, Finding(evidence=(), message="")
    try:
        finding = probe.look(lab)
        outcome = finding.outcome
    except NotApplicable as reason:
        outcome, finding = Outcome.NOT_APPLICABLE, Finding(evidence=(), message=str(reason))
    except DivergedError as error:
        said = f"A training that this probe needs diverged: {error.found}."
        outcome, finding = Outcome.NOT_APPLICABLE, Finding(evidence=(), message=said)
    except Exception as error:  # noqa: BLE001 - whatever a probe raises, the other probes must be heard
        finding = Finding(evidence=(), message=f"The probe itself failed: {type(error).__name__}: {error}")
    took = time.perf_counter() - began - (lab.training_seconds - before)
    return ProbeResult(
        probe=probe.name,
        outcome=outcome,
        severity=(finding.severity or probe.severity) if outcome is Outcome.PRESENT else None,
        evidence=finding.evidence,
        message=finding.message,
        advice=finding.advice,
        settles=probe.settles,
        seconds=max(took, 0.0),
        cost=probe.cost,
    )
