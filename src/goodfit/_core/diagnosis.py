# SPDX-License-Identifier: Apache-2.0
"""What a rule concluded, and the phases a run went through."""

from dataclasses import dataclass

from goodfit._core.evidence import Evidence
from goodfit._core.outcome import Outcome, Severity
from goodfit._core.showing import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """When something began, with the interval that holds the true moment."""

    epoch: float  # in units of the curve's own x axis
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlike:
    """Another diagnosis that looks the same, and the measurement that separates the two."""

    code: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Shown):
    """The line of one rule; every rule gets one, always."""

    code: str  # stable, never reused: "GF101"
    name: str  # kebab-case, names the pattern, never the cure
    outcome: Outcome
    severity: Severity | None = None  # only when PRESENT
    onset: Onset | None = None  # only when PRESENT and the pattern begins somewhere
    evidence: tuple[Evidence, ...] = ()
    told_apart_from: tuple[LookAlike, ...] = ()
    needs_missing: tuple[str, ...] = ()  # what NOT_APPLICABLE lacks
    settled_by: tuple[str, ...] = ()  # the probes that would settle it, cheapest first; empty when ABSENT
    message: str = ""  # one or two sentences with the numbers
    advice: str = ""  # what to do now, only when PRESENT

    def measured(self, name: str) -> float | None:
        """The value of the measurement called `name`, or None when this rule did not take it."""
        return next((e.measurement.value for e in self.evidence if e.measurement.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the run's timeline; `start` is None when it was not reached."""

    name: str  # "both losses fall", "validation turns", ...
    start: float | None = None  # x value, first point of the phase
    end: float | None = None  # x value, last point of the phase
    note: str = ""
