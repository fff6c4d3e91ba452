# SPDX-License-Identifier: Apache-2.0
"""Where the intervals of levels and slopes are made: neighbouring evaluations are not independent.

Noise comes from differences of the curve, so that its trend does not count as noise. Correlation between
neighbours widens every interval by the Newey-West estimate (Newey and West 1987, Econometrica 55). All
intervals are two-sided 90 % intervals, so that each end on its own is wrong in about 5 % of cases.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A standard normal exceeds it with probability 5 %: each end of an interval errs one time in twenty.
_Z = 1.6448536269514722
# The median of |N(0, 1)|: turns a median of absolute differences into a standard deviation.
_MEDIAN_ABS_NORMAL = 0.6744897501960817
# Variance of the k-th difference of white noise of variance 1: the sum of squared binomial coefficients.
_VARIANCE_OF_SECOND, _VARIANCE_OF_THIRD = 6.0, 20.0
# Residuals beyond so many noise sd belong to a bend that the smoothing cut off, not to the noise.
_CLIP = 4.0
# A correlation of neighbours beyond it cannot be told from a trend in the window.
_STRONGEST = 0.9


def t_quantile(df: float) -> float:
    """The 95 % point of Student's t by its expansion in 1/df (Abramowitz and Stegun 26.7.5).

    Within 2 % of the exact value from 2 degrees of freedom on; too small by 12 % at 1.
    """
    z, df = _Z, max(df, 1.0)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / df + second / df**2 + third / df**3


def median(values: Floats) -> float:
    """The middle of the values; numpy's own looks for NaN through its masked arrays, whose import costs 8 ms."""
    return _middle(values.copy())


def _middle(values: Floats) -> float:
    """The same, of values that need not stay in their order."""
    values.sort()
    middle = len(values) // 2
    return float(values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2)


def mean(values: Floats) -> float:
    """The mean; numpy's own spends four times as long on its checks as on the sum."""
    return float(np.add.reduce(values)) / len(values)


def noise_sd(values: Floats) -> float:
    """Standard deviation of the noise around a curve's trend, from its second and third differences.

    A bend of the trend inflates both, the third less on short curves, so the smaller one is nearer the
    truth. The median keeps spikes out. NaN with fewer than 5 values.
    """
    if len(values) < 5:  # noqa: PLR2004 - below that a median of differences rests on one or two numbers
        return float("nan")
    first = values[1:] - values[:-1]
    second = first[1:] - first[:-1]
    third = second[1:] - second[:-1]
    of_second = _middle(np.abs(second)) / _MEDIAN_ABS_NORMAL / sqrt(_VARIANCE_OF_SECOND)
    of_third = _middle(np.abs(third)) / _MEDIAN_ABS_NORMAL / sqrt(_VARIANCE_OF_THIRD)
    return min(of_second, of_third)


def long_run_sd(residuals: Floats, noise: float) -> float:
    """Newey-West standard deviation: what the sd of a mean times sqrt(n) tends to under correlation.

    Never below the `noise` of white noise: smoothing leaves a spurious negative correlation behind.
    """
    n = len(residuals)
    clipped = np.clip(residuals, -_CLIP * noise, _CLIP * noise)
    clipped = clipped - mean(clipped)
    total = float(clipped @ clipped) / n
    lags = _lags(n)
    for lag in range(1, lags + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(clipped[lag:] @ clipped[:-lag]) / n
    return max(noise, sqrt(max(total, 0.0)))


def half_width(sd: float, count: float, df: float) -> float:
    """Half the width of the interval of a mean of `count` points whose long-run sd is `sd`."""
    return t_quantile(df) * sd / sqrt(max(count, 1.0))


def trend_interval(x: Floats, values: Floats) -> tuple[float, float, float]:
    """Least-squares slope and its interval (slope, low, high), in units of value per unit of x.

    The variance is the largest of Newey-West's and the textbook one widened for neighbours that are
    correlated; 3 points at least.
    """
    n = len(values)
    centred = x - mean(x)
    spread = float(centred @ centred)
    values = values - values[0]  # equal values then have a slope of zero to the last digit
    slope = float(centred @ values) / spread
    residuals = values - mean(values) - slope * centred
    free = max(n - 2, 1)
    textbook = float(residuals @ residuals) / free * spread * _widening(residuals)
    scores = centred * residuals
    robust = float(scores @ scores)
    lags = _lags(n)
    for lag in range(1, lags + 1):
        robust += 2 * (1 - lag / (lags + 1)) * float(scores[lag:] @ scores[:-lag])
    half = t_quantile(free) * sqrt(max(textbook, robust * n / free, 0.0)) / spread
    return slope, slope - half, slope + half


def _widening(residuals: Floats) -> float:
    """(1 + r) / (1 - r): how much a correlation r of neighbours widens the variance of a slope or mean."""
    r = correlation_of_neighbours(residuals)
    return (1 + r) / (1 - r)


def correlation_of_neighbours(residuals: Floats) -> float:
    """Correlation of neighbours, from 0 to .9.

    Newey-West alone is too narrow for a few dozen points. Residuals of a mean underrate r by (1 + 3 r) / n
    (Kendall 1954), and those of a trend by (1 + r) / n more, which is put back; a negative r does not narrow.
    """
    n, total = len(residuals), float(residuals @ residuals)
    if n <= 3 or not total:  # noqa: PLR2004 - three residuals of a trend leave one degree of freedom
        return 0.0
    seen = float(residuals[1:] @ residuals[:-1]) / total
    return min(max(seen + (2 + 4 * seen) / n, 0.0), _STRONGEST)


def selection_bias(sd: float, candidates: float) -> float:
    """How far the smallest of `candidates` noisy means lies below the truth at most: sd sqrt(2 ln m).

    It bounds the expected minimum of m normal variables of standard deviation `sd` (Boucheron, Lugosi and
    Massart 2013, Concentration Inequalities, section 2.5).
    """
    return sd * sqrt(2 * float(np.log(max(candidates, 1.0))))


def _lags(n: int) -> int:
    """The usual number of Newey-West lags, 4 (n/100)^(2/9) (Newey and West 1994), short of n."""
    return max(0, min(int(4 * (n / 100) ** (2 / 9)), n - 2))
