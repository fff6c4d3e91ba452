# SPDX-License-Identifier: Apache-2.0
"""How far a classifier's confidence and its share of right answers are apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15  # of equal width, as Guo et al. 2017 have them


def calibration_error(confidence: NDArray[np.floating[Any]], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: |confidence - share right|, over bins of confidence, weighted by their answers.

    Source: Guo et al. 2017, equation 3. It is never negative, so that few examples alone make it rise.

    Args:
        confidence: probability of the answer given, in [0, 1], shape (n,).
        right: whether the answer was right, shape (n,).
    """
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    apart = np.bincount(bins, weights=confidence - right, minlength=BINS)
    return float(np.abs(apart).sum() / len(confidence))
