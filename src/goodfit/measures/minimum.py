# SPDX-License-Identifier: Apache-2.0
"""Where a curve has its minimum, how far it has risen since, and which rise could be seen at all.

The minimum is picked out of many noisy windows, so it lies too low by chance. The intervals allow for that:
a flat noisy curve must not look like a rising one.
"""

from math import hypot, nan, sqrt

import numpy as np

from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Measurement, Onset

_PERCENT = 100.0


def rise_after_minimum(curve: Curve) -> Measurement:
    """How far the end level lies above the level at the minimum, in percent of the latter.

    Levels are means over a tenth of the evaluations. This is the generalisation loss GL of Prechelt (1998)
    on smoothed levels. The low end allows for the luck of the minimum. For a metric to maximise
    it is the drop after the best, in percent of the best; for a curve that changes sign, in percent of its whole
    fall. NaN interval: broken curve or under 5 points. NaN: a single window, which is never after another.
    """
    shape = shape_of(curve)
    if shape is None or shape.n <= shape.window:
        return measured("rise-after-minimum", shape, (nan, nan, nan), "%")
    unit = shape.unit(shape.minimum)
    value = max(shape.end - shape.minimum, 0.0) / unit
    error = _difference_error(shape) / unit
    triple = (value, value - error - shape.bias / unit, value + error)
    return measured("rise-after-minimum", shape, _in_percent(triple), "%")


def smallest_visible_rise(curve: Curve) -> Measurement:
    """The smallest rise after the minimum that could be told from none, in percent of the minimum's level."""
    shape = shape_of(curve)
    if shape is None:
        return measured("smallest-visible-rise", None, (nan, nan, nan), "%")
    value = (_difference_error(shape) + shape.bias) / shape.unit(shape.minimum)
    return measured("smallest-visible-rise", shape, _in_percent((value, value, value)), "%")


def noise(curve: Curve) -> Measurement:
    """Standard deviation of one evaluation around the trend, in percent of the level at the minimum."""
    shape = shape_of(curve)
    if shape is None:
        return measured("noise", None, (nan, nan, nan), "%")
    value = shape.noise / shape.unit(shape.minimum)
    # A standard deviation from n values has a relative standard error of about 1 / sqrt(2 n).
    error = value / sqrt(2 * shape.n)
    return measured("noise", shape, _in_percent((value, value - error, value + error)), "%")


def onset(curve: Curve) -> Onset:
    """The x of the smoothed minimum, and the range of x whose level cannot be told from it.

    NaN throughout when the curve holds no finite point; the range is NaN when there are too few for a noise.
    """
    shape = shape_of(curve)
    if shape is None:
        return Onset(epoch=nan, low=nan, high=nan)
    first, last = indistinct(shape)
    known = shape.noise >= 0
    return Onset(
        epoch=float(shape.x[shape.best]),
        low=float(shape.x[first]) if known else nan,
        high=float(shape.x[last]) if known else nan,
    )


def share_since_minimum(curve: Curve) -> Measurement:
    """The share of the run's evaluations that came after the minimum."""
    shape = shape_of(curve)
    value = nan if shape is None else (shape.n - 1 - shape.best) / max(shape.n - 1, 1)
    return measured("share-since-minimum", shape, (value, value, value), "share")


def evaluations_since_minimum(curve: Curve) -> Measurement:
    """How many evaluations came after the minimum; the interval is that of the onset."""
    shape = shape_of(curve)
    if shape is None:
        return measured("evaluations-since-minimum", None, (nan, nan, nan), "evaluations")
    first, last = indistinct(shape)
    low = float(shape.n - 1 - last) if shape.noise >= 0 else nan
    triple = (float(shape.n - 1 - shape.best), low, float(shape.n - 1 - first))
    return measured("evaluations-since-minimum", shape, triple, "evaluations")


def indistinct(shape: Shape) -> tuple[int, int]:
    """First and last index whose smoothed level cannot be told from the minimum's.

    At least half a window to either side: so far can a moving mean shift a minimum.
    """
    reach = shape.smooth[shape.best] + (_difference_error(shape) if shape.noise >= 0 else 0.0)
    inside = np.flatnonzero(shape.smooth <= reach)
    shift = shape.window // 2
    first, last = min(int(inside[0]), shape.best - shift), max(int(inside[-1]), shape.best + shift)
    return max(first, 0), min(last, shape.n - 1)


def _difference_error(shape: Shape) -> float:
    """Half the interval of the difference of two windows' means."""
    return hypot(shape.mean_error, shape.mean_error)


def _in_percent(triple: tuple[float, float, float]) -> tuple[float, float, float]:
    return triple[0] * _PERCENT, triple[1] * _PERCENT, triple[2] * _PERCENT
