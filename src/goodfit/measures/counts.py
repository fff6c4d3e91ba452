# SPDX-License-Identifier: Apache-2.0
"""How much data stands behind the curves: validation examples, training points, passes over the training set.

The size of the validation set is taken from the facts of the run, or read off an accuracy: shares of n examples are
multiples of 1/n. A log rounds, and rounded to two digits everything is a multiple of 1/100; so a size counts only
where so many values would not fall on its grid by chance.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, nan, sqrt

import numpy as np

from goodfit.measures._distinct import distinct
from goodfit.measures._interval import Floats
from goodfit.measures._shape import shape_of, sound
from goodfit.measures.broken import BreakKind, breaks
from goodfit.values import Axis, Curve, History, Measurement, Split

_POINTS = 100.0  # percentage points in one
_LARGEST_SIZE = 5000  # a grid finer than it cannot be told from none in values of four digits
# Fewer different values could all lie on every second line of the grid: 1 in 2**7 is under one per cent.
_FEWEST_VALUES = 7
_CHANCE = 0.01  # of values off the grid that fall on one all the same, over all grids tried
# Where roundings cover more, a neighbouring size explains values that lie close together just as well.
_COVERED = 0.25
_SIEVE = 8  # values tried first
_HALVED = (
    1.5  # a little more than the square root of two: from one end to the other is more than a factor of two
)
_MOST_DECIMALS = 10
_SINGLE_PRECISION = 1e-7  # what float32 leaves of a share
_MOST = 0.5  # no share has a larger standard error than that of one coin toss


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSize:
    """How many examples the validation set holds."""

    examples: int
    exact: bool  # from the facts of the run; else read off an accuracy, and then at most so many


def share_of_examples(history: History) -> Curve | None:
    """The first validation curve that is a share of examples: an accuracy or an error rate."""
    for curve in history.curves.values():
        if curve.split is Split.VALIDATION and _counts_examples(curve.metric) and len(curve):
            return curve
    return None


def validation_size(history: History) -> ValidationSize | None:
    """The size as it was given, else as an accuracy shows it; None where neither says."""
    known = history.context.validation_size
    if known is not None:
        return ValidationSize(examples=known, exact=True) if known > 0 else None
    curve = share_of_examples(history)
    found = grid_size(curve) if curve else None
    return None if found is None else ValidationSize(examples=found, exact=False)


@lru_cache(maxsize=8)
def grid_size(curve: Curve) -> int | None:
    """The smallest n whose multiples of 1/n explain every value as it was logged; None if chance could too."""
    shares, scale = _shares(curve)
    different = distinct(shares)
    if len(different) < _FEWEST_VALUES:
        return None
    tolerance = max(0.5 * 10.0 ** -_decimals(curve) / scale, _SINGLE_PRECISION) * (1 + 1e-6)
    sizes = np.arange(2, _LARGEST_SIZE + 1, dtype=np.float64)
    covered = np.minimum(1.0, 2 * tolerance * sizes)  # share of all numbers that round to a line of the grid
    by_chance = np.cumsum(covered ** len(different))
    sizes = sizes[(by_chance <= _CHANCE) & (covered <= _COVERED)]
    for some in (different[:1], different[:_SIEVE], different):  # a few values rule nearly all sizes out
        lines = np.outer(sizes, some)
        sizes = sizes[np.abs(lines - np.round(lines)).max(axis=1) <= tolerance * sizes]
    return int(sizes[0]) if len(sizes) else None


def sampling_error(history: History) -> Measurement | None:
    """Standard error of a share of the validation examples, in percentage points; None without size or accuracy.

    At the level where the accuracy ends, or at one half, the largest, where none was logged. A size read off an
    accuracy is an upper bound, since means of batches lie on a finer grid: then the error is at least the value.
    """
    curve, size = share_of_examples(history), validation_size(history)
    if curve is None and size is None:
        return None
    n = 0 if curve is None else len(curve)
    if size is None or _broken(history):
        return Measurement(name="sampling-error", value=nan, low=nan, high=nan, unit=_UNIT, n=n)
    levels = _end(curve) if curve is not None else (_MOST, _MOST, _MOST)
    value, *ends = (_standard_error(level, size.examples) for level in levels)
    high = max(value, *ends) if size.exact else _POINTS * _MOST
    return Measurement(name="sampling-error", value=value, low=min(value, *ends), high=high, unit=_UNIT, n=n)


_UNIT = "percentage points"
_ADDED = 2  # right, and as many wrong, answers that are added to a share near 0 or 1


def training_points(history: History) -> Measurement | None:
    """How many training points there are; half as many and twice as many tell the same story, so the interval is wide."""
    counted = _counts(history)
    if counted is None:
        return None
    points = float(counted[0])
    return Measurement(
        name="training-points",
        value=points,
        low=points / _HALVED,
        high=points * _HALVED,
        unit="points",
        n=counted[0],
    )


def training_points_per_evaluation(history: History) -> Measurement | None:
    """Training points for each validation point; the interval allows for one point more or less in each."""
    counted = _counts(history)
    if counted is None:
        return None
    train, val = counted
    ratio = train / val
    low, high = (ratio, ratio) if train >= val else ((train - 1) / (val + 1), (train + 1) / max(val - 1, 1))
    return Measurement(
        name="training-points-per-evaluation", value=ratio, low=low, high=high, unit="points", n=train + val
    )


def passes(history: History) -> Measurement | None:
    """How often the training set was gone through; None where neither the facts nor the x axis say.

    The planned epochs where they were reached, else the last epoch of an axis that counts parts of epochs. Whole
    epochs need not be passes: a tool may call any stretch between two evaluations an epoch.
    """
    context, curves = history.context, [c for c in (history.train, history.val) if c is not None and len(c)]
    if not curves:
        return None
    seen = _last_epoch(curves)
    if context.epochs_planned is not None and (
        context.finished or (context.finished is None and seen is None)
    ):
        seen = float(context.epochs_planned)
    if seen is None:
        return None
    low, high = (nan, nan) if _broken(history) else (seen, seen)
    return Measurement(name="passes", value=seen, low=low, high=high, unit="epochs", n=sum(map(len, curves)))


def _last_epoch(curves: list[Curve]) -> float | None:
    if any(curve.axis is not Axis.EPOCH or curve.x[0] < 0 for curve in curves):
        return None
    return max(curve.x[-1] for curve in curves) if any(map(_counts_parts, curves)) else None


@lru_cache(maxsize=16)
def _counts_parts(curve: Curve) -> bool:
    return any(place % 1 for place in curve.x)


def _counts(history: History) -> tuple[int, int] | None:
    """Points of training up to the last evaluation, and of validation; None when one is missing."""
    train, val = history.train, history.val
    if train is None or val is None or not len(train) or not len(val):
        return None
    sparse = {id(each.curve) for each in breaks(history) if each.kind is BreakKind.SPARSE}
    last = val.x[-1] if train.axis is val.axis else inf
    reached = bisect_right(train.x, last)
    if id(train) in sparse:
        reached = sum(map(sound, train.values[:reached]))
    evaluations = sum(map(sound, val.values)) if id(val) in sparse else len(val)
    return reached, max(evaluations, 1)


@lru_cache(maxsize=64)
def _counts_examples(metric: str) -> bool:
    words = metric.lower().replace("-", "_").split("_")
    rates = {"accuracy", "acc", "top1", "top5"}
    spoiled = {"balanced", "macro", "class", "mean", "pixel", "token", "masked", "smoothed", "ema"}
    return bool(
        rates & set(words) or metric.lower() in ("error_rate", "misclassification")
    ) and not spoiled & set(words)


def _shares(curve: Curve) -> tuple[Floats, float]:
    """Finite values as shares strictly between 0 and 1, and what the log multiplied them by."""
    values = np.asarray([value for value in curve.values if isfinite(value)])
    if not len(values) or values.min() < 0 or values.max() > _POINTS:
        return np.asarray([]), 1.0
    scale = _POINTS if values.max() > 1 else 1.0
    shares = values / scale
    return shares[(shares > 0) & (shares < 1)], scale


def _decimals(curve: Curve) -> int:
    """Decimals that the values were logged with; more than single precision holds make no difference."""
    values = np.asarray([value for value in curve.values if isfinite(value)])
    return next((d for d in range(_MOST_DECIMALS) if (np.round(values, d) == values).all()), _MOST_DECIMALS)


def _end(curve: Curve) -> tuple[float, float, float]:
    """The share where the curve ends, and the ends of its interval."""
    shape = shape_of(curve)
    if shape is None:
        return nan, nan, nan
    scale = _shares(curve)[1]
    value, error = abs(shape.end) / scale, shape.mean_error / scale
    return value, value - error, value + error


def _standard_error(share: float, examples: int) -> float:
    """Of a share, with two right and two wrong answers added: all of 30 right leaves doubt (Agresti and Coull 1998)."""
    if not isfinite(share):
        return nan
    counted = examples + 2 * _ADDED
    inside = (min(max(share, 0.0), 1.0) * examples + _ADDED) / counted
    return _POINTS * sqrt(inside * (1 - inside) / counted)


def _broken(history: History) -> bool:
    judged = (history.train, history.val, share_of_examples(history))
    return not all(curve.finite for curve in judged if curve is not None)
