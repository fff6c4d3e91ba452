# SPDX-License-Identifier: Apache-2.0
"""What a sequential proof can find: the chance that the bet reaches 20 and that the examples then bear it out.

For Gaussian seed differences. The luck of the test set is shared by all seeds and so by both gates: it is integrated over.
Given that luck, the tally of wins is a walk on a small grid, and the mean gain at a crossing is that of so many
differences above 0 and so many below.
"""

from functools import cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.proof.evidence import enough
from goodfit.proof.levels import POWER, SEED_LEVEL
from goodfit.proof.power import example_z, lucks, smallest_with

Floats = NDArray[np.float64]
_FAR = 30.0  # standard deviations; there every power is 1
LUCKS = 21  # places of the quadrature over the luck of the test set; more change the power by less than 0.001
_LEAST = 1e-12  # of a probability that something is divided by


@cache
def crossings(most: int) -> tuple[tuple[int, int, int], ...]:
    """Where the bet on the treatment first reaches 20: (wins, seeds, in how many orders of wins and losses).

    Each order has the chance win^wins (1 - win)^losses; there are no ties.
    """
    orders = {0: 1}  # wins so far -> orders that have not crossed
    found = []
    for n in range(1, most + 1):
        after: dict[int, int] = {}
        for wins, count in orders.items():
            after[wins + 1] = after.get(wins + 1, 0) + count
            after[wins] = after.get(wins, 0) + count
        found += [(wins, n, count) for wins, count in after.items() if enough(wins, n - wins)]
        orders = {wins: count for wins, count in after.items() if not enough(wins, n - wins)}
    return tuple(found)


def sequential_power(gain: float, *, seed_deviation: float, test_error: float, most: int) -> float:
    """Chance that a sequential proof ends with IMPROVED.

    Args:
        gain: true gain, loss units.
        seed_deviation: standard deviation of the per-seed gains, loss units.
        test_error: standard error of the mean gain that endlessly many seeds would leave, loss units.
        most: seeds that there can be.
    """
    from scipy.special import ndtr

    seen = gain + test_error * lucks()  # what endlessly many seeds would show on each test set
    d = np.clip(seen / seed_deviation, -_FAR, _FAR) if seed_deviation > 0 else np.sign(seen) * _FAR
    win = ndtr(d)
    above, below = _given_the_sign(d, win)
    wins, n, orders = (
        np.array(each, dtype=np.float64)[:, None] for each in zip(*crossings(most), strict=True)
    )
    chance = orders * win**wins * (1 - win) ** (n - wins)
    if seed_deviation > 0:
        mean = (wins * above[0] + (n - wins) * below[0]) / n
        spread = np.sqrt(np.maximum(wins * above[1] + (n - wins) * below[1], _LEAST)) / n
        reach = example_z(SEED_LEVEL.value) * np.sqrt(test_error**2 + seed_deviation**2 / n)
        borne_out = ndtr((mean - reach / seed_deviation) / spread)
    else:
        borne_out = 1.0 * (seen > example_z(SEED_LEVEL.value) * test_error)
    total = (chance * borne_out).sum(axis=0)
    return float(total.mean())


def smallest_detectable_in_sequence(
    *, seed_deviation: float, test_error: float, most: int, power: float = POWER.value
) -> float:
    """Gain in loss units that a sequential proof finds with the given power, for Gaussian seed differences."""

    def chance(gain: float) -> float:
        return sequential_power(gain, seed_deviation=seed_deviation, test_error=test_error, most=most)

    return smallest_with(chance, power, _FAR * (seed_deviation + test_error))


def _given_the_sign(d: Floats, win: Floats) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Mean and variance of a normal of mean d and deviation 1 when it is above 0, and when it is below."""
    density = np.exp(-(d**2) / 2) / sqrt(2 * np.pi)
    up, down = density / np.maximum(win, _LEAST), density / np.maximum(1 - win, _LEAST)
    return (d + up, np.maximum(1 - d * up - up**2, 0.0)), (d - down, np.maximum(1 + d * down - down**2, 0.0))
