# SPDX-License-Identifier: Apache-2.0
"""Does a verdict change with the unit of the loss, the numbering of the steps, or half of the points?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from generator import Case
from scoring import flips

from goodfit.rules import diagnose
from goodfit.values import Curve, History

# A spike of one evaluation, and a count of points, are gone with the points themselves.
LOST_WITH_POINTS = ("GF303", "GF402", "GF405")


@dataclass(slots=True)
class Changes:
    """Changed verdicts by what was done to the history."""

    histories: int = 0
    unit: Counter[str] = field(
        default_factory=Counter
    )  # any change of outcome when losses are multiplied by 1000
    steps: Counter[str] = field(default_factory=Counter)  # any change of outcome when x is multiplied by 100
    halved: Counter[str] = field(default_factory=Counter)  # PRESENT that became ABSENT or the reverse


def changes(cases: Iterable[Case]) -> Changes:
    """Judge every history four times."""
    total = Changes()
    for case in cases:
        total.histories += 1
        before = diagnose(case.history)
        for counted, other in (
            (total.unit, multiplied(case.history, 1000.0)),
            (total.steps, renumbered(case.history, 100.0)),
        ):
            after = diagnose(other)
            counted.update(a.code for a, b in zip(before, after, strict=True) if a.outcome != b.outcome)
        total.halved.update(flips(before, diagnose(halved(case.history))))
    return total


def multiplied(history: History, factor: float) -> History:
    """Every loss in another unit; metrics stay."""
    curves = {
        name: replace(curve, values=tuple(factor * value for value in curve.values))
        if curve.metric == "loss"
        else curve
        for name, curve in history.curves.items()
    }
    chance = history.context.chance_level
    context = replace(history.context, chance_level=None if chance is None else factor * chance)
    return replace(history, curves=curves, context=context)


def renumbered(history: History, factor: float) -> History:
    """Every x in another unit."""
    curves = {n: replace(c, x=tuple(factor * x for x in c.x)) for n, c in history.curves.items()}
    return replace(history, curves=curves)


def halved(history: History) -> History:
    """Every second point of each curve, the last one kept."""
    return replace(history, curves={name: _half(curve) for name, curve in history.curves.items()})


def _half(curve: Curve) -> Curve:
    keep = slice((len(curve) - 1) % 2, None, 2)
    return replace(curve, values=curve.values[keep], x=curve.x[keep])


__all__ = ["LOST_WITH_POINTS", "Changes", "changes", "halved", "multiplied", "renumbered"]
