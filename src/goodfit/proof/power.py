# SPDX-License-Identifier: Apache-2.0
"""How small a gain these seeds and this test set could have shown.

An undecided verdict means little without it: "no gain seen" and "no gain could have been seen" differ.
Gate S: with the level met only when all seeds agree (five seeds at 0.05) its power is Phi(d)^n exactly; with
more seeds it is that of the one-sided t test at the level the sign-flip attains (for 6 to 12 seeds the true
power is then 0.78 to 0.80). Gate E: a normal estimate beyond the reach of its interval. The two are multiplied,
as if independent.
"""

from math import floor, inf, sqrt

from goodfit.proof.levels import EXAMPLE_LEVEL, POWER, SEED_LEVEL

_FAR = 30.0  # standard deviations; there every power is 1
_HALVINGS = 60


def smallest_detectable(
    *,
    seeds: int,
    seed_deviation: float,
    example_error: float,
    example_reach: float | None = None,
    power: float = POWER.value,
) -> float:
    """Gain in loss units that both gates pass with the given power, for Gaussian seed differences.

    Infinite for two to four seeds, where the sign-flip cannot pass; with one seed only gate E counts.

    Args:
        seeds: paired runs.
        seed_deviation: standard deviation of the per-seed gains, loss units.
        example_error: standard error of the mean gain that gate E uses, loss units.
        example_reach: how far above 0 the mean gain must be to pass gate E, loss units; None: as if normal.
        power: chance of passing both gates.
    """
    from scipy.special import ndtr, ndtri

    reach = float(ndtri(1 - EXAMPLE_LEVEL.value)) * example_error if example_reach is None else example_reach
    if reach == inf or (seeds > 1 and sign_flip_power(_FAR, seeds) == 0):
        return inf

    def chance(gain: float) -> float:
        over_seeds = 1.0 if seeds == 1 else sign_flip_power(_ratio(gain, seed_deviation), seeds)
        return over_seeds * float(ndtr(_ratio(gain - reach, example_error)))

    low, high = 0.0, reach + _FAR * max(seed_deviation if seeds > 1 else 0.0, example_error)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < power else (low, middle)
    return high


def sign_flip_power(standardised: float, seeds: int) -> float:
    """Chance that gate S passes when the gain is `standardised` standard deviations of the seed differences."""
    from scipy.special import nctdtr, ndtr, stdtrit

    assignments = float(2**seeds)
    passing = floor(SEED_LEVEL.value * assignments)
    if passing == 0:
        return 0.0
    if passing == 1:
        return float(ndtr(standardised)) ** seeds
    critical = stdtrit(seeds - 1, 1 - passing / assignments)
    return 1.0 - float(nctdtr(seeds - 1, standardised * sqrt(seeds), critical))


def _ratio(gain: float, spread: float) -> float:
    return min(_FAR, gain / spread) if spread > 0 else _FAR
