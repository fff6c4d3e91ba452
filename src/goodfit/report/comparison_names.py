# SPDX-License-Identifier: Apache-2.0
"""What the candidates of a comparison are called, and the letters of the text-book question."""

from collections.abc import Mapping
from math import nan
from types import MappingProxyType

from goodfit.report.words import number, spoken, stages
from goodfit.values import Candidate, Comparison, Decision, Dose, Part, Verdict

LETTERS: Mapping[str, str] = MappingProxyType(
    {"more-nodes": "A", "raise-dropout": "B", "train-longer": "C", "raise-learning-rate": "D"}
)
"""Validation loss is much greater than training loss: do you add nodes, raise dropout, train longer, or raise the rate?"""
_PLAIN = {
    Part.REFERENCE: "early stopping alone",
    Part.UNTREATED: "untreated, last epoch",
    Part.CHANCE: "a remedy by lot",
}
_SPELLED = {"l1": "L1", "l1-penalty": "L1"}


def plain_name(one: Candidate) -> str:
    """A candidate's name as words, without its dose."""
    if one.part in _PLAIN:
        return _PLAIN[one.part]
    return " + ".join(_SPELLED.get(part.strip(), spoken(part.strip())) for part in one.name.split("+"))


def named(one: Candidate) -> str:
    """The same with its dose: "raise dropout 0.2", "more nodes ×1.5"."""
    return f"{plain_name(one)} {dose_mark(one.dose)}" if one.dose is not None else plain_name(one)


def dose_mark(dose: Dose) -> str:
    """A dose as short as it goes."""
    return f"×{number(dose.value)}" if dose.unit.startswith("times") else stages(dose.value, dose.earlier)


def helps(one: Candidate) -> bool:
    """Whether a gain is proven that is more than what was said beforehand not to matter."""
    return one.decision is Decision.IMPROVED and one.verdict is not None and not one.verdict.within_margin


def reference_of(comparison: Comparison) -> Candidate:
    """Early stopping alone, which all others are held against."""
    return next(one for one in comparison.candidates if one.part is Part.REFERENCE)


def base_loss(verdict: Verdict) -> float:
    """The mean test loss of early stopping alone; NaN where a verdict has none."""
    return next((each.control for each in verdict.means if each.metric == "loss"), nan)
