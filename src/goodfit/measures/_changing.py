# SPDX-License-Identifier: Apache-2.0
"""Noise that changes along a curve: one scale between two changes, and two changes at most.

A validation loss scatters while the learning rate is high and is calm once it has dropped; or it is calm but for a
burst. The scale is the mean absolute second difference of what a first fit leaves over: no bend of the trend is left in
it. A change counts only where the likelihood gains more than the modified Bayesian information criterion asks for: the
scale of a few points is uncertain itself, and without that price chance would pass for calm.
"""

from functools import lru_cache
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats

# What a change costs in log likelihood, for each unit of the logarithm of the number of points: a half for the new scale
# and one for its place (Zhang and Siegmund 2007, Biometrics 63, 22-32).
PRICE = 1.5
_MOST_CHANGES = 2  # calm, burst, calm
# Evaluations between two changes at least: the mean of fewer absolute differences is off by a half.
_SHORTEST = 6
# The mean absolute second difference of white normal noise of sd 1.
_MEAN_SECOND = sqrt(6) * sqrt(2 / pi)


def changing_noise(residuals: Floats, least: float) -> tuple[Floats, int]:
    """The sd of the noise at each point, shape (n,), no less than `least`, and how often it changes; 5 points at least.

    The likelihood is Laplace's, whose scale is a mean of absolute values. For normal noise that overrates the gain of a
    split by what neighbouring second differences, which share points, underrate it.
    """
    n, points = len(residuals), len(residuals) - 2  # a second difference belongs to its middle point
    second = np.hypot(np.diff(residuals, n=2), _MEAN_SECOND * least)
    summed = np.concatenate(([0.0], np.cumsum(second)))
    ends, lowest = np.asarray([0, points]), points * log(float(summed[-1]) / points)
    for changes in range(1, _MOST_CHANGES + 1):
        choices = _divisions(points, changes)
        if not len(choices):
            break
        counts = np.diff(choices, axis=1)
        costs = (counts * np.log(np.diff(summed[choices], axis=1) / counts)).sum(
            axis=1
        ) + changes * PRICE * log(n)
        at = int(np.argmin(costs))
        if costs[at] < lowest:
            ends, lowest = choices[at], float(costs[at])
    counts = np.diff(ends)
    sd = np.repeat(np.diff(summed[ends]) / counts / _MEAN_SECOND, counts)
    return np.concatenate((sd[:1], sd, sd[-1:])), len(counts) - 1


@lru_cache(maxsize=128)
def _divisions(points: int, changes: int) -> NDArray[np.intp]:
    """Every division of so many points by one or two changes: where its stretches end, shape (divisions, changes + 2)."""
    place = np.arange(_SHORTEST, points - _SHORTEST + 1)
    if changes == 1:
        inner = place[:, None]
    else:
        first, second = np.meshgrid(place, place, indexing="ij")
        apart = second - first >= _SHORTEST
        inner = np.column_stack((first[apart], second[apart]))
    edge = np.zeros((len(inner), 1), np.intp)
    return np.hstack((edge, inner, edge + points))
