# SPDX-License-Identifier: Apache-2.0
"""Two curves laid on one grid of x, and means over parts of them with their intervals."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import hypot, isfinite, nan, sqrt

import numpy as np

from goodfit.measures._interval import (
    Floats,
    correlation_of_neighbours,
    half_width,
    long_run_sd,
    mean,
    noise_sd,
)
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Goal, History, Measurement

Triple = tuple[float, float, float]  # value, low and high end
NOTHING: Triple = (nan, nan, nan)

# Six points are the fewest of which one half can be averaged and the other half still says something.
FEWEST = 6
# Below five points a noise rests on one or two numbers.
_FEWEST_OF_MEAN = 3
_FEWEST_OF_NOISE = 5
# Among fewer points a line follows a correlated wander too closely: at ten points the intervals held the truth in 78
# of 100 draws with a correlation of a half.
_FEWEST_OF_LINE = 12
_FIRST = 3  # points that count as the start of a run


@dataclass(frozen=True, eq=False)  # one pair of two curves: it is looked up by identity
class Pair:
    """Two losses at the same x, each positive and finite."""

    x: Floats
    one: Floats
    two: Floats
    shape: Shape  # of the broken one, if one is, else of the shorter one

    @property
    def n(self) -> int:
        """Number of shared points."""
        return len(self.x)

    @cached_property
    def log_ratio(self) -> Floats:
        """log(two / one)."""
        return np.asarray(np.log(self.two / self.one))

    @cached_property
    def late_log_ratio(self) -> Triple:
        """Its mean over the later half."""
        return mean_interval(self.log_ratio[self.half])

    @property
    def half(self) -> slice:
        """The later half."""
        return slice(self.n // 2, None)

    @property
    def third(self) -> slice:
        """The last third, three points at least."""
        return slice(-max(_FEWEST_OF_MEAN, self.n // 3), None)

    def measured(self, name: str, triple: Triple, unit: str) -> Measurement:
        """A measurement of both; its interval is NaN when one is broken."""
        return measured(name, self.shape, triple, unit)


@lru_cache(maxsize=16)
def pair_of(one: Curve | None, two: Curve | None) -> Pair | None:
    """Lay two losses on the grid of the sparser; None unless both are positive and share six points of x."""
    if one is None or two is None or one.axis is not two.axis or one.goal is not two.goal:
        return None
    first, second = shape_of(one), shape_of(two)
    if first is None or second is None or one.goal is not Goal.MINIMIZE:
        return None
    if min(float(first.cost.min()), float(second.cost.min())) <= 0:
        return None
    sparse = first if first.n < second.n else second
    low, high = max(first.x[0], second.x[0]), min(first.x[-1], second.x[-1])
    x = sparse.x[(sparse.x >= low) & (sparse.x <= high)]
    if len(x) < FEWEST:
        return None
    return Pair(
        x=x,
        one=np.asarray(np.interp(x, first.x, first.cost)),
        two=np.asarray(np.interp(x, second.x, second.cost)),
        shape=next((each for each in (first, second) if each.broken), sparse),
    )


def losses_of(history: History) -> Pair | None:
    """Training and validation loss of a history on one grid, training first: in evaluation mode where it was logged."""
    return _both(history.train, history.val)


def logged_losses(history: History) -> Pair | None:
    """The same with the training loss as it was logged along the way, whatever its mode."""
    return _both(history.curves.get("train_loss") or history.train, history.val)


def _both(train: Curve | None, val: Curve | None) -> Pair | None:
    if train is None or val is None or train.metric != "loss" or val.metric != "loss":
        return None
    return pair_of(train, val)


def mean_interval(values: Floats) -> Triple:
    """The mean of some neighbouring points with its interval; a trend among them is no noise."""
    n = len(values)
    if n < _FEWEST_OF_MEAN:
        return NOTHING
    centre = mean(values)
    residuals, lost = _around_line(values) if n >= _FEWEST_OF_LINE else (values - centre, 1)
    r = correlation_of_neighbours(residuals)
    sd = sqrt(float(residuals @ residuals) / (n - lost) * (1 + r) / (1 - r))
    if n >= _FEWEST_OF_NOISE:
        sd = max(sd, long_run_sd(residuals, noise_sd(values)))
    # Correlated neighbours leave fewer free points to know the noise from.
    half = half_width(sd, n, max((n - 1) * (1 - r) / (1 + r), 2.0))
    return centre, centre - half, centre + half


def _around_line(values: Floats) -> tuple[Floats, int]:
    """Residuals around the least-squares line, and how many degrees of freedom it takes."""
    place = _places(len(values))
    slope = float(place @ values) / float(place @ place)
    return np.asarray(values - mean(values) - slope * place), 2


@lru_cache(maxsize=64)
def _places(points: int) -> Floats:
    return np.linspace(-1, 1, points)


def start_interval(values: Floats) -> Triple:
    """The level at the start: it lies between the first value and the mean of the first three, noise aside.

    A curve that moves fast there gets a wide interval, since nobody knows what came before its first point.
    """
    noise = noise_sd(values)
    if not isfinite(noise):
        return NOTHING
    first, few = float(values[0]), mean(values[:_FIRST])
    alone, together = half_width(noise, 1, len(values) - 1), half_width(noise, _FIRST, len(values) - 1)
    return few, min(first - alone, few - together), max(first + alone, few + together)


def absolute(triple: Triple) -> Triple:
    """The interval of the size of a number whose sign does not matter."""
    value, low, high = triple
    if low >= 0:
        return triple
    if high <= 0:
        return -value, -high, -low
    return abs(value), 0.0, max(-low, high)


def difference(one: Triple, two: Triple) -> Triple:
    """`one` minus `two`, whose errors are independent."""
    value = one[0] - two[0]
    down = hypot(one[0] - one[1], two[2] - two[0])
    up = hypot(one[2] - one[0], two[0] - two[1])
    return value, value - down, value + up


def over(triple: Triple, unit: float) -> Triple:
    """An interval in units of a positive number."""
    return triple[0] / unit, triple[1] / unit, triple[2] / unit
