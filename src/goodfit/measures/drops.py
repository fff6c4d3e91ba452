# SPDX-License-Identifier: Apache-2.0
"""Where a curve falls by a step after having been nearly flat.

Three stretches of k evaluations beside each other, by their medians: A, B | C. The bend (B - C) - |A - B| is
negative wherever a fall slows down, zero on a straight line, and the height of the step where one is.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, nan, sqrt

import numpy as np

from goodfit.measures._interval import selection_bias
from goodfit.measures._local import centred_median, local_unit, sliding_median, steady_noise, widening
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, History, Measurement

_SHARE, _LEAST, _MOST = 20, 5, 15  # k is a twentieth of the run, 5 to 15 evaluations
_FEWEST = 20
_CALMER = (
    0.5  # validation is looked at instead of training where it scatters half as much: single batches do that
)
_Z = 1.645
_BEFORE_STEP = 1.5  # times the step must have been removed before it
_BEFORE_AT_LEAST = 1.0  # times: then it is a close call
_COVERED = 6  # stretches: the three that lie beside each other must leave half of the run to move over
_HALF_AS_MANY = 2.0  # times as sudden would a fall look, had every second evaluation been logged
_MEDIAN_VARIANCE = 1.57  # of a median over that of a mean


@dataclass(frozen=True, slots=True)
class Drop:
    """The largest bend that is not the first fall: the run had removed more before it than it removes in it."""

    shape: Shape
    at: int  # index of the first evaluation below
    size: float  # share of the level before it
    largest: float  # what it may be where the first fall, or a step near an end of the run, is not told apart
    error: float
    bias: float  # what the largest of many bends of mere noise amounts to
    sudden: float  # share of it between two evaluations and the next two; the way back from a spike is more than all
    sudden_error: float


def calm_curve(history: History) -> Curve | None:
    """Training, or validation of the same metric where that scatters less: a step of the rate moves both."""
    train, val = history.train, history.val
    if train is None or val is None or train.metric != val.metric:
        return train
    scatter = {curve: _scatter(curve) for curve in (train, val)}
    return val if scatter[val] < _CALMER * scatter[train] else train


@lru_cache(maxsize=16)
def drop_of(curve: Curve) -> Drop | None:
    """Find it; None with fewer than 20 finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return None
    k = min(max(shape.n // _SHARE, _LEAST), _MOST) // 2 * 2 + 1
    levels = sliding_median(shape.cost, k)
    a, b, c = levels[: -2 * k], levels[k:-k], levels[2 * k :]
    # The way back from a spike is no step: it must lead below all that came before.
    reached = np.minimum.accumulate(levels)[k:-k]
    bend = np.maximum((np.minimum(b, reached) - c) - np.abs(a - b), 0.0)
    # Not the first fall, nor the way down from a plateau at the start; where that is a close call, both may be true.
    possible = np.where(shape.start - b >= _BEFORE_AT_LEAST * (b - c), bend, 0.0) / local_unit(shape, b)
    bend[shape.start - b < _BEFORE_STEP * (b - c)] = 0.0
    noise, unit = steady_noise(shape)[2 * k : shape.n - k + 1], local_unit(shape, b)
    at = int(np.argmax(bend / np.maximum(noise, 1e-300) * np.minimum(bend / unit, 1.0)))
    size, sd = float(bend[at]), float(noise[at]) * widening(shape)
    place = _steepest(shape, at + 2 * k, k)
    height = float(b[at] - c[at])
    pairs = float(shape.cost[place - 2 : place].mean() - shape.cost[place : place + 2].mean())
    of_medians = sd * sqrt(3 * _MEDIAN_VARIANCE / k)
    return Drop(
        shape=shape,
        at=place,
        size=size / float(unit[at]),
        largest=float(possible.max()) if shape.n >= _COVERED * k else inf,
        error=_Z * of_medians / float(unit[at]),
        bias=selection_bias(of_medians, shape.n / k) / float(unit[at]),
        sudden=min(pairs / height, height / pairs) if height > 0 and pairs > 0 else nan,
        sudden_error=_Z * float(noise[at]) / height if height > 0 else nan,
    )


def drop_size(curve: Curve) -> Measurement:
    """Height of the step as a share of the level before it."""
    found = drop_of(curve)
    if found is None:
        return measured("step-down", shape_of(curve), (nan, nan, nan), "share")
    low = found.size - found.error - found.bias
    seen = measured("step-down", found.shape, (found.size, low, found.size + found.error), "share")
    high = max(seen.high, found.largest + found.error)  # NaN stays NaN
    return replace(seen, high=high)


def drop_suddenness(curve: Curve) -> Measurement:
    """How much of it happened between two evaluations and the next two (1: all of it)."""
    found = drop_of(curve)
    if found is None:
        return measured("suddenness", shape_of(curve), (nan, nan, nan), "share")
    value, error = found.sudden, found.sudden_error
    high = max(value + error, min(_HALF_AS_MANY * value, 1.0))
    return measured("suddenness", found.shape, (value, value - error, high), "share")


@lru_cache(maxsize=16)
def _scatter(curve: Curve) -> float:
    """Noise of one late evaluation as a share of its level; infinite where it is not known."""
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return inf
    late = shape.n // 2
    levels = local_unit(shape, centred_median(shape.cost, _LEAST))[late:]
    return float((steady_noise(shape)[late:] / levels).mean())


def _steepest(shape: Shape, around: int, k: int) -> int:
    """Index of the first evaluation after the steepest fall near `around`."""
    first, last = max(around - k, 2), min(around + k + 1, shape.n - 1)
    cost = shape.cost
    falls = (cost[first - 2 : last - 2] + cost[first - 1 : last - 1]) - (
        cost[first:last] + cost[first + 1 : last + 1]
    )
    return first + int(np.argmax(falls))
