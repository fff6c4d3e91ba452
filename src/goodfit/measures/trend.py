# SPDX-License-Identifier: Apache-2.0
"""Whether a curve still moves at the end of the run, and how far it came since a given moment."""

from functools import lru_cache
from math import hypot, nan

import numpy as np

from goodfit.measures._interval import trend_interval
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Goal, Measurement

# The slope is fitted to the last third of the evaluations, four at least: with a quarter of them its noise
# is half as large again, with a half of them the steep early part of most curves would reach in.
_LATE = 3
_FEWEST_LATE = 4
_FEWEST = 5  # evaluations of the whole run
# A run that learned next to nothing has no steep early part, and its noise is large beside its changes.
_LATE_OF_START = 2
_QUARTER = 0.25
# A run that has removed less than a tenth of its start is measured against that tenth; the whole fall of a
# run that learned nothing is noise, and noise is no unit.
_LEAST_SHARE_OF_START = 0.1
# A training curve with less than one fiftieth of its way left, at the minimum of validation and at the end,
# has nothing left to fall by: it stays fitted. An accuracy of 100 % cannot keep rising.
_FITTED = 0.02
# Fewer points after a moment than the smallest window cannot show what happened since.
_FEWEST_SINCE = 3


def late_change(curve: Curve) -> Measurement:
    """Change per quarter of the run at the end, as a share of the whole fall; negative is still improving.

    From the slope over the last third of the evaluations, with its Newey-West interval.
    """
    return _late(curve, "late-change", of_start=False)


def late_change_of_start(curve: Curve) -> Measurement:
    """The same over the last half, as a share of the first value: for runs that learned next to nothing."""
    return _late(curve, "late-change-of-start", of_start=True)


@lru_cache(maxsize=16)
def _late(curve: Curve, name: str, *, of_start: bool) -> Measurement:
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return measured(name, shape, (nan, nan, nan), "share")
    late = max(_FEWEST_LATE, shape.n // (_LATE_OF_START if of_start else _LATE))
    slopes = trend_interval(shape.x[-late:], shape.cost[-late:])
    quarter = _QUARTER * float(shape.x[-1] - shape.x[0])
    floor = abs(shape.start)
    unit = floor if of_start else max(shape.fall, _LEAST_SHARE_OF_START * floor)
    triple = (slopes[0], slopes[1], slopes[2])
    value, low, high = (slope * quarter / unit if unit else nan for slope in triple)
    return measured(name, shape, (value, low, high), "share")


def fall_since(curve: Curve, moment: float) -> Measurement:
    """How much of what was left at x = `moment` a curve has removed by its end, as a share (1 is all).

    What is left is counted down to 0 for a loss that is never negative, up to 1 for a metric within [0, 1],
    else in units of the level. A curve that was fitted to within 2 % and stayed so counts as 1. NaN with
    fewer than three points after the moment, or when nothing was left from the start.
    """
    shape = shape_of(curve)
    if shape is None:
        return measured("training-fall-since-minimum", None, (nan, nan, nan), "share")
    if int(np.count_nonzero(shape.x > moment)) < _FEWEST_SINCE:
        return measured("training-fall-since-minimum", shape, (nan, nan, nan), "share")
    then = float(shape.smooth[int(np.argmin(np.abs(shape.x - moment)))])
    best = best_possible(curve, shape, then)
    left, whole = then - best, shape.start - best
    if not whole:
        return measured("training-fall-since-minimum", shape, (nan, nan, nan), "share")
    if max(left, shape.end - best) <= _FITTED * whole:
        return measured("training-fall-since-minimum", shape, (1.0, 1.0, 1.0), "share")
    value = (then - shape.end) / left if left else nan
    error = hypot(shape.mean_error, shape.mean_error) / left if left else nan
    return measured("training-fall-since-minimum", shape, (value, value - error, value + error), "share")


def best_possible(curve: Curve, shape: Shape, level: float) -> float:
    """The cost that cannot be undercut, as far as the values show: 0 for a loss, -1 for a share."""
    if curve.goal is Goal.MINIMIZE and float(shape.cost.min()) >= 0:
        return 0.0
    if curve.goal is Goal.MAXIMIZE and float(shape.cost.min()) >= -1 and float(shape.cost.max()) <= 0:
        return -1.0
    return level - abs(level)
