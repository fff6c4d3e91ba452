# SPDX-License-Identifier: Apache-2.0
"""The true course of a noisy curve around its minimum, as many equally likely courses.

Every valley of `_valleys` is fitted to the curve by least squares, in its own unit and as a logarithm (noise that
shrinks with the level). Shapes weigh by their likelihood, fewer coefficients weighing more (Schwarz 1978, the
Bayesian information criterion); then 400 courses are drawn, shapes by weight and coefficients by their normal errors.
Where a minimum lies, and how far the curve has risen since, are read off the courses: their spread is the interval.

Two things keep the intervals honest. Correlated neighbours count as fewer points, n (1 - r) / (1 + r). And no shape
is the truth: each is allowed a misfit of one fiftieth of the valley's depth beside the noise.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats, correlation_of_neighbours, noise_sd
from goodfit.measures._shape import Shape, moving_mean, shape_of
from goodfit.measures._valleys import LARGEST, Family, families, window_length
from goodfit.values import Curve

DRAWS = 400
# Without it the intervals at 0.5 % noise held the truth in 7 of 10 cases instead of 9: the catalogue of shapes is
# coarser than such a curve is sharp.
_MISFIT = 0.02  # of the depth of the window
# A point that lies so many noise sd away from the median of five neighbours is replaced by it.
_STRAY = 5.0
# The window begins where the curve has come down to so many times its later rise above the minimum, or so many noise
# sd: the long way down before says nothing about the minimum.
_RISES_ABOVE = 0.5
_NOISES_ABOVE = 6.0
# A twentieth of the evaluations, 3 at least, are averaged to find that window.
_PREVIEW = 20
_FEWEST = 6  # points of a window
_LEAST_INDEPENDENT = 4.0


@dataclass(frozen=True)
class Course:
    """Equally likely courses of a curve from somewhere before its minimum to its end."""

    place: Floats  # (points,), in evaluations counted from 0, increasing
    drawn: Floats  # (DRAWS, points), costs

    @cached_property
    def minimum(self) -> tuple[float, float, float]:
        """Where the minimum lies, in evaluations: median, and the 5 and 95 % points."""
        at = np.bincount(self.drawn.argmin(axis=1), minlength=len(self.place)) / DRAWS
        halfway = (self.place[1:] + self.place[:-1]) / 2
        ends = (2 * self.place[0] - halfway[0], 2 * self.place[-1] - halfway[-1])
        edges = np.concatenate(([ends[0]], halfway, [ends[1]]))
        # A course's minimum counts as lying anywhere in the cell around its point.
        reached = np.concatenate(([0.0], np.cumsum(at))) + 1e-12 * np.arange(len(edges))
        low, middle, high = np.interp((0.05, 0.5, 0.95), reached, edges)
        return float(middle), float(low), float(high)

    @cached_property
    def levels(self) -> tuple[Floats, Floats]:
        """Lowest cost and cost at the end of every course, shapes (DRAWS,)."""
        return self.drawn.min(axis=1), self.drawn[:, -1]


@lru_cache(maxsize=64)
def course_of(curve: Curve) -> Course | None:
    """Draw the courses of a curve; None with fewer than six finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return None
    return _courses(shape)


def _courses(shape: Shape) -> Course:
    place, values = _window(_without_strays(shape.cost))
    if not np.ptp(values):
        return Course(place=place, drawn=np.tile(values, (DRAWS, 1)))
    spaces = [_Space(values, logarithmic=False)]
    if values.min() > 0:
        spaces.append(_Space(values, logarithmic=True))
    fits = [fit for family in families(len(values)) for fit in _fitted(family, spaces)]
    r = min(fits, key=lambda fit: fit.best).correlation()
    independent = max(len(values) * (1 - r) / (1 + r), _LEAST_INDEPENDENT)
    return Course(place=place, drawn=_draw(fits, independent))


class _Space:
    """A window's values in their own unit, or as logarithms."""

    def __init__(self, values: Floats, *, logarithmic: bool) -> None:
        self.logarithmic = logarithmic
        taken = np.log(values) if logarithmic else values
        self.centre = float(taken.mean())
        self.scale = float(np.ptp(taken)) or 1.0
        self.values = (taken - self.centre) / self.scale
        # What turns a density of these numbers into one of the values themselves.
        self.stretch = 2 * (log(self.scale) + (self.centre if logarithmic else 0.0))

    def back(self, fitted: Floats) -> Floats:
        """Fitted values in the curve's own unit."""
        whole = fitted * self.scale + self.centre
        return np.exp(whole) if self.logarithmic else whole


class _Fit:
    """All shapes of one family fitted to one window."""

    def __init__(self, space: _Space, family: Family, coefficients: Floats) -> None:
        self.space, self.family, self.coefficients = space, family, coefficients
        n = len(space.values)
        left = float(space.values @ space.values) - (self.coefficients**2).sum(axis=1)
        self.mean_square = np.where(self._allowed(), np.maximum(left, 0.0) / n + _MISFIT**2, np.inf)
        self.best = float(np.log(self.mean_square.min())) + space.stretch

    def _allowed(self) -> NDArray[np.bool_]:
        """Falls fall and rises rise."""
        c, lean = self.coefficients, self.family.lean
        if lean is None:
            return np.asarray((c[:, 1:] >= 0).all(axis=1))
        return np.asarray((c[:, 2] >= 0) & (c[:, 1] >= lean * c[:, 2]))

    def correlation(self) -> float:
        """Correlation of neighbours around the best shape, as far as they are noise and not misfit."""
        at = int(np.argmin(self.mean_square))
        residuals = self.space.values - self.coefficients[at] @ self.family.basis[at]
        noise = float(residuals @ residuals) / len(residuals)
        return correlation_of_neighbours(residuals) * noise / (noise + _MISFIT**2)

    def log_weights(self, independent: float) -> Floats:
        """Logarithm of the posterior weight of each shape; every family has the same weight beforehand."""
        likelihood = -0.5 * independent * (np.log(self.mean_square) + self.space.stretch)
        penalty = 0.5 * self.family.coefficients * np.log(independent) + np.log(len(self.coefficients))
        return np.asarray(likelihood - penalty)

    def draw(self, shapes: NDArray[np.intp], normal: Floats, independent: float) -> Floats:
        """One course a shape; falls still fall and rises still rise."""
        k = self.family.coefficients
        n = len(self.space.values)
        free = n / max(n - k, 1)
        error = np.sqrt(self.mean_square[shapes] * free * n / independent)
        found = self.coefficients[shapes] + normal[:, :k] * error[:, None]
        if self.family.lean is not None:
            found[:, 2] = np.maximum(found[:, 2], 0)
            found[:, 1] = np.maximum(found[:, 1], self.family.lean[shapes] * found[:, 2])
        elif k > 1:
            found[:, 1] = np.maximum(found[:, 1], 0)
        return self.space.back(np.einsum("sk,skn->sn", found, self.family.basis[shapes]))


def _fitted(family: Family, spaces: list[_Space]) -> list[_Fit]:
    """One family fitted in every space, with one matrix product."""
    columns = np.stack([space.values for space in spaces], axis=1).astype(np.float32)
    found = (family.basis.reshape(-1, len(columns)) @ columns).astype(np.float64)
    by_shape = found.reshape(len(family.basis), -1, len(spaces))
    return [_Fit(space, family, np.ascontiguousarray(by_shape[:, :, i])) for i, space in enumerate(spaces)]


def _draw(fits: list[_Fit], independent: float) -> Floats:
    """Courses in proportion to the weights of their shapes: evenly spaced quantiles, so that no luck is in it."""
    weights = [fit.log_weights(independent) for fit in fits]
    joined = np.concatenate(weights)
    share = np.exp(joined - joined.max())
    reached = np.cumsum(share) / share.sum()
    picked = np.minimum(np.searchsorted(reached, (np.arange(DRAWS) + 0.5) / DRAWS), len(joined) - 1)
    normal, begin = _normal(), 0
    drawn = []
    for fit, own in zip(fits, weights, strict=True):
        chosen = (picked >= begin) & (picked < begin + len(own))
        if chosen.any():
            drawn.append(fit.draw(picked[chosen] - begin, normal[chosen], independent))
        begin += len(own)
    return np.concatenate(drawn)


@lru_cache(maxsize=1)
def _normal() -> Floats:
    """Always the same normal numbers, so that a verdict never changes from one call to the next."""
    return np.random.default_rng(5).standard_normal((DRAWS, 3))


def _without_strays(cost: Floats) -> Floats:
    """Single points far off the median of their neighbours replaced by it: a spike is no course."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(cost, 2, mode="reflect"), 5)
    middle = np.sort(around, axis=1)[:, 2]  # numpy's own median imports masked arrays, 8 ms
    return np.where(np.abs(cost - middle) > _STRAY * noise_sd(cost), middle, cost)


def _window(cost: Floats) -> tuple[Floats, Floats]:
    """The part of the curve that says where its minimum is: places and values, averaged when they are many."""
    n = len(cost)
    smooth = moving_mean(cost, max(3, n // _PREVIEW))
    best = int(np.argmin(smooth))
    depth = max(_RISES_ABOVE * float(np.ptp(smooth[best:])), _NOISES_ABOVE * noise_sd(cost))
    above = np.flatnonzero(smooth[: best + 1] > smooth[best] + depth)
    points = n - (int(above[-1]) if len(above) else 0)
    if points <= LARGEST:
        points = window_length(points, min(n, LARGEST))
        return np.arange(n - points, n, dtype=np.float64), cost[n - points :]
    edges = np.linspace(n - points, n, LARGEST + 1).round().astype(int)
    counts = np.diff(edges)
    return (edges[:-1] + edges[1:] - 1) / 2, np.add.reduceat(cost, edges[:-1]) / counts
