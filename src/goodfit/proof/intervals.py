# SPDX-License-Identifier: Apache-2.0
"""Textbook intervals: Student's t over paired seeds, and Clopper-Pearson for a share of wins.

Only `scipy.special` is loaded, and only when called: `scipy.stats` takes most of a second to import.
"""

from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike


def paired_t_interval(differences: ArrayLike, level: float) -> tuple[float, float]:
    """Two-sided t interval of the mean of per-seed differences, shape (seeds,); (NaN, NaN) for one seed."""
    from scipy.special import stdtrit

    row = np.asarray(differences, dtype=np.float64)
    seeds = len(row)
    if seeds == 1:
        return nan, nan
    half = float(stdtrit(seeds - 1, (1 + level) / 2)) * float(row.std(ddof=1)) / sqrt(seeds)
    return float(row.mean()) - half, float(row.mean()) + half


def clopper_pearson(wins: int, trials: int, level: float) -> tuple[float, float]:
    """Exact interval of a binomial share (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(wins, trials - wins + 1, tail)) if wins else 0.0
    high = float(betaincinv(wins + 1, trials - wins, 1 - tail)) if wins < trials else 1.0
    return low, high
