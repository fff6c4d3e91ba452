# SPDX-License-Identifier: Apache-2.0
"""Scores of verdicts against the truth: each code one against the rest, and the headline as a single label."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from goodfit.rules import headline, healthy
from goodfit.values import Diagnosis, History, Outcome

HEALTHY = "healthy"
UNDECIDED = (
    "undecided"  # no finding, and something that health rests on was left open: goodfit does not say healthy
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known of one history."""

    headline: str | None  # code; None: healthy
    present: frozenset[str]
    allowed: frozenset[str] = frozenset()


@dataclass(slots=True)
class Counts:
    """Outcomes of one code over all histories."""

    hits: int = 0  # PRESENT and true
    wrong: int = 0  # PRESENT, and neither true nor allowed
    missed: int = 0  # true, and ABSENT
    open: int = 0  # true, and INCONCLUSIVE
    blind: int = 0  # true, and NOT_APPLICABLE or ERROR

    @property
    def true(self) -> int:
        """Histories that truly have it."""
        return self.hits + self.missed + self.open + self.blind

    @property
    def precision(self) -> float:
        """Share of the findings that are true; 1 without any finding."""
        return self.hits / (self.hits + self.wrong) if self.hits + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of the true ones that were found; an INCONCLUSIVE counts as missed."""
        return self.hits / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        whole = 2 * self.hits + self.wrong + self.true - self.hits
        return 2 * self.hits / whole if whole else 1.0


@dataclass(slots=True)
class Score:
    """All counts of one corpus."""

    codes: dict[str, Counts] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)  # (true headline, said headline)

    def add(self, truth: Truth, diagnoses: Sequence[Diagnosis]) -> None:
        """Count one history."""
        for each in diagnoses:
            _count(self.codes.setdefault(each.code, Counts()), truth, each)
        said = _said(diagnoses)
        wanted = truth.headline or HEALTHY
        if said in truth.allowed:
            said = _without(diagnoses, truth.allowed)
        self.confusion[wanted, said] += 1

    def headline_f1(self) -> dict[str, float]:
        """F1 of each true headline."""
        labels = sorted({wanted for wanted, _ in self.confusion})
        return {label: self._f1(label) for label in labels}

    def macro_f1(self) -> float:
        """Their mean."""
        scores = self.headline_f1()
        return sum(scores.values()) / len(scores) if scores else 0.0

    def _f1(self, label: str) -> float:
        hits = self.confusion[label, label]
        said = sum(n for (_, s), n in self.confusion.items() if s == label)
        true = sum(n for (w, _), n in self.confusion.items() if w == label)
        return 2 * hits / (said + true) if said + true else 0.0


def score(cases: Iterable[tuple[Truth, Sequence[Diagnosis]]]) -> Score:
    """Score a corpus."""
    total = Score()
    for truth, diagnoses in cases:
        total.add(truth, diagnoses)
    return total


def _count(counts: Counts, truth: Truth, found: Diagnosis) -> None:
    if found.code in truth.present:
        if found.outcome is Outcome.PRESENT:
            counts.hits += 1
        elif found.outcome is Outcome.ABSENT:
            counts.missed += 1
        elif found.outcome is Outcome.INCONCLUSIVE:
            counts.open += 1
        else:
            counts.blind += 1
    elif found.outcome is Outcome.PRESENT and found.code not in truth.allowed:
        counts.wrong += 1


def _without(diagnoses: Sequence[Diagnosis], codes: frozenset[str]) -> str:
    """The headline once the findings that are neither right nor wrong are left out."""
    return _said(diagnoses, codes)


def _said(diagnoses: Sequence[Diagnosis], left_out: frozenset[str] = frozenset()) -> str:
    """The headline, "healthy" where goodfit says so of the whole run, else "undecided"."""
    first = headline([each for each in diagnoses if each.code not in left_out])
    if first is not None:
        return first.code
    found = [each for each in diagnoses if each.code not in left_out or each.outcome is not Outcome.PRESENT]
    return UNDECIDED if healthy(found) is Outcome.INCONCLUSIVE else HEALTHY


def flips(first: Sequence[Diagnosis], second: Sequence[Diagnosis]) -> list[str]:
    """Codes that are PRESENT in one and ABSENT in the other."""
    decided = {Outcome.PRESENT, Outcome.ABSENT}
    return [
        a.code
        for a, b in zip(first, second, strict=True)
        if a.outcome != b.outcome and {a.outcome, b.outcome} == decided
    ]


__all__ = ["HEALTHY", "UNDECIDED", "Counts", "History", "Score", "Truth", "flips", "score"]
