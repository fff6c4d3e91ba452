# SPDX-License-Identifier: Apache-2.0
"""Noise that changes along a curve: a scale that is constant between at most two changes.

A validation loss scatters while the learning rate is high, and is calm once it has dropped; or it is calm, but for
a burst. The scale is read off the second differences of what a first fit leaves over, by their mean absolute value:
a bend of the trend is gone from them. Changes are taken for real only where the likelihood gains more than the modified
Bayesian information criterion asks for (Zhang and Siegmund 2007): else the scale of few points would pass for a change.
"""

from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats

# Evaluations between two changes at least: the mean of fewer absolute differences is off by half.
_SHORTEST = 6
# What a change must gain in log likelihood, times the logarithm of the number of points: half for the new scale, and
# one for its place (Zhang and Siegmund 2007, Biometrics 63).
PRICE = 1.5
# The mean absolute value of second differences of white noise of sd 1: sqrt(6) times that of a standard normal.
_MEAN_SECOND = 6**0.5 * 0.7978845608028654


def scales(residuals: Floats, least: float) -> tuple[Floats, int]:
    """The sd of the noise at each point, shape (n,), and how many changes it has; `least` is added in square."""
    n = len(residuals)
    second = np.abs(np.diff(residuals, n=2))
    second = np.hypot(second, _MEAN_SECOND * least)
    summed = np.concatenate(([0.0], np.cumsum(second)))
    # A run of points holds the differences centred on it; the first and last point have none of their own.
    best, cuts = _cost(summed[-1], n - 2), ()
    for number in (1, 2):
        places = _cuts(n - 2, number)
        if not len(places):
            break
        ends = np.column_stack((np.zeros(len(places), np.intp), places, np.full(len(places), n - 2)))
        cost = _cost(np.diff(summed[ends], axis=1), np.diff(ends, axis=1)).sum(axis=1) + number * PRICE * log(n)
        at = int(np.argmin(cost))
        if cost[at] < best:
            best, cuts = float(cost[at]), tuple(int(place) for place in places[at])
    bounds = np.asarray([0, *cuts, n - 2])
    counts = np.diff(bounds)
    means = np.diff(summed[bounds]) / counts / _MEAN_SECOND
    repeats = counts.copy()
    repeats[0] += 1
    repeats[-1] += 1
    return np.repeat(means, repeats), len(cuts)


def _cost(total: Floats | float, count: NDArray[np.intp] | int) -> Floats:
    return np.asarray(count * np.log(total / count))


@lru_cache(maxsize=128)
def _cuts(points: int, number: int) -> NDArray[np.intp]:
    """All places of one or two changes, shape (choices, number)."""
    first = np.arange(_SHORTEST, points - _SHORTEST + 1)
    if number == 1:
        return first[:, None]
    a, b = np.meshgrid(first, first, indexing="ij")
    kept = b - a >= _SHORTEST
    return np.column_stack((a[kept], b[kept]))
