# SPDX-License-Identifier: Apache-2.0
"""How much the seeds themselves differ, beyond what the noise of single examples explains.

Gate E resamples examples, as if the few seeds at hand were all there are. Adding the variance between seeds to its
squared standard error makes it answer for both sources at once: the variance of a mean over two crossed
random factors, V(examples) + V(seeds) - V(both), where the last is not counted twice.
Source: Cameron, Gelbach & Miller 2011, "Robust inference with multiway clustering", Journal of Business &
Economic Statistics 29(2); the same idea for crossed factors in Owen 2007, "The pigeonhole bootstrap".
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def seed_part_of_variance(sums: Floats, sizes: Floats) -> Floats:
    """Variance that the seeds add to the mean gain, never negative; 0 for one seed or one unit.

    Args:
        sums: differences summed over each independent unit, shape (..., seeds, units).
        sizes: examples in each unit, shape (units,).

    Returns:
        One number for each leading index, shape (...), in squared loss units.
    """
    *leading, seeds, units = sums.shape
    if seeds == 1 or units == 1:
        return np.zeros(leading)
    total = sizes.sum()
    means = sums.sum(axis=-1) / total
    residuals = sums - means[..., None] * sizes
    residuals = residuals - residuals.mean(axis=-2, keepdims=True)
    own = units / (units - 1) * (residuals**2).sum(axis=(-2, -1)) / (seeds - 1) / total**2
    return np.asarray(np.maximum(0.0, means.var(axis=-1, ddof=1) - own) / seeds)
