# SPDX-License-Identifier: Apache-2.0
"""The true course of a noisy curve around its minimum, as many equally likely courses.

Every valley of `_valleys` is fitted to the curve by least squares (`_fits`), once as if its noise were the same
everywhere, once as if it shrank with the level, and once more where it changes (`_changing`). Shapes weigh by their likelihood, fewer coefficients weighing
more (Schwarz 1978, the Bayesian information criterion); then 400 courses are drawn, shapes by weight and coefficients
by their normal errors. Where a minimum lies, and how far the curve has risen since, are read off the courses: their
spread is the interval.

Two things keep the intervals honest. Correlated neighbours count as fewer points, n (1 - r) / (1 + r). And no shape
is the truth: each is allowed a misfit of 1.2 % of the depth of the window beside the noise.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from goodfit.measures._fits import Fit
from goodfit.measures._interval import Floats
from goodfit.measures._local import calm, local_noise
from goodfit.measures._shape import Shape, moving_mean, shape_of
from goodfit.measures._valleys import LARGEST
from goodfit.values import Curve

DRAWS = 400
_NORMAL = Path(__file__).with_name("normal.f8")
# Where the level of a window goes over an order of magnitude, its logarithm has the simpler shape: a loss that explodes.
_WIDE = 10.0
# A point that lies so many noise sd away from the median of five neighbours is replaced by it: sd of the whole curve or of
# the points around, whichever is more. The scatter of a wild stretch in a calm curve is noise and no row of spikes.
_STRAY = 5.0
# The window begins where the curve has come down to as far above its minimum as it rises later, or to so many noise
# sd: the long way down before says little about the minimum, and no fall of the catalogue follows all of it.
_NOISES_ABOVE = 20.0
# A twelfth of the evaluations, 3 at least, are averaged to find that window.
_PREVIEW = 12
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
    place, values = _window(_without_strays(shape), shape.noise)
    if not np.ptp(values):
        return Course(place=place, drawn=np.tile(values, (DRAWS, 1)))
    fits = _fits(values)
    likeliest = min(fits, key=lambda fit: fit.best)
    r = likeliest.correlation()
    independent = max(len(values) * (1 - r) / (1 + r), _LEAST_INDEPENDENT)
    return Course(place=place, drawn=_draw(fits, likeliest.best, independent))


def _fits(values: Floats) -> list[Fit]:
    """Under noise that is the same everywhere, noise in proportion to the level, and noise that changes if it does."""
    fits = [Fit(values)]
    if values.min() > 0:
        level = fits[0].course
        if level.min() * _WIDE > level.max():
            fits.append(Fit(values, spread=level / level.mean()))
        else:
            fits.append(Fit(values, logarithmic=True))
    changing = min(fits, key=lambda fit: fit.best).under_changing_noise()
    return fits if changing is None else [*fits, changing]


def _draw(fits: list[Fit], best: float, independent: float) -> Floats:
    """Courses in proportion to the weights of their shapes: evenly spaced quantiles, so that no luck is in it."""
    groups = [(fit, *group) for fit in fits for group in fit.candidates(independent, best)]
    reached = np.cumsum(np.exp(np.concatenate([weights for *_, weights in groups])))
    picked = np.searchsorted(reached, (np.arange(DRAWS) + 0.5) / DRAWS * reached[-1])
    normal, begin, drawn = _normal(), 0, []
    for fit, kind, at, weights in groups:
        first, last = np.searchsorted(picked, (begin, begin + len(weights)))  # picked is sorted
        if first < last:
            drawn.append(fit.draw(kind, at[picked[first:last] - begin], normal[first:last], independent))
        begin += len(weights)
    return np.concatenate(drawn)


@lru_cache(maxsize=1)
def _normal() -> Floats:
    """Always the same normal numbers, so that a verdict never changes, from one call or one numpy to the next.

    They were drawn once, by `numpy.random.default_rng(5).standard_normal((DRAWS, 3))`: numpy does not promise the same
    numbers in every version, and loading `numpy.random` costs a tenth of a diagnosis from the shell.
    """
    return np.fromfile(_NORMAL, dtype="<f8").reshape(DRAWS, 3).astype(np.float64)


def _without_strays(shape: Shape) -> Floats:
    """Single points far off the median of their neighbours replaced by it: a spike is no course.

    A low first point is none: it has neighbours on one side only, and a curve may rise from there.
    """
    cost, middle = shape.cost, calm(shape)
    stray = np.abs(cost - middle) > _STRAY * np.maximum(local_noise(shape), shape.noise)
    stray[0] &= cost[0] > middle[0]
    return np.where(stray, middle, cost)


def _window(cost: Floats, noise: float) -> tuple[Floats, Floats]:
    """The part of the curve that says where its minimum is: places and values, averaged when they are many."""
    n = len(cost)
    smooth = moving_mean(cost, max(3, n // _PREVIEW))
    best = int(np.argmin(smooth))
    depth = max(float(np.ptp(smooth[best:])), _NOISES_ABOVE * noise)
    above = np.flatnonzero(smooth[: best + 1] > smooth[best] + depth)
    points = max(n - (int(above[-1]) if len(above) else 0), _FEWEST)
    if points <= LARGEST:
        return np.arange(n - points, n, dtype=np.float64), cost[n - points :]
    edges = np.linspace(n - points, n, LARGEST + 1).round().astype(int)
    counts = np.diff(edges)
    return (edges[:-1] + edges[1:] - 1) / 2, np.add.reduceat(cost, edges[:-1]) / counts
