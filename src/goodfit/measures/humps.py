# SPDX-License-Identifier: Apache-2.0
"""A curve that fell, rose and fell again: the hump between two minima, on a curve of at most forty medians."""

from dataclasses import dataclass
from functools import lru_cache
from math import hypot, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats, selection_bias
from goodfit.measures._local import centred_median, edges, local_noise, widening
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Measurement

_MOST = 40  # medians
_FEWEST = 20  # evaluations
_SMOOTH = 5  # of the medians: one wild stretch is no hump
_Z = 1.645
_MEDIAN_VARIANCE = 1.57  # of a median over that of a mean
_LEAST_SHARE_OF_FALL = 0.1  # a lower level is no unit


@dataclass(frozen=True, slots=True)
class Hump:
    """First minimum, top and second minimum, as x and as levels in the curve's cost."""

    shape: Shape
    first: float
    top: float
    second: float
    rise: float  # from the first minimum, in percent of its level
    fall: float  # from the top to the second minimum, in percent of the same
    below: float  # second minimum minus the first, in percent of the same
    sudden: float  # share of the second fall between neighbouring medians
    error: float  # half the interval of the difference of two levels, in percent
    bias: float


@lru_cache(maxsize=16)
def hump_of(curve: Curve) -> Hump | None:
    """The highest hump with a valley on both sides; None with fewer than 20 finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return None
    begins = edges(shape.n, min(shape.n, _MOST))
    blocks = _medians(shape.cost, begins)
    levels = centred_median(blocks, _SMOOTH)
    middle = (begins[:-1] + begins[1:] - 1) // 2
    before = np.minimum.accumulate(levels)
    after = np.minimum.accumulate(levels[::-1])[::-1]
    top = int(np.argmax(levels - np.maximum(before, after)))
    first, second = int(np.argmin(levels[: top + 1])), top + int(np.argmin(levels[top:]))
    low = float(levels[first])
    unit = shape.unit(0.0) if shape.crosses else max(abs(low), _LEAST_SHARE_OF_FALL * shape.fall)
    points = _SMOOTH * shape.n / len(blocks)
    sd = float(local_noise(shape)[begins[first] : begins[second + 1]].mean()) * widening(shape)
    of_level = sd * sqrt(_MEDIAN_VARIANCE / points)
    per = 100 / unit if unit else nan
    x = shape.x
    return Hump(
        shape=shape,
        first=float(x[middle[first]]),
        top=float(x[middle[top]]),
        second=float(x[middle[second]]),
        rise=(float(levels[top]) - low) * per,
        fall=float(levels[top] - levels[second]) * per,
        below=(float(levels[second]) - low) * per,
        sudden=_suddenness(levels, top, second),
        error=_Z * sqrt(2) * of_level * per,
        bias=selection_bias(of_level, shape.n / points) * per,
    )


def hump_rise(curve: Curve) -> Measurement:
    """How far the curve rose between its two minima, and fell again: the smaller one of the two, in percent."""
    found = hump_of(curve)
    if found is None:
        return measured("rise-between-minima", shape_of(curve), (nan, nan, nan), "%")
    value = min(found.rise, found.fall)
    low = value - found.error - 2 * found.bias
    return measured("rise-between-minima", found.shape, (value, low, value + found.error), "%")


def hump_return(curve: Curve) -> Measurement:
    """How far the second minimum lies above the first, in percent; negative is below."""
    found = hump_of(curve)
    if found is None:
        return measured("second-minimum-above-first", shape_of(curve), (nan, nan, nan), "%")
    value, error = found.below, found.error
    return measured("second-minimum-above-first", found.shape, (value, value - error, value + error), "%")


def hump_suddenness(curve: Curve) -> Measurement:
    """The largest part of the second fall between two neighbouring levels: a step of the learning rate is all at once."""
    found = hump_of(curve)
    if found is None:
        return measured("suddenness-of-second-fall", shape_of(curve), (nan, nan, nan), "share")
    error = found.error / found.fall if found.fall > 0 else nan
    value = found.sudden
    return measured(
        "suddenness-of-second-fall", found.shape, (value, max(value - error, 0.0), value + error), "share"
    )


def training_during_hump(train: Curve, val: Curve) -> Measurement:
    """How far training rose while validation did, in percent of its level at the first minimum; negative fell."""
    found, seen = hump_of(val), shape_of(train)
    name = "training-rise-meanwhile"
    if found is None or seen is None or not seen.noise >= 0:
        return measured(name, seen, (nan, nan, nan), "%")
    calm = centred_median(seen.smooth, 3)
    at = [int(np.argmin(np.abs(seen.x - x))) for x in (found.first, found.top)]
    then, top = (float(calm[place]) for place in at)
    unit = seen.unit(0.0) if seen.crosses else max(abs(then), _LEAST_SHARE_OF_FALL * seen.fall)
    per = 100 / unit if unit else nan
    error = hypot(seen.mean_error, seen.mean_error) * per
    value = (top - then) * per
    return measured(name, seen, (value, value - error, value + error), "%")


def _medians(values: Floats, begins: NDArray[np.int_]) -> Floats:
    """The median between each edge and the next."""
    counts = np.diff(begins)
    places = begins[:-1, None] + np.arange(counts.max())
    # Blocks differ by one value at most: infinity stands where one is shorter.
    held = np.append(values, np.inf)[np.minimum(places, len(values))]
    ordered = np.sort(np.where(places < begins[1:, None], held, np.inf), axis=1)
    row = np.arange(len(counts))
    return np.asarray((ordered[row, (counts - 1) // 2] + ordered[row, counts // 2]) / 2)


def _suddenness(levels: Floats, top: int, second: int) -> float:
    falls = levels[top:second] - levels[top + 1 : second + 1]
    whole = float(levels[top] - levels[second])
    return float(falls.max()) / whole if whole > 0 and len(falls) else nan
