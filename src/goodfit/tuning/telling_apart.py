# SPDX-License-Identifier: Apache-2.0
"""Whether validation can tell the doses that were tried from the user's own setting.

The best of several doses looks better than it is, since it was picked for that. So the gain of the best, in standard
errors, is held against the largest of as many gains that are chance alone, correlated as these are over the validation
examples (White 2000, "A reality check for data snooping", with normal draws in place of the bootstrap).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import NormalDist

import numpy as np

from goodfit.tuning.differences import difference
from goodfit.values import Choice, Measurement, Run

CLAIM = 0.05  # chance that doses which change nothing are called better: the level of goodfit's proofs
ONE_ERROR = 1 - NormalDist().cdf(
    1.0
)  # the same beyond one standard error, the rule by which a dose is chosen
FEW = 100  # examples; with fewer, the mean of losses as skewed as these is far from normal, and a claim's level is asked
POWER = NormalDist().inv_cdf(0.8)  # to see a gain in 4 of 5 such searches
WORTH_SEEING = 0.05  # of the loss: smaller gains are rarely worth more validation data
SHARED = 0.5  # correlation of two differences from one run, where only their sizes are known
DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the validation examples say."""

    choice: Choice
    needed_examples: int | None = None  # to tell a gain of `needed_for`; None: these are enough
    needed_for: float | None = None  # in loss units


def tell_apart(own: Run, arms: Sequence[Run], *, whole: bool = True) -> Told:
    """Hold every arm against the user's own run.

    Args:
        own: the user's own run.
        arms: the others, at least one.
        whole: whether all of them were trained to their ends: else none says that its dose is worse.
    """
    gains = [difference(own, arm) for arm in arms]
    best = max(gains, key=_in_errors)
    size = _in_errors(best)
    if whole and all(gain.high < 0 for gain in gains) and size < _largest_by_chance(own, arms, 1 - CLAIM):
        return Told(
            Choice.OWN_IS_BEST
        )  # chance alone makes all doses that much worse in 1 of 20 searches at most
    claimed = _largest_by_chance(own, arms, CLAIM)
    if size > claimed:
        return Told(Choice.BETTER)
    few = bool(own.per_example) and len(own.per_example) < FEW
    likely = not few and size > _largest_by_chance(own, arms, ONE_ERROR)
    choice = Choice.LIKELY if likely else Choice.CANNOT_TELL
    if not own.per_example:
        return Told(choice)
    aim = best.value if likely else max(best.value, WORTH_SEEING * abs(own.score))
    error = (best.high - best.low) / 2
    if not (aim > 0 and error > 0 and isfinite(error)):
        return Told(choice)
    needed = best.n * ((claimed + POWER) * error / aim) ** 2
    return Told(choice, _roughly(needed), aim) if needed > best.n else Told(choice)


def _in_errors(gain: Measurement) -> float:
    """A gain in its standard errors; arms that are equal to the last digit gain nothing."""
    error = (gain.high - gain.low) / 2
    if not isfinite(error):
        return float("-inf")
    return (
        gain.value / error if error > 0 else float(np.sign(gain.value)) * float("inf") if gain.value else 0.0
    )


def _largest_by_chance(own: Run, arms: Sequence[Run], level: float) -> float:
    """What the largest of the arms' gains exceeds with a chance of `level`, in standard errors, when no arm gains."""
    count = len(arms)
    shared = np.full((count, count), SHARED) + (1 - SHARED) * np.eye(count)
    if own.per_example:
        losses = np.asarray([arm.per_example for arm in arms])
        gains = np.asarray(own.per_example) - losses
        moving = gains[gains.std(axis=1) > 0]
        if not len(moving):
            return NormalDist().inv_cdf(1 - level)
        shared = np.atleast_2d(np.corrcoef(moving))
    draws = np.random.default_rng(0).multivariate_normal(
        np.zeros(len(shared)), shared, DRAWS, method="eigh", check_valid="ignore"
    )
    return float(np.quantile(draws.max(axis=1), 1 - level))


def _roughly(count: float) -> int:
    """Two digits: it is no more exact than that."""
    return int(float(f"{count:.1e}"))
