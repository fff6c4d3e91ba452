# SPDX-License-Identifier: Apache-2.0
"""What a cheap experiment found out."""

from dataclasses import dataclass

from goodfit._core.evidence import Evidence
from goodfit._core.outcome import Outcome, Severity
from goodfit._core.showing import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult(Shown):
    """The line of one probe; every probe that was asked for gets one, also the one that could not look."""

    probe: str  # kebab-case: "repeated-evaluation"
    outcome: Outcome
    severity: Severity | None = None  # only when PRESENT
    evidence: tuple[Evidence, ...] = ()
    message: str  # one or two sentences with the numbers; the reason when NOT_APPLICABLE or ERROR
    advice: str = ""  # what to do now
    settles: tuple[str, ...] = ()  # codes of the rules that it helps to settle
    seconds: float = 0.0  # wall time, without the training of the user's own run
    cost: str = ""  # what it took, in words: "two passes over the validation examples"

    def measured(self, name: str) -> float | None:
        """The value of the measurement called `name`, or None when it was not taken."""
        return next((e.measurement.value for e in self.evidence if e.measurement.name == name), None)
