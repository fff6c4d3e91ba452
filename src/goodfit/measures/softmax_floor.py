# SPDX-License-Identifier: Apache-2.0
"""The lowest cross-entropy that a network can reach when its softmax is applied twice.

The second softmax sees probabilities, at best (1, 0, ..., 0), and makes e / (e + K - 1) of the right class: the loss
never falls below ln(1 + (K - 1) / e), whatever is learned.
"""

from math import e, exp, isfinite, log, nan

from goodfit.measures._interval import half_width
from goodfit.measures._shape import measured, shape_of
from goodfit.values import Curve, History, Measurement

# The loss of the best constant prediction lies below ln K for classes of unequal size, hardly ever below half of it.
_LEAST_OF_LN_K = 0.5
_ROUNDING = 1.001
_LARGEST = 1e6  # classes
_WHOLE = 0.005  # how far exp(chance level) may lie from a whole number of classes, as a share


def softmax_floor(history: History) -> float | None:
    """That loss, in the unit of the loss; None when the number of classes is not known.

    The unit is nats; where chance level is known and lies off ln K, it gives the unit (bits, or losses times 1000).
    """
    chance = history.context.chance_level
    classes = history.context.classes or _classes(chance)
    if classes is None or classes < 2:  # noqa: PLR2004 - one class needs no network
        return None
    nats = log(classes)
    unit = 1.0
    if chance is not None and chance > 0 and not _LEAST_OF_LN_K <= chance / nats <= _ROUNDING:
        unit = chance / nats
    return unit * log(1 + (classes - 1) / e)


def over_floor(history: History, curve: Curve | None, name: str) -> Measurement | None:
    """Level of a loss at the end over that floor (1: on it)."""
    floor = softmax_floor(history)
    shape = shape_of(curve) if curve else None
    if floor is None or shape is None:
        return None
    value, error = shape.end / floor, shape.mean_error / floor
    return measured(name, shape, (value, value - error, value + error), "ratio")


def lowest_over_floor(history: History) -> Measurement | None:
    """The lowest of all values of training and validation over that floor: no single one can lie below it."""
    floor = softmax_floor(history)
    shapes = [shape_of(curve) for curve in (history.train, history.val) if curve and curve.metric == "loss"]
    known = [shape for shape in shapes if shape is not None]
    if floor is None or not known:
        return None
    lowest = min(known, key=lambda shape: float(shape.cost.min()))
    value = float(lowest.cost.min()) / floor
    broken = next((shape for shape in known if shape.broken), lowest)
    settled = value if isfinite(half_width(lowest.noise, 1, lowest.n)) else nan
    return measured("lowest-over-floor", broken, (value, settled, settled), "ratio")


def _classes(chance: float | None) -> int | None:
    if chance is None or not 0 < chance < log(_LARGEST):
        return None
    whole = round(exp(chance))
    return whole if abs(exp(chance) / whole - 1) < _WHOLE else None
