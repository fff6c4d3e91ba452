# SPDX-License-Identifier: Apache-2.0
"""What every measure reads off a curve first: its cost, its noise, its smoothed course and its minimum.

A curve of goal MAXIMIZE is turned, so that lower is better everywhere below. Points that are NaN or infinite
are left out of the numbers and remembered in `broken`, so that no interval of a broken curve settles anything.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import inf, isfinite, nan, sqrt

import numpy as np

from goodfit.measures._interval import Floats, half_width, long_run_sd, mean, median, noise_sd, selection_bias
from goodfit.values import Curve, Goal, Measurement

# One window holds a tenth of the evaluations, never of x: narrow enough to follow a curve that turns, and the
# noise of its mean is about a third of a single point's after 100 evaluations. Three at least, so that no
# level rests on one lucky point.
_WINDOWS = 10
_SMALLEST_WINDOW = 3
# A level below one hundredth of what was learned is not a unit to measure in: a loss that falls from 2.3
# to 0.0001 and "doubles" has lost nothing that anybody could notice; and a loss may cross zero.
LEAST_SHARE_OF_FALL = 0.01
# A loss beyond it is on its way to overflow; its square would be infinite.
_OVERFLOWING = 1e100


@dataclass(frozen=True, eq=False)  # one shape a curve: it is looked up by identity
class Shape:
    """The finite points of a curve and what is read off them; arrays have one entry per finite point."""

    x: Floats
    cost: Floats  # lower is better
    smooth: Floats  # centred moving mean, shortened at the ends
    minimum: float  # the lowest mean of a whole window
    window: int  # evaluations in a window
    noise: float  # sd of one evaluation around the trend; NaN when there are too few
    long_run: float  # the same for means: widened by the correlation of neighbours
    best: int  # index of the smoothed minimum
    broken: bool  # the curve holds NaN or infinities

    @property
    def n(self) -> int:
        """Number of finite points."""
        return len(self.cost)

    @property
    def start(self) -> float:
        """First cost."""
        return float(self.cost[0])

    @cached_property
    def end(self) -> float:
        """Cost over the last window: the mean, or the median when lower, so that one spike is no rise."""
        last = self.cost[-self.window :]
        return min(level_of(last), median(last))

    @property
    def fall(self) -> float:
        """Cost removed between the first point and the minimum, 0 when none was."""
        return max(self.start - self.minimum, 0.0)

    @cached_property
    def mean_error(self) -> float:
        """Half the interval of one window's mean."""
        return half_width(self.long_run, self.window, self.n - 1)

    @cached_property
    def bias(self) -> float:
        """How far the minimum of many noisy windows lies too low at most."""
        return selection_bias(self.long_run / sqrt(self.window), self.n / self.window)

    @cached_property
    def crosses(self) -> bool:
        """Whether the curve changes its sign, so that a share of its level means nothing."""
        return bool(self.cost.min() < 0 < self.cost.max())

    def unit(self, level: float) -> float:
        """What a change is relative to: the level, at least a hundredth of the fall; the fall where signs change."""
        if self.crosses:
            return self.fall or float(np.ptp(self.cost))
        return max(abs(level), LEAST_SHARE_OF_FALL * self.fall) or nan


@lru_cache(maxsize=64)
def shape_of(curve: Curve) -> Shape | None:
    """Read a curve; None when it holds no finite point."""
    values = np.asarray(curve.values, dtype=np.float64)
    kept = np.abs(values) < _OVERFLOWING
    if not kept.any():
        return None
    # The correlation of neighbours is read off the later half, around a parabola: the bend of the first fall
    # would pass for it, and a moving mean would follow the slow wander that it is to find.
    cost = values[kept] if curve.goal is Goal.MINIMIZE else -values[kept]
    n = len(cost)
    window = min(n, max(_SMALLEST_WINDOW, n // _WINDOWS))
    smooth = moving_mean(cost, window)
    noise = noise_sd(cost)
    return Shape(
        x=np.asarray(curve.x, dtype=np.float64)[kept],
        cost=cost,
        smooth=smooth,
        minimum=lowest_window(cost, window),
        window=window,
        noise=noise,
        long_run=long_run_sd(detrended(cost[n // 2 :]), noise) if isfinite(noise) else nan,
        best=int(np.argmin(smooth)),
        broken=not bool(kept.all()),
    )


def moving_mean(values: Floats, window: int) -> Floats:
    """Centred moving mean of about `window` values; fewer at the ends, where it would reach past them."""
    # Sums of distances from the first value: a constant curve stays constant to the last digit.
    summed = np.concatenate(([0.0], np.cumsum(values - values[0])))
    index = np.arange(len(values))
    low = np.maximum(index - window // 2, 0)
    high = np.minimum(index + window // 2 + 1, len(values))
    return np.asarray(values[0] + (summed[high] - summed[low]) / (high - low), dtype=np.float64)


def detrended(values: Floats) -> Floats:
    """Residuals around the least-squares parabola; three points or fewer leave none."""
    basis = _parabola(len(values))
    return np.asarray(values - basis @ (basis.T @ values), dtype=np.float64)


@lru_cache(maxsize=64)
def _parabola(points: int) -> Floats:
    """An orthonormal basis of the parabolas on so many places, shape (points, 3)."""
    return np.asarray(np.linalg.qr(np.vander(np.linspace(-1, 1, points), 3))[0])


def lowest_window(values: Floats, window: int) -> float:
    """The lowest mean of `window` neighbours; the last window is one of them, so a rise is never negative."""
    first = float(values[0])
    summed = np.concatenate(([0.0], np.cumsum(values - first)))
    lowest = first + float((summed[window:] - summed[:-window]).min()) / window
    return min(lowest, level_of(values[-window:]))


def level_of(values: Floats) -> float:
    """The mean; that of equal values is their value to the last digit."""
    return float(values[0]) + mean(values - values[0])


def sound(value: float) -> bool:
    """Whether a logged value is a finite number that can be computed with."""
    return abs(value) < _OVERFLOWING


def measured(name: str, shape: Shape | None, triple: tuple[float, float, float], unit: str) -> Measurement:
    """A measurement of a curve; its interval is NaN when the curve is broken or too short for a noise."""
    value, low, high = triple
    if shape is None or shape.broken or not all(map(isfinite, triple)):
        low = high = nan
    n = 0 if shape is None else shape.n
    return Measurement(
        name=name, value=value if abs(value) < inf else nan, low=low, high=high, unit=unit, n=n
    )
