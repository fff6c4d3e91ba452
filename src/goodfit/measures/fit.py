# SPDX-License-Identifier: Apache-2.0
"""How much a run learned, how much is left, and how much of it was lost again."""

from dataclasses import replace
from math import exp, hypot, inf, isfinite, log, nan, sqrt

import numpy as np

from goodfit.measures._interval import half_width
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.measures.broken import breaks
from goodfit.values import Curve, Goal, History, Measurement

# A first training loss is the mean of an epoch in which the network already learned. In one run of ours with 7
# steps an epoch it read 2.17 where chance was 2.30, so chance may lie 6 % higher; with more steps an epoch it lies
# higher still. A quarter covers the common case, `_before_first` the runs that learn fast.
_CHANCE_ABOVE_FIRST = 1.25
# Relative to a gain smaller than a tenth of the start, every wobble would look like a loss of all of it.
_LEAST_SHARE_OF_START = 0.1
_QUARTERS = 4
_NEAR = 1.05  # times chance level: nothing was learned before a first value that is not above it
_CLEAR = 4.0  # noise sd: a fall by less says nothing of what came before it
# Training that removed half of its start has followed its data far.
_LEARNED_FAR = 0.5


def remaining_share(history: History) -> Measurement | None:
    """Training loss left at the end as a share of chance level (1: nothing learned, 0: fitted).

    Evaluation mode when logged. Without `chance_level` the first recorded loss stands in; then the low end
    allows for a chance level a quarter above it, or higher when the curve starts steeply. None without a
    training loss, or when it is not a positive number (a share of it would mean nothing).
    """
    curve = _training_loss(history)
    shape = shape_of(curve) if curve else None
    if shape is None or shape.start <= 0 or float(shape.cost.min()) < 0:
        return None
    error = shape.mean_error
    chance = history.context.chance_level
    if chance is not None and chance > 0:
        triple = (shape.end / chance, (shape.end - error) / chance, (shape.end + error) / chance)
        return measured("remaining-share", shape, triple, "share")
    highest = max(_CHANCE_ABOVE_FIRST * shape.start, _before_first(shape))
    triple = (shape.end / shape.start, (shape.end - error) / highest, (shape.end + error) / shape.start)
    return measured("remaining-share", shape, triple, "share")


def least_remaining_share(history: History) -> Measurement | None:
    """The same for training or validation, whichever has less left: no network leaves more than its validation shows.

    A training loss measured with dropout or augmentation lies above what the network can do.
    """
    seen = remaining_share(history)
    if seen is None or history.val is None or history.val.metric != "loss":
        return seen
    unseen = remaining_share(replace(history, curves={"train_loss": history.val}))
    return unseen if unseen is not None and unseen.value < seen.value else seen


def learned_share(history: History) -> Measurement | None:
    """The most that training ever removed, as a share of where it started (chance level when known)."""
    curve = optimised(history)
    shape = shape_of(curve) if curve else None
    if curve is None or shape is None:
        return None
    start, chance = shape.start, history.context.chance_level
    if chance is not None and curve.metric == "loss":
        start = max(start, chance)
    if not start:
        return measured("learned-share", shape, (nan, nan, nan), "share")
    value = max(start - shape.minimum, 0.0) / abs(start)
    first_error = half_width(shape.noise, 1, shape.n - 1)
    error = hypot(shape.mean_error, first_error) / abs(start)
    low, high = value - error - shape.bias / abs(start), value + error
    if chance is None or shape.start > _NEAR * chance:  # else it is known where the run began
        high = max(high, _learned_before(shape))
    return measured("learned-share", shape, (value, low, high), "share")


def _learned_before(shape: Shape) -> float:
    """The share with the evaluation before the first in it, where a clear fall from the first to the second shows one."""
    clear = shape.start - shape.end > _CLEAR * shape.noise  # never with too few points to know a noise
    if not clear or shape.start <= 0:
        return 0.0
    before = max(_before_first(shape), shape.start)
    return 1.0 if before == inf else (before - shape.minimum) / before


def lost_share(history: History) -> Measurement | None:
    """How much of its gain training lost again (1: all of it); infinite when a curve became NaN or infinite.

    A gradient norm that ends non-finite counts too: some trainers log a NaN loss as 0. Where a NaN may only mean
    "not measured" (see `breaks`), the finite values count, without an interval: that settles nothing.
    None when there is no training curve and nothing non-finite.
    """
    found = breaks(history)
    if found and found[0].certain:
        return Measurement.exact("lost-share", inf, unit="share")
    curve = optimised(history)
    shape = shape_of(curve) if curve else None
    if shape is None:
        return None
    if shape.n <= shape.window:
        return measured("lost-share", shape, (nan, nan, nan), "share")
    unit = max(shape.fall, _LEAST_SHARE_OF_START * abs(shape.start)) or nan
    value = max(shape.end - shape.minimum, 0.0) / unit
    error = hypot(shape.mean_error, shape.mean_error) / unit
    low, high = (nan, nan) if found else (value - error - shape.bias / unit, value + error)
    return measured("lost-share", shape, (value, low, high), "share")


def validation_gain(history: History) -> Measurement | None:
    """What validation gained over its first value, as a share of what training gained over its own.

    None unless both are of one metric and training removed at least half of its start: beside a training that
    learned little, nothing is to be expected of validation.
    """
    train, val = history.train, history.val
    if train is None or val is None or train.metric != val.metric:
        return None
    seen, unseen = shape_of(train), shape_of(val)
    if seen is None or unseen is None or not seen.fall or seen.fall < _LEARNED_FAR * abs(seen.start):
        return None
    value = unseen.fall / seen.fall
    error = hypot(unseen.mean_error, half_width(unseen.noise, 1, unseen.n - 1)) / seen.fall
    return measured(
        "validation-gain", unseen, (value, value - error - unseen.bias / seen.fall, value + error), "share"
    )


def fewest_points(history: History) -> Measurement | None:
    """The length of the shorter one of the curves to judge by; None without any.

    The low end is half of it: what neighbours that move together amount to.
    """
    curves = [curve for curve in (history.train, history.val) if curve is not None]
    if not curves:
        return None
    shortest = min(map(len, curves))
    return Measurement(
        name="fewest-points",
        value=float(shortest),
        low=shortest / 2,
        high=float(shortest),
        unit="points",
        n=shortest,
    )


def gradient_ratio(history: History) -> Measurement | None:
    """Gradient norm in the last quarter over that in the first quarter; None when it was not logged.

    Means of logarithms, as norms vary by factors; 4 points at least, else the interval is NaN.
    """
    curve = history.curves.get("train_grad_norm")
    if curve is None or len(curve) == 0:
        return None
    norms = np.asarray([value for value in curve.values if isfinite(value) and value > 0])
    quarter = len(norms) // _QUARTERS
    if quarter == 0:
        return Measurement(name="gradient-ratio", value=nan, low=nan, high=nan, unit="ratio", n=len(curve))
    early, late = np.log(norms[:quarter]), np.log(norms[-quarter:])
    value = float(late.mean() - early.mean())
    error = half_width(sqrt(float(late.var() + early.var())), quarter, 2 * quarter - 2)
    if not curve.finite or quarter == 1:
        error = nan
    return Measurement(
        name="gradient-ratio",
        value=exp(value),
        low=exp(value - error),
        high=exp(min(value + error, log(1e300))),
        unit="ratio",
        n=len(curve),
    )


def optimised(history: History) -> Curve | None:
    """The training curve that the optimiser saw: the logged loss, in train mode where both modes were logged.

    A loss that is high in evaluation mode alone has not diverged, and the run has not stalled.
    """
    return history.curves.get("train_loss") or history.train


def _training_loss(history: History) -> Curve | None:
    curve = history.train
    return curve if curve and curve.metric == "loss" and curve.goal is Goal.MINIMIZE else None


def _before_first(shape: Shape) -> float:
    """The loss one evaluation before the first, if the curve fell geometrically towards its end.

    A run that is almost done after its first epoch started far above its first recorded mean.
    """
    if shape.n < 2:  # noqa: PLR2004 - two points make a ratio
        return inf
    first, second = shape.start - shape.end, float(shape.cost[1]) - shape.end
    if first <= shape.mean_error:
        return shape.start
    return shape.end + first * first / second if second > 0 else inf
