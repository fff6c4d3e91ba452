# SPDX-License-Identifier: Apache-2.0
"""What a check can say, and how several checks combine."""

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """The answer of one rule: "no finding" never means "did not look"."""

    PRESENT = "present"
    ABSENT = "absent"
    INCONCLUSIVE = "inconclusive"
    """Looked, and the data do not settle it."""
    NOT_APPLICABLE = "not applicable"
    """Could not look: something the rule needs is missing."""
    ERROR = "error"
    """The rule itself failed; the others went on."""


class Severity(StrEnum):
    """How much a finding matters; `--fail-on` and SARIF read it."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Position in the order note < warning < error."""
        return list(type(self)).index(self)


def conjunction(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's AND over PRESENT, ABSENT and INCONCLUSIVE: one ABSENT decides, else one INCONCLUSIVE.

    An empty conjunction is NOT_APPLICABLE: nothing was looked at.
    """
    seen = set(outcomes)
    if not seen:
        return Outcome.NOT_APPLICABLE
    for decisive in (Outcome.ERROR, Outcome.ABSENT, Outcome.NOT_APPLICABLE, Outcome.INCONCLUSIVE):
        if decisive in seen:
            return decisive
    return Outcome.PRESENT
