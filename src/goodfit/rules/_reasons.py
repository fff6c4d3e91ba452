# SPDX-License-Identifier: Apache-2.0
"""Why a measurement settles nothing when it is not the noise: a broken curve, too few points, nothing to divide by."""

from collections.abc import Iterable
from math import isfinite, isnan

from goodfit.measures import Break, BreakKind, breaks
from goodfit.values import Evidence, History, Outcome

# With fewer points no noise can be measured: three differences of neighbours' differences are the least.
_FEWEST = 5


def unsettled(history: History, evidence: Iterable[Evidence]) -> str:
    """The reason as one or two sentences; empty when the intervals are known and merely too wide."""
    open_ones = [each for each in evidence if each.outcome is Outcome.INCONCLUSIVE]
    if not any(isnan(each.measurement.low) for each in open_ones):
        return ""
    broken = breaks(history)
    if broken:
        listed = " ".join(f"{broken_words(each)}." for each in broken)
        return f"{listed} No interval can be put on a curve with such values, so nothing is ruled out or claimed."
    curves = {"training": history.train, "validation": history.val}
    short = [
        f"{sum(map(isfinite, curve.values))} of {name}"
        for name, curve in curves.items()
        if curve is not None and len(curve) < _FEWEST
    ]
    if short:
        return (
            f"The points ({' and '.join(short)}) are too few: with under {_FEWEST} no noise can be measured."
        )
    if any(curve is not None and not any(curve.values) for curve in curves.values()):
        return "A share of a level that is zero throughout cannot be computed, so nothing is ruled out or claimed."
    return ""


def broken_words(found: Break) -> str:
    """What is wrong with a curve, where, and what it does afterwards."""
    curve = found.curve
    name = spoken_break(found)
    evaluations = f"{found.count} of {len(curve)} points"
    if found.kind is BreakKind.SPARSE:
        return f"{name} is NaN at {evaluations}, always in the same rhythm: most likely it was not measured there"
    if found.kind is BreakKind.ENDS and found.first == curve.x[0] and found.count == len(curve):
        return f"{name} is {found.what} from its first value on"
    if found.kind is BreakKind.ENDS:
        came = "became" if found.what != "larger than 1e100" else "grew"
        return f"{name} {came} {found.what} at {curve.axis} {found.first:.9g}"
    at = f"at {curve.axis} {found.first:.9g}"
    if found.count > 1:
        at = f"at {evaluations}, between {curve.axis}s {found.first:.9g} and {found.last:.9g},"
    after = "and finite in the end" if found.what != "larger than 1e100" else "and smaller in the end"
    return f"{name} was {found.what} {at} {after}"


def spoken_break(found: Break) -> str:
    """The curve of a break as the beginning of a sentence: "Validation loss"."""
    if found.name == "train_grad_norm":
        return "The gradient norm"
    split = "training" if found.curve.split == "train" else found.curve.split.value
    return f"{split.capitalize()} {found.curve.metric}"
