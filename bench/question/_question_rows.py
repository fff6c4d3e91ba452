# SPDX-License-Identifier: Apache-2.0
"""What the tables and pictures of the question are made of: each remedy's gain as a share of the reference's loss."""

from dataclasses import dataclass
from pathlib import Path

from _question_tasks import ASKED, Asked

import goodfit
from goodfit.values import Candidate, Comparison, Decision, Moment, Part, loads

LETTERS = {
    "more-nodes": "A",
    "raise-dropout": "B",
    "train-longer": "C",
    "raise-learning-rate": "D",
}
WINS, HELPS = "raising dropout wins", "raising dropout helps"
READING = {
    Decision.EQUIVALENT: "raising dropout is as good as early stopping alone",
    Decision.WORSE: "raising dropout hurts",
    Decision.UNDECIDED: "no difference shown of dropout",
}
READINGS = (WINS, HELPS, *READING.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Test loss gained over early stopping alone, in percent of its loss; positive is better."""

    value: float
    low: float  # of the 95 % interval over seeds
    high: float
    detectable: float  # what would have been found with 80 % power


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One task with its comparison."""

    asked: Asked
    found: Comparison

    def candidate(self, name: str) -> Candidate | None:
        """By the remedy's name; None where it took no part."""
        return next((one for one in self.found.candidates if one.name == name), None)

    @property
    def reading(self) -> str:
        """What came of raising dropout, in words; it wins where it is proven and no other remedy's mean loss is lower."""
        one = self.candidate("raise-dropout")
        if one is None or one.decision is None:
            return "it failed"
        if one.decision is Decision.IMPROVED:
            return WINS if one is self.found.candidates[0] else HELPS
        return READING[one.decision]

    @property
    def finding(self) -> str:
        """What is wrong with the training as planned."""
        found = goodfit.headline(self.found.diagnoses)
        return found.name if found is not None else "no finding"


def read_answers(store: Path) -> list[Answered]:
    """All comparisons that are finished, in the order of the tasks."""
    return [
        Answered(asked=asked, found=loads(Comparison, path.read_text(encoding="utf-8")))
        for asked in ASKED
        if (path := store / f"{asked.name}.json").is_file()
    ]


def gain_of(one: Candidate) -> Gain | None:
    """None for the reference itself and for what failed."""
    if one.verdict is None:
        return None
    control = next(mean.control for mean in one.verdict.means if mean.metric == "loss")
    effect = one.verdict.effect
    shares = [
        100 * number / control
        for number in (effect.value, effect.low, effect.high, one.verdict.smallest_detectable)
    ]
    return Gain(value=shares[0], low=shares[1], high=shares[2], detectable=shares[3])


def in_words(one: Candidate) -> str:
    """A remedy with its dose."""
    letter = f"({LETTERS[one.name]}) " if one.name in LETTERS else ""
    return f"{letter}{one.name}{f' {one.dose.value:g}' if one.dose is not None else ''}"


def decided(one: Candidate) -> str:
    """Its decision; of the reference, what it is."""
    if one.failed:
        return "failed"
    if one.part is Part.REFERENCE:
        return "reference"
    return one.decision.value if one.decision is not None else "-"


def gained(one: Candidate) -> str:
    """The gain as text."""
    gain = gain_of(one)
    return "-" if gain is None else f"{gain.value:+.1f} % [{gain.low:+.1f}, {gain.high:+.1f}]"


def mean_of(one: Candidate, metric: str, moment: Moment) -> str:
    """A mean score on the test set as text."""
    score = next((s for s in one.scores if s.metric == metric and s.moment is moment), None)
    return "-" if score is None else f"{score.mean:.4g}"
