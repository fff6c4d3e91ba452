# SPDX-License-Identifier: Apache-2.0
"""Whether two losses were alike when the run began.

The first point of a log already holds learning: whether a gap was there before it must allow for where both curves came
from one evaluation earlier.
"""

from functools import lru_cache
from math import exp, hypot

import numpy as np

from goodfit.measures._interval import Floats, half_width, noise_sd
from goodfit.measures._pairs import (
    NOTHING,
    Pair,
    Triple,
    difference,
    logged_losses,
    losses_of,
    mean_interval,
    over,
    start_interval,
)
from goodfit.values import History, Measurement

# A curve that falls to a tenth from one evaluation to the next does not say where it came from.
_STEEPEST = 10.0
# One that would have fallen twice its whole fall, an evaluation earlier, gives no gap to compare: it fell to a third.
_STEEP = 2.0
_FIRST = 3  # points that count as the start


def gap_at_start(history: History) -> Measurement | None:
    """(validation - training) / validation at the first evaluations, as a share.

    None unless both are positive losses that share six points.
    """
    pair = losses_of(history)
    if pair is None:
        return None
    start = _start(pair)
    reaching = (start[0], min(start[1], _least_before(pair)), start[2])
    return pair.measured("gap-at-start", over(reaching, float(pair.two[:_FIRST].mean())), "share")


def gap_closing(history: History) -> Measurement | None:
    """How much of the gap at the start is gone over the last third, as a share of the former."""
    pair = losses_of(history)
    if pair is None:
        return None
    start = _start(pair)
    if not start[0] > 0:
        return pair.measured("gap-closing", NOTHING, "share")
    late = mean_interval((pair.two - pair.one)[pair.third])
    return pair.measured("gap-closing", over(difference(start, late), start[0]), "share")


def training_over_validation(history: History) -> Measurement | None:
    """How many times validation loss the training loss is at the first evaluations, as it was logged.

    The loss in train mode where there is one: a loss in evaluation mode is rarely computed in another way.
    """
    pair = logged_losses(history)
    if pair is None:
        return None
    value, low, high = start_interval(-pair.log_ratio)
    return pair.measured("training-over-validation", (exp(value), exp(low), exp(high)), "times")


def one_before(values: Floats) -> float:
    """The loss one evaluation before the first, if it fell geometrically towards its lowest level."""
    lowest = min(float(values.min()), float(values[-_FIRST:].mean()))
    first, second = float(values[0]) - lowest, float(values[1]) - lowest
    if not 0 < second < first:
        return float(values[0])
    return lowest + first * min(first / second, _STEEPEST)


def _least_before(pair: Pair) -> float:
    """The gap one evaluation before the first, at the least: where a curve falls too steeply there, nobody knows it."""
    one, two = one_before(pair.one), one_before(pair.two)
    falls = [
        (before - values[0]) / max(np.ptp(values), 1e-300)
        for before, values in ((one, pair.one), (two, pair.two))
    ]
    return two - one if max(falls) < _STEEP else float(pair.two[0]) - one


@lru_cache(maxsize=16)
def _start(pair: Pair) -> Triple:
    """Validation less training at the first points; noise shrinks with the level, so each curve has its own there."""
    gap = pair.two - pair.one
    first, few = float(gap[0]), float(gap[:_FIRST].mean())
    one, two = (noise_sd(np.log(each)) * float(each[:_FIRST].mean()) for each in (pair.one, pair.two))
    alone, together = (half_width(hypot(one, two), count, pair.n - 1) for count in (1, _FIRST))
    return few, min(first - alone, few - together), max(first + alone, few + together)
