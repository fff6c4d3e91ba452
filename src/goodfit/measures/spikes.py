# SPDX-License-Identifier: Apache-2.0
"""Single evaluations that stand far above both what came before and what came after.

The height of a point is measured from the higher one of two levels, the median of five evaluations before it and of
five after it: a fall has the first, a rise for good the second, so neither has a height. Near the end two evaluations
after it are enough.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, nan, sqrt

import numpy as np

from goodfit.measures._interval import Floats, median
from goodfit.measures._local import local_unit, noise_without, sliding_median, tallest
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, History, MeasuredAs, Measurement

_BEFORE, _AFTER = 5, 5  # evaluations: a spike of three is still one, a longer one is a new level
_LEAST_AFTER = 2  # evaluations that show a way back at the very end of a run
_NEIGHBOURS = 21  # evaluations that the noise beside a point rests on
_FEWEST = 15
# What is still missing to the old level counts so many times: a run that begins anew takes its whole way down.
_CAME_BACK = 4.0
_Z = 1.645
# A standard deviation from the median of m residuals is off by 1.9 / sqrt(m) at most, nine times in ten.
_NOISE_ERROR = 1.9


@dataclass(frozen=True, slots=True)
class Heights:
    """Height of every point that has five before it and two after it; arrays have one entry each."""

    shape: Shape
    at: int  # index of the first of these points
    share: Floats  # of the level beside it
    in_noise: Floats
    error: Floats  # half the interval of `share`

    @property
    def tallest(self) -> int:
        """Index of the point that stands out most of its noise and its level together."""
        return int(np.argmax(np.minimum(self.share, 1.0) * np.minimum(self.in_noise, 100.0)))


@lru_cache(maxsize=16)
def heights(curve: Curve) -> Heights | None:
    """Measure every point; None with fewer than 15 finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return None
    cost, last = shape.cost, shape.n - _LEAST_AFTER
    before = sliding_median(cost[: last - 1], _BEFORE)
    shorter = [median(cost[-left:]) for left in range(_AFTER - 1, _LEAST_AFTER - 1, -1)]
    after = np.concatenate((sliding_median(cost[_BEFORE + 1 :], _AFTER), shorter))
    level = np.maximum(before, after)
    unit = local_unit(shape, level)
    jump = cost[_BEFORE:last]
    missing = np.maximum(after - before, 0.0)
    height = np.maximum(np.minimum(jump - level, jump - before - _CAME_BACK * missing), 0.0)
    left_out = np.zeros(shape.n, dtype=bool)
    left_out[tallest(height) + _BEFORE] = True
    noise = noise_without(shape, left_out)[_BEFORE:last]
    return Heights(
        shape=shape, at=_BEFORE, share=height / unit, in_noise=height / noise, error=_Z * noise / unit
    )


def spiking_curve(history: History) -> Curve | None:
    """The training curve with the tallest point: a mean over the epoch shows batches that evaluation mode does not.

    The loss of the last batch is one of many: what befell the others is seen on validation alone.
    """
    logged = [history.curves.get(name) for name in ("train_loss_eval", "train_loss")]
    if history.train is not None and history.train.measured_as is MeasuredAs.LAST_BATCH:
        logged.append(history.curves.get("val_loss"))
    curves = [curve for curve in logged if curve is not None and heights(curve) is not None]
    if not curves:
        return history.train
    return max(curves, key=lambda curve: spike_height(curve).value)


def spike_height(curve: Curve) -> Measurement:
    """How far the tallest point stands above its neighbours, as a share of their level."""
    found = heights(curve)
    if found is None:
        return measured("spike-height", shape_of(curve), (nan, nan, nan), "share")
    value, error = float(found.share[found.tallest]), float(found.error[found.tallest])
    return measured("spike-height", found.shape, (value, value - error, value + error), "share")


def spike_in_noise(curve: Curve) -> Measurement:
    """The same in units of the noise of one evaluation beside it."""
    found = heights(curve)
    if found is None:
        return measured("spike-in-noise", shape_of(curve), (nan, nan, nan), "noise sd")
    value = float(found.in_noise[found.tallest])
    off = _NOISE_ERROR / sqrt(min(_NEIGHBOURS, found.shape.n))
    return measured("spike-in-noise", found.shape, (value, value * exp(-off), value * exp(off)), "noise sd")


def spikes(curve: Curve, share: float, in_noise: float) -> tuple[float, ...]:
    """The x of each spike that exceeds both numbers; neighbours are one spike."""
    found = heights(curve)
    if found is None:
        return ()
    tall = np.flatnonzero((found.share >= share) & (found.in_noise >= in_noise))
    first = [int(place) for place in tall if place - 1 not in tall and place - 2 not in tall]
    return tuple(float(found.shape.x[found.at + place]) for place in first)
