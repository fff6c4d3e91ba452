# SPDX-License-Identifier: Apache-2.0
"""The one table that a proof rests on: D[seed, example] = loss of the control - loss of the treatment.

Its row means go to gate S, its column means to gate E; everything that a verdict says is computed from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import SettingsError
from goodfit.proof.bootstrap import BootstrapT, group_sums, studentised_bootstrap
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EQUIVALENCE_COVERAGE, EXAMPLE_LEVEL, MARGIN_SHARE, SEED_LEVEL
from goodfit.proof.pairs import Pairs
from goodfit.proof.sign_flip import sign_flip_p
from goodfit.proof.spread import seed_part_of_variance
from goodfit.values import Gate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The differences of one comparison, summed up each way."""

    gains: Floats  # mean difference of each seed
    sums: Floats  # over seeds' mean difference, summed over each independent unit
    sizes: Floats  # examples of each unit
    examples: BootstrapT

    @property
    def seed_deviation(self) -> float:
        """Standard deviation of the per-seed gains; 0 for one seed."""
        return float(self.gains.std(ddof=1)) if len(self.gains) > 1 else 0.0

    @property
    def test_error(self) -> float:
        """Standard error of the mean gain that endlessly many seeds would leave on this test set."""
        own = self.seed_deviation**2 / len(self.gains)
        return sqrt(max(0.0, self.examples.standard_error**2 - own))

    @property
    def largest_share(self) -> float:
        """Share of the spread between units (its sum of squares) that one unit carries."""
        residuals = self.sums - self.examples.estimate * self.sizes
        squares = float((residuals**2).sum())
        return float((residuals**2).max()) / squares if squares > 0 else 0.0

    def intervals(self) -> list[tuple[float, float]]:
        """The 90 % intervals that EQUIVALENT asks to lie inside the margin: over examples, and over seeds."""
        coverage = EQUIVALENCE_COVERAGE.value
        found = [self.examples.interval(coverage)]
        if len(self.gains) > 1:
            found.append(paired_t_interval(self.gains, coverage))
        return found


def tabulate(pairs: Pairs, groups: Sequence[int] | None) -> Table:
    """Sum the differences up over examples and over seeds.

    Raises:
        SettingsError: the groups do not fit the examples.
    """
    differences = pairs.differences
    sums, sizes = group_sums(differences, groups)
    mean = differences.mean(axis=0)
    examples = studentised_bootstrap(
        mean, groups, seed_variance=float(seed_part_of_variance(sums, sizes)), seeds=len(differences)
    )
    return Table(gains=differences.mean(axis=1), sums=sums.mean(axis=0), sizes=sizes, examples=examples)


def first_seeds(pairs: Pairs, seeds: int) -> Pairs:
    """The comparison as it stood after so many seeds."""
    return replace(
        pairs,
        seeds=pairs.seeds[:seeds],
        control=pairs.control[:seeds],
        treatment=pairs.treatment[:seeds],
    )


def margin_of(margin: float | None, control: Floats) -> float:
    """The equivalence margin in loss units: as declared, or the default share of the control's mean loss.

    Raises:
        SettingsError: it is negative or not finite.
    """
    if margin is None:
        return MARGIN_SHARE.value * abs(float(control.mean()))
    if not isfinite(margin) or margin < 0:
        raise SettingsError(
            f"the equivalence margin is {margin}",
            todo="give a loss difference of 0 or more that would not matter to you",
        )
    return margin


def example_gate(table: Table, share: float = 1.0) -> Gate:
    """Gate E at its level, or at a share of it."""
    return Gate(
        name="E",
        test="studentised bootstrap over independent test examples, one-sided",
        improved_p=table.examples.improved_p,
        worse_p=table.examples.worse_p,
        level=EXAMPLE_LEVEL.value * share,
    )


def gates_of(table: Table, level: float | None) -> tuple[Gate, ...]:
    """Both gates of a fixed number of seeds; of a single pair gate E alone.

    Raises:
        SettingsError: the level is not above 0, or looser than that of a single comparison.
    """
    share = _share_of_level(level)
    if len(table.gains) == 1:
        return (example_gate(table, share),)
    improved, worse = sign_flip_p(table.gains)
    gate_s = Gate(
        name="S",
        test="exact sign-flip permutation over seeds, one-sided",
        improved_p=improved,
        worse_p=worse,
        level=SEED_LEVEL.value * share,
    )
    return gate_s, example_gate(table, share)


def _share_of_level(level: float | None) -> float:
    if level is None:
        return 1.0
    if not 0 < level <= SEED_LEVEL.value:
        raise SettingsError(
            f"a level of {level} was asked for",
            todo=f"give a number above 0 and at most {SEED_LEVEL.value}",
        )
    return level / SEED_LEVEL.value
