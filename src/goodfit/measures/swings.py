# SPDX-License-Identifier: Apache-2.0
"""How far a curve swings from evaluation to evaluation once its first fall is over, and whether two swing together."""

from math import atanh, exp, nan, sqrt, tanh

import numpy as np

from goodfit.measures._interval import Floats, median, noise_sd
from goodfit.measures._local import centred_median, later, later_noise, tallest
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, History, Measurement

_FEWEST = 12  # points after the first fall: two spikes among fewer pass for swings
_WIDE = 15  # evaluations of the level around which slow swings are seen
_MEDIAN_ABS_NORMAL = 0.6744897501960817
# A noise from the median of m differences is off by a factor exp(2.5 / sqrt(m)) at most, nine times in ten: the median
# uses 37 % of the data's information, and neighbouring differences share points.
_NOISE_ERROR = 2.5
_CALM = 1 / 3  # of the noise is left without the tallest points: then these are spikes
_LEAST_SHARE_OF_FALL = 0.1  # a lower level is no unit
_Z = 1.645


def swing(curve: Curve | None, name: str) -> Measurement | None:
    """Standard deviation from evaluation to evaluation, relative to the level; slower swings count for the high end."""
    shape = shape_of(curve) if curve else None
    if shape is None:
        return None
    late = shape.cost[later(shape) :]
    unit = _unit(shape, late)
    if len(late) < _FEWEST or not unit:
        return measured(name, shape, (nan, nan, nan), "share")
    around = _around_level(late)
    quick, calm = later_noise(shape), noise_sd(np.delete(late, tallest(around)))
    if calm < _CALM * quick:  # a few spikes are no swings, however tall
        quick = calm
    slow = median(np.abs(around)) / _MEDIAN_ABS_NORMAL
    off = exp(_NOISE_ERROR / sqrt(len(late)))
    return measured(name, shape, (quick / unit, quick / off / unit, max(quick, slow) * off / unit), "share")


def swings_together(history: History) -> Measurement | None:
    """Correlation of the swings of training and validation at the same x, or one evaluation apart."""
    train, val = history.train, history.val
    seen, unseen = (shape_of(curve) if curve else None for curve in (train, val))
    if seen is None or unseen is None:
        return None
    broken = seen if seen.broken else unseen
    late = unseen.x[later(unseen) :]
    late = late[(late >= seen.x[0]) & (late <= seen.x[-1])]
    if len(late) < _FEWEST:
        return measured("swings-together", broken, (nan, nan, nan), "correlation")
    first = _around_level(np.interp(late, seen.x, seen.cost))
    second = _around_level(np.interp(late, unseen.x, unseen.cost))
    value = max(
        _correlation(first, second),
        _correlation(first[1:], second[:-1]),
        _correlation(first[:-1], second[1:]),
    )
    error = _Z / sqrt(len(late) - 5)
    inner = atanh(min(max(value, -0.999), 0.999))
    triple = (value, tanh(inner - error), tanh(inner + error))
    return measured("swings-together", broken, triple, "correlation")


def _unit(shape: Shape, late: Floats) -> float:
    if shape.crosses:
        return shape.unit(0.0)
    return max(abs(median(late)), _LEAST_SHARE_OF_FALL * shape.fall)


def _around_level(values: Floats) -> Floats:
    return np.asarray(values - centred_median(values, _WIDE))


def _correlation(first: Floats, second: Floats) -> float:
    # Ranks, so that one wild point which both share is no swing.
    one, two = (np.argsort(np.argsort(each)) - (len(each) - 1) / 2 for each in (first, second))
    if not np.ptp(first) or not np.ptp(second):
        return 0.0
    return float(one @ two / sqrt(float(one @ one) * float(two @ two)))
