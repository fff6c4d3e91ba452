# SPDX-License-Identifier: Apache-2.0
"""How small a gain these seeds and this test set could have shown, and how many seeds a given gain needs.

An undecided verdict means little without it: "no gain seen" and "no gain could have been seen" differ.
Gate S: with the level met only when all seeds agree (five seeds at 0.05) its power is Phi(d)^n exactly; with
more seeds it is that of the one-sided t test at the level the sign-flip attains (for 6 to 12 seeds the true
power is then 0.78 to 0.80). Gate E: a normal estimate beyond the reach of its interval. For the smallest detectable gain
the two are multiplied, as if independent, which errs to the careful side. For planning the luck of the test set, which
both gates share, is integrated over; given that luck both go by the same mean gain, so that the harder one decides.
"""

from collections.abc import Callable
from functools import cache
from math import ceil, floor, inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import SettingsError
from goodfit.proof.levels import EXAMPLE_LEVEL, LEAST_UNITS, POWER, SEED_LEVEL

Floats = NDArray[np.float64]
_LUCKS = (
    101  # equally likely places at which the luck of the test set is tried: power is known in steps of 0.01
)
_FAR = 30.0  # standard deviations; there every power is 1
_HALVINGS = 60
_EXACT_SEEDS = (
    60  # up to here the power of gate S is that of its own level; it jumps, so every number is tried
)
_MOST_DOUBLINGS = 60


def smallest_detectable(
    *,
    seeds: int,
    seed_deviation: float,
    example_error: float,
    example_reach: float | None = None,
    power: float = POWER.value,
    level: float = SEED_LEVEL.value,
) -> float:
    """Gain in loss units that both gates pass with the given power, for Gaussian seed differences.

    Infinite for two to four seeds, where the sign-flip cannot pass; with one seed only gate E counts.

    Args:
        seeds: paired runs.
        seed_deviation: standard deviation of the per-seed gains, loss units.
        example_error: standard error of the mean gain that gate E uses, loss units.
        example_reach: how far above 0 the mean gain must be to pass gate E, loss units; None: as if normal.
        power: chance of passing both gates.
        level: of the claim, all of it gate S's and half of it gate E's.
    """
    reach = example_z(level) * example_error if example_reach is None else example_reach
    if reach == inf or (seeds > 1 and sign_flip_power(_FAR, seeds, level) == 0):
        return inf

    def chance(gain: float) -> float:
        over_seeds = 1.0 if seeds == 1 else sign_flip_power(ratio(gain, seed_deviation), seeds, level)
        return over_seeds * over_examples(gain, example_error, reach)

    most = reach + _FAR * max(seed_deviation if seeds > 1 else 0.0, example_error)
    return smallest_with(chance, power, most)


def seeds_needed(
    effect: float,
    *,
    seed_deviation: float,
    test_error: float,
    power: float = POWER.value,
    level: float = SEED_LEVEL.value,
) -> int | None:
    """Paired seeds with which both gates find a gain with the given power; None when no number of seeds will.

    More seeds make the mean gain's error smaller, down to what the test set itself leaves:
    SE(n)^2 = test_error^2 + seed_deviation^2 / n.

    Args:
        effect: the gain that is to be found, loss units.
        seed_deviation: standard deviation of the per-seed gains, loss units.
        test_error: standard error of the mean gain that endlessly many seeds would leave, loss units.
        power: chance of passing both gates.
        level: of the claim.

    Raises:
        SettingsError: a number that is not finite, an effect that is not above 0, or a negative spread.
    """
    _check(effect, seed_deviation, test_error)

    def chance(seeds: int) -> float:
        error = sqrt(test_error**2 + seed_deviation**2 / seeds)
        alone = over_examples(effect, error, example_z(level) * error)
        return _both_gates(effect, seeds, seed_deviation, test_error, level) if alone >= power else alone

    if over_examples(effect, test_error, example_z(level) * test_error) <= power:
        return None  # what endlessly many seeds would reach
    for seeds in range(2, _EXACT_SEEDS + 1):
        if chance(seeds) >= power:
            return seeds
    low, high = _EXACT_SEEDS, 2 * _EXACT_SEEDS
    for _ in range(_MOST_DOUBLINGS):
        if chance(high) >= power:
            break
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chance(middle) < power else (low, middle)
    return high


def units_needed(effect: float, *, units: int, test_error: float, power: float = POWER.value) -> int:
    """Independent test units with which gate E alone finds a gain with the given power, however many the seeds.

    Args:
        effect: the gain that is to be found, loss units.
        units: those at hand.
        test_error: standard error of the mean gain that endlessly many seeds would leave with those, loss units.
        power: chance of passing gate E.

    Raises:
        SettingsError: as `seeds_needed`.
    """
    from scipy.special import ndtri

    _check(effect, 0.0, test_error)
    reach = example_z(SEED_LEVEL.value) + float(ndtri(power))
    return max(int(LEAST_UNITS.value), ceil(units * (test_error * reach / effect) ** 2))


def sign_flip_power(standardised: float, seeds: int, level: float = SEED_LEVEL.value) -> float:
    """Chance that gate S passes when the gain is `standardised` standard deviations of the seed differences."""
    return float(_sign_flip_powers(np.array([standardised]), seeds, level)[0])


def _sign_flip_powers(standardised: Floats, seeds: int, level: float) -> Floats:
    from scipy.special import nctdtr, ndtr, stdtrit

    if seeds > _EXACT_SEEDS:  # the sign-flip's levels are so fine that it attains the one it is given
        return np.asarray(ndtr(standardised * sqrt(seeds) + stdtrit(seeds - 1, level)))
    assignments = float(2**seeds)
    passing = floor(level * assignments)
    if passing == 0:
        return np.zeros_like(standardised)
    if passing == 1:
        return np.asarray(ndtr(standardised) ** seeds)
    critical = stdtrit(seeds - 1, 1 - passing / assignments)
    return np.asarray(1.0 - nctdtr(seeds - 1, standardised * sqrt(seeds), critical))


def _both_gates(effect: float, seeds: int, seed_deviation: float, test_error: float, level: float) -> float:
    from scipy.special import ndtr

    seen = effect + test_error * lucks()  # what endlessly many seeds would show on each test set
    reach = example_z(level) * sqrt(test_error**2 + seed_deviation**2 / seeds)
    if seed_deviation == 0:
        passes = (seen > reach) * (sign_flip_power(_FAR, seeds, level) > 0)
    else:
        d = np.clip(seen / seed_deviation, -_FAR, _FAR)
        beyond = ndtr((seen - reach) / seed_deviation * sqrt(seeds))
        passes = np.minimum(_sign_flip_powers(d, seeds, level), beyond)
    return float(passes.mean())


@cache
def lucks() -> Floats:
    """How far a test set may lie off, in standard errors: equally likely places of the normal distribution."""
    from scipy.special import ndtri

    return np.asarray(ndtri((np.arange(_LUCKS) + 0.5) / _LUCKS))


def example_z(level: float) -> float:
    """How many standard errors above 0 the mean gain must be to pass gate E, were it normal."""
    from scipy.special import ndtri

    return float(ndtri(1 - level * EXAMPLE_LEVEL.value / SEED_LEVEL.value))


def over_examples(gain: float, error: float, reach: float) -> float:
    """Chance that gate E passes: a normal estimate lies beyond its reach."""
    from scipy.special import ndtr

    return float(ndtr(ratio(gain - reach, error)))


def smallest_with(chance: Callable[[float], float], power: float, most: float) -> float:
    """The smallest gain whose chance of being found is the given power."""
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < power else (low, middle)
    return high


def ratio(gain: float, spread: float) -> float:
    """Gain over spread, at most far away."""
    return min(_FAR, gain / spread) if spread > 0 else _FAR


def _check(effect: float, seed_deviation: float, test_error: float) -> None:
    if not (isfinite(effect) and effect > 0):
        raise SettingsError(f"the effect to be found is {effect}", todo="give a gain in loss units, above 0")
    for name, spread in (("seed_deviation", seed_deviation), ("test_error", test_error)):
        if not (isfinite(spread) and spread >= 0):
            raise SettingsError(f"{name} is {spread}", todo="give a number of 0 or more, in loss units")
