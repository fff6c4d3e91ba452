# SPDX-License-Identifier: Apache-2.0
"""Where a curve has its minimum, how far it has risen since, and which rise could be seen at all.

All of it is read off the equally likely courses of `_course`: a minimum picked out of many noisy evaluations lies too
low by chance, and the courses know that.
"""

from functools import lru_cache
from math import ceil, floor, isfinite, nan, sqrt

import numpy as np

from goodfit.measures._course import Course, course_of
from goodfit.measures._interval import half_width, median, noise_sd, selection_bias
from goodfit.measures._shape import LEAST_SHARE_OF_FALL, Shape, measured, shape_of
from goodfit.values import Curve, Measurement, Onset

_PERCENT = 100.0
_A_DOZEN = 12  # evaluations: among fewer the first fall cannot be told from noise
# What half of the evaluations would show: sqrt(2) for the fewer points, as much again for how well they tell the noise.
_HALF_AS_MANY = 2.0
_LEANS_ON = 6  # evaluations of a run for each one that fixes a level of its course


@lru_cache(maxsize=64)
def rise_after_minimum(curve: Curve) -> Measurement:
    """How far the end level lies above the level at the minimum, in percent of the latter.

    This is the generalisation loss GL of Prechelt (1998) at the last evaluation, of the curve's course instead of
    its single values. For a metric to maximise it is the drop after the best, in percent of the best; for a curve
    that changes sign, in percent of its whole fall. NaN interval: broken curve; NaN: under 6 points.
    """
    shape, course = shape_of(curve), course_of(curve)
    if shape is None or course is None:
        return measured("rise-after-minimum", shape, (nan, nan, nan), "%")
    return measured("rise-after-minimum", shape, _rise(shape, course), "%")


@lru_cache(maxsize=64)
def smallest_visible_rise(curve: Curve) -> Measurement:
    """The smallest rise after the minimum that could be told from none, in percent of the minimum's level.

    The course leans on about a sixth of the evaluations at the minimum and at the end each: the half interval of the
    difference of two such means, and the luck of picking the lowest. The high end is what half of the evaluations
    would show.
    """
    shape = shape_of(curve)
    if shape is None:
        return measured("smallest-visible-rise", None, (nan, nan, nan), "%")
    value = _visible(shape, shape.long_run)
    # A standard deviation of n values is uncertain by 1 / sqrt(2 n); half of the evaluations would show less by half. In
    # a short curve the first fall passes for noise, so the low end takes the noise of the later half where that is less.
    off = half_width(1 / sqrt(2), shape.n, shape.n - 1)
    later = noise_sd(shape.cost[shape.n // 2 :])
    calm = _visible(shape, min(later, shape.long_run)) if isfinite(later) else value
    low = min(value * (1 - off), calm) if shape.n >= _A_DOZEN else 0.0
    high = _HALF_AS_MANY * value * (1 + off)
    return measured("smallest-visible-rise", shape, (value, low, high), "%")


def _visible(shape: Shape, long_run: float) -> float:
    """That rise for a noise of `long_run`, in percent."""
    count = max(shape.n / _LEANS_ON, 1.0)
    error = sqrt(2) * half_width(long_run, count, shape.n - 1)
    bias = selection_bias(long_run / sqrt(count), shape.n / count)
    return _PERCENT * (error + bias) / shape.unit(shape.minimum)


def noise(curve: Curve) -> Measurement:
    """Standard deviation of one evaluation around the trend, in percent of the level at the minimum."""
    shape = shape_of(curve)
    if shape is None:
        return measured("noise", None, (nan, nan, nan), "%")
    value = _PERCENT * shape.noise / shape.unit(shape.minimum)
    # A standard deviation from n values has a relative standard error of about 1 / sqrt(2 n).
    error = value / sqrt(2 * shape.n)
    return measured("noise", shape, (value, value - error, value + error), "%")


def evaluation_error(curve: Curve) -> float:
    """Standard deviation of one evaluation around the trend, in the curve's own unit; NaN under 5 points."""
    shape = shape_of(curve)
    return nan if shape is None else shape.noise


def onset(curve: Curve) -> Onset:
    """The x of the minimum of the curve's course: median, and the 5 and 95 % points, between evaluations if need be.

    NaN throughout when the curve holds no finite point; with under 6 points the lowest one, without an interval.
    """
    shape = shape_of(curve)
    if shape is None:
        return Onset(epoch=nan, low=nan, high=nan)
    middle, low, high = _minimum(curve, shape)
    return Onset(epoch=_x_at(shape, round(middle)), low=_x_at(shape, low), high=_x_at(shape, high))


def settled(curve: Curve) -> int:
    """Index of the first of the finite points whose level cannot be told from that at the minimum; 0 without any."""
    shape, course = shape_of(curve), course_of(curve)
    if shape is None or course is None:
        return 0
    reached = course.drawn <= course.levels[0][:, None] + shape.mean_error
    return int(median(course.place[reached.argmax(axis=1)]))


def changes_sign(curve: Curve) -> bool:
    """Whether the curve has values on both sides of zero, so that a share of its level means nothing."""
    shape = shape_of(curve)
    return shape is not None and shape.crosses


def share_since_minimum(curve: Curve) -> Measurement:
    """The share of the run's evaluations that came after the minimum."""
    since = evaluations_since_minimum(curve)
    last = max(since.n - 1, 1)
    return measured(
        "share-since-minimum",
        shape_of(curve),
        (since.value / last, since.low / last, since.high / last),
        "share",
    )


def evaluations_since_minimum(curve: Curve) -> Measurement:
    """How many evaluations came after the minimum; the interval is that of the onset."""
    shape = shape_of(curve)
    if shape is None:
        return measured("evaluations-since-minimum", None, (nan, nan, nan), "evaluations")
    middle, low, high = _minimum(curve, shape)
    last = shape.n - 1
    triple = (last - middle, max(last - high, 0.0), last - low)
    return measured("evaluations-since-minimum", shape, triple, "evaluations")


def indistinct(curve: Curve) -> tuple[int, int]:
    """First and last of the finite points among which the minimum lies; (0, 0) without a finite point."""
    shape = shape_of(curve)
    if shape is None:
        return 0, 0
    middle, low, high = _minimum(curve, shape)
    if not isfinite(low):
        return round(middle), round(middle)
    return max(floor(low), 0), min(ceil(high), shape.n - 1)


def onset_span(curve: Curve) -> tuple[float, float]:
    """The interval of the onset in x that was logged, rounded outwards: for people. NaN when there is none."""
    shape, course = shape_of(curve), course_of(curve)
    if shape is None or course is None:
        return nan, nan
    first, last = indistinct(curve)
    return float(shape.x[first]), float(shape.x[last])


def _minimum(curve: Curve, shape: Shape) -> tuple[float, float, float]:
    """Median, low and high end of where the minimum is, in finite points counted from 0."""
    course = course_of(curve)
    if course is None:
        return float(np.argmin(shape.cost)), nan, nan
    middle, low, high = course.minimum
    return min(max(middle, 0.0), shape.n - 1.0), low, high


def _rise(shape: Shape, course: Course) -> tuple[float, float, float]:
    """Median, low and high end of the rise, in percent."""
    lowest, last = course.levels
    if shape.crosses:
        units = np.full(len(lowest), shape.unit(0.0))
    else:
        units = np.maximum(np.abs(lowest), LEAST_SHARE_OF_FALL * shape.fall)
    if not units.all():
        return nan, nan, nan
    with np.errstate(over="ignore"):  # beyond every float: `measured` gives it no interval
        shares = _PERCENT * (last - lowest) / units
    if not np.isfinite(shares).all():
        return nan, nan, nan
    ordered, last_place = np.sort(shares), len(shares) - 1
    low, middle, high = (float(ordered[round(q * last_place)]) for q in (0.05, 0.5, 0.95))
    return middle, low, high


def _x_at(shape: Shape, place: float) -> float:
    """The x of a place between evaluations; half an evaluation beyond the ends at most."""
    if not isfinite(place):
        return nan
    return float(np.interp(place, np.arange(shape.n), shape.x))
