# SPDX-License-Identifier: Apache-2.0
"""Each value once. `np.unique` would do it too, but loads all of `numpy.ma`: a sixth of what numpy costs at start."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float64, np.intp)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """The different values in increasing order; none of them may be NaN."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
