# SPDX-License-Identifier: Apache-2.0
"""What separates a gap that opens from curves that never were alike: courses of training and validation compared."""

from functools import lru_cache
from math import exp, expm1, hypot, nan

import numpy as np

from goodfit.measures._interval import Floats, half_width, noise_sd
from goodfit.measures._pairs import NOTHING, Pair, Triple, absolute, mean_interval, pair_of, start_interval
from goodfit.measures._shape import shape_of
from goodfit.values import Curve, History, Measurement

# A number logged for an epoch as its mean belongs, on average, to the middle of that epoch.
_LAG = 0.5
# A curve that falls to a tenth from one evaluation to the next does not say where it came from.
_STEEPEST = 10.0


def validation_below(history: History) -> Measurement | None:
    """How far validation loss lies below training over the later half of the run, as a share of training.

    None unless both are positive losses that share six points.
    """
    pair = _losses(history)
    return (
        None
        if pair is None
        else pair.measured("validation-below-training", _below(pair.late_log_ratio), "share")
    )


def below_without_lag(history: History) -> float:
    """The same share when each training value is moved half an interval of logging to the left; else NaN."""
    pair = _losses(history)
    if pair is None:
        return nan
    return _below(mean_interval(np.log(pair.two / _moved(pair.x, pair.one))[pair.half][:-1]))[0]


def lag_of_mean(curve: Curve) -> Measurement:
    """How far a mean over each epoch lies above the loss at its end, over the later half, as a share.

    Read off the curve itself: the value half an interval later is what the middle of the next epoch shows.
    """
    shape = shape_of(curve)
    pair = pair_of(curve, curve)
    if pair is None or shape is None:
        return Measurement(name="training-blur", value=nan, low=nan, high=nan, unit="share")
    # Moved by a whole point and halved: interpolation would average the noise of the two.
    steps = -np.diff(np.log(pair.one))[pair.n // 2 :]
    value, low, high = mean_interval(steps)
    return pair.measured("training-blur", (_LAG * value, _LAG * low, _LAG * high), "share")


def gap_opening(history: History) -> Measurement | None:
    """How much wider the gap is over the last third than at the start.

    As a share of the gap at the end, or of what training removed where that is less: a gap that opens while
    training hardly moves did not come from the start. NaN where there is no gap or no fall to relate it to.
    """
    pair = _losses(history)
    if pair is None:
        return None
    first, late = _gaps(pair)
    fall = float(pair.one[0]) - float(pair.one[pair.third].mean())
    unit = min(late[0], fall)
    if not unit > 0:
        return pair.measured("gap-opening", NOTHING, "share")
    return pair.measured("gap-opening", _over(_difference(late, first), unit), "share")


def gap_closing(history: History) -> Measurement | None:
    """How much of the gap at the start is gone over the last third, as a share of the former."""
    pair = _losses(history)
    if pair is None:
        return None
    first, late = _gaps(pair)
    if not first[0] > 0:
        return pair.measured("gap-closing", NOTHING, "share")
    return pair.measured("gap-closing", _over(_difference(first, late), first[0]), "share")


def loss_ratio(history: History) -> Measurement | None:
    """How many times the larger loss is the smaller one, as the geometric mean over the later half."""
    pair = _losses(history)
    if pair is None:
        return None
    value, low, high = absolute(pair.late_log_ratio)
    return pair.measured("loss-ratio", (exp(value), exp(low), exp(high)), "times")


def ratio_drift(history: History) -> Measurement | None:
    """How much the logarithm of the ratio moved between the start and the later half, as a share of its later size."""
    pair = _losses(history)
    if pair is None:
        return None
    ratio = pair.log_ratio
    late = pair.late_log_ratio
    if not late[0]:
        return pair.measured("ratio-drift", NOTHING, "share")
    moved = absolute(_difference(late, start_interval(ratio)))
    return pair.measured("ratio-drift", _over(moved, abs(late[0])), "share")


def fall_of_both(history: History) -> Measurement | None:
    """What the loss that fell less has removed of its first value over the last third, as a share."""
    pair = _losses(history)
    if pair is None:
        return None
    fell = [_fall(each, pair) for each in (pair.one, pair.two)]
    return pair.measured("fall-of-both", min(fell), "share")


def _losses(history: History) -> Pair | None:
    train, val = history.train, history.val
    if train is None or val is None or train.metric != "loss" or val.metric != "loss":
        return None
    return pair_of(train, val)


def _below(log_ratio: Triple) -> Triple:
    value, low, high = log_ratio
    return -expm1(value), -expm1(high), -expm1(low)


def _moved(x: Floats, values: Floats) -> Floats:
    """The values half an interval later, in between by a line."""
    step = np.diff(x, append=2 * x[-1] - x[-2])
    return np.asarray(np.interp(x + _LAG * step, x, values))


@lru_cache(maxsize=16)
def _gaps(pair: Pair) -> tuple[Triple, Triple]:
    """The gap at the start and over the last third; noise shrinks with the level, so each has its own.

    The first point already holds learning: the start reaches from the mean of the first three points to where both
    curves came from one evaluation earlier.
    """
    gap = pair.two - pair.one
    few = float(gap[:3].mean())
    before = _one_before(pair.two) - _one_before(pair.one)
    one, two = (noise_sd(np.log(each)) * float(each[:3].mean()) for each in (pair.one, pair.two))
    alone, together = (half_width(hypot(one, two), count, pair.n - 1) for count in (1, 3))
    ends = ((float(gap[0]), alone), (before, alone), (few, together))
    start = (few, min(at - error for at, error in ends), max(at + error for at, error in ends))
    return start, mean_interval(gap[pair.third])


def _one_before(values: Floats) -> float:
    """The loss one evaluation before the first, if it fell geometrically towards its lowest level."""
    lowest = min(float(values.min()), float(values[-3:].mean()))
    first, second = float(values[0]) - lowest, float(values[1]) - lowest
    if not 0 < second < first:
        return float(values[0])
    return lowest + first * min(first / second, _STEEPEST)


def _fall(values: Floats, pair: Pair) -> Triple:
    start, late = start_interval(np.log(values)), mean_interval(np.log(values[pair.third]))
    start = (start[0], start[1], max(start[2], float(np.log(_one_before(values)))))
    value, low, high = _difference(late, start)
    return -expm1(value), -expm1(high), -expm1(low)


def _difference(one: Triple, two: Triple) -> Triple:
    """`one` minus `two`, whose errors are independent."""
    value = one[0] - two[0]
    down = hypot(one[0] - one[1], two[2] - two[0])
    up = hypot(one[2] - one[0], two[0] - two[1])
    return value, value - down, value + up


def _over(triple: Triple, unit: float) -> Triple:
    return triple[0] / unit, triple[1] / unit, triple[2] / unit
