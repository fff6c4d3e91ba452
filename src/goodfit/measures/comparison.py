# SPDX-License-Identifier: Apache-2.0
"""What separates losses that are alike from those that are not: courses of training and validation compared."""

from math import exp, expm1, nan

import numpy as np

from goodfit.measures._interval import Floats
from goodfit.measures._pairs import (
    NOTHING,
    Pair,
    Triple,
    absolute,
    difference,
    logged_losses,
    losses_of,
    mean_interval,
    over,
    pair_of,
    start_interval,
)
from goodfit.measures._shape import shape_of
from goodfit.measures.starts import one_before
from goodfit.values import Curve, History, Measurement

# A number logged for an epoch as its mean belongs, on average, to the middle of that epoch.
_LAG = 0.5


def validation_below(history: History) -> Measurement | None:
    """How far validation loss lies below the logged training loss over the later half of the run, as a share of it.

    None unless both are positive losses that share six points.
    """
    pair = logged_losses(history)
    return (
        None
        if pair is None
        else pair.measured("validation-below-training", _below(pair.late_log_ratio), "share")
    )


def below_without_lag(history: History) -> float:
    """The same share when each training value is moved half an interval of logging to the left; else NaN."""
    pair = logged_losses(history)
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


def loss_ratio(history: History) -> Measurement | None:
    """How many times the larger loss is the smaller one, as the geometric mean over the later half."""
    pair = losses_of(history)
    if pair is None:
        return None
    value, low, high = absolute(pair.late_log_ratio)
    return pair.measured("loss-ratio", (exp(value), exp(low), exp(high)), "times")


def ratio_drift(history: History) -> Measurement | None:
    """How much the logarithm of the ratio moved between the start and the later half, as a share of its later size."""
    pair = losses_of(history)
    if pair is None:
        return None
    ratio = pair.log_ratio
    late = pair.late_log_ratio
    if not late[0]:
        return pair.measured("ratio-drift", NOTHING, "share")
    moved = absolute(difference(late, start_interval(ratio)))
    return pair.measured("ratio-drift", over(moved, abs(late[0])), "share")


def fall_of_both(history: History) -> Measurement | None:
    """What the loss that fell less has removed of its first value over the last third, as a share."""
    pair = losses_of(history)
    if pair is None:
        return None
    fell = [_fall(each, pair) for each in (pair.one, pair.two)]
    return pair.measured("fall-of-both", min(fell), "share")


def _below(log_ratio: Triple) -> Triple:
    value, low, high = log_ratio
    return -expm1(value), -expm1(high), -expm1(low)


def _moved(x: Floats, values: Floats) -> Floats:
    """The values half an interval later, in between by a line."""
    step = np.diff(x, append=2 * x[-1] - x[-2])
    return np.asarray(np.interp(x + _LAG * step, x, values))


def _fall(values: Floats, pair: Pair) -> Triple:
    start, late = start_interval(np.log(values)), mean_interval(np.log(values[pair.third]))
    start = (start[0], start[1], max(start[2], float(np.log(one_before(values)))))
    value, low, high = difference(late, start)
    return -expm1(value), -expm1(high), -expm1(low)
