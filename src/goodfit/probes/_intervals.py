# SPDX-License-Identifier: Apache-2.0
"""Intervals over examples: a mean, a ratio of means, a difference of two samples, a share.

Two-sided 90 % intervals as everywhere in goodfit: each end on its own errs in about 5 % of cases. Examples of one
group are not independent, so with groups the spread is that of the groups' sums (the sandwich of cluster-robust
errors, Cameron and Miller 2011).
"""

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import t_quantile
from goodfit.proof.intervals import clopper_pearson
from goodfit.values import Measurement

Values = NDArray[np.float64]
Groups = NDArray[np.int64] | None
COVERAGE = 0.9


def standard_error(values: Values, groups: Groups = None) -> tuple[float, int]:
    """Of the mean of `values`, and the number of independent units behind it; NaN with a single unit."""
    residuals = values - values.mean()
    if groups is not None:
        residuals = np.bincount(np.unique(groups, return_inverse=True)[1], weights=residuals)
    units = len(residuals)
    if units < 2:  # noqa: PLR2004 - one unit has no spread
        return nan, units
    return sqrt(float(residuals @ residuals) * units / (units - 1)) / len(values), units


def around(name: str, value: float, error: float, units: float, unit: str) -> Measurement:
    """A value with the interval of its standard error, by Student's t over its independent units."""
    half = t_quantile(units - 1) * error
    return Measurement(name=name, value=value, low=value - half, high=value + half, unit=unit, n=int(units))


def ratio(name: str, tops: Values, bottoms: Values, groups: Groups = None) -> Measurement:
    """Mean of `tops` over mean of `bottoms` in per cent, paired by example (the delta method)."""
    below = float(bottoms.mean())
    if not below:
        return Measurement(name=name, value=nan, low=nan, high=nan, unit="%", n=len(tops))
    value = float(tops.mean()) / below
    error, units = standard_error((tops - value * bottoms) / below, groups)
    return around(name, 100 * value, 100 * abs(error), units, "%")


def share(name: str, hits: int, looked_at: int, *, of: int) -> Measurement:
    """A share in per cent: exact when all `of` them were looked at, else with its Clopper-Pearson interval."""
    value = 100 * hits / looked_at
    if looked_at == of:
        return Measurement.exact(name, value, unit="%", n=looked_at)
    low, high = clopper_pearson(hits, looked_at, COVERAGE)
    return Measurement(name=name, value=value, low=100 * low, high=100 * high, unit="%", n=looked_at)
