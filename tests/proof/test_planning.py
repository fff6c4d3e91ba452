# SPDX-License-Identifier: Apache-2.0
"""How many seeds it would take, and what many looks add up to: the numbers are those of the tests themselves."""

from collections.abc import Callable
from math import inf, nan

import numpy as np
import pytest
from numpy.typing import NDArray

from goodfit.errors import SettingsError
from goodfit.proof import chance_of_a_false_claim, compare_runs, seeds_needed, units_needed, worn_out
from goodfit.proof.sign_flip import sign_flip_tails
from goodfit.values import Decision, Run

Table = Callable[..., NDArray[np.float64]]
MakeArms = Callable[..., tuple[list[Run], list[Run]]]


@pytest.mark.parametrize("effect", [0.9, 1.2, 1.7])
def test_planned_seeds_find_the_effect(effect: float) -> None:
    """The planned number of seeds finds a Gaussian effect in four of five simulations, one seed fewer does not quite."""
    seeds = seeds_needed(effect, seed_deviation=1.0, test_error=0.0)
    assert seeds is not None
    found = {}
    for n in (seeds - 1, seeds):
        rows = effect + np.random.default_rng(n).standard_normal((4000, n))
        over_examples = rows.mean(axis=1) > 1.96 / np.sqrt(n)
        found[n] = float(np.mean((sign_flip_tails(rows)[0] <= 0.05) & over_examples))
    assert found[seeds] > 0.75
    assert found[seeds - 1] < 0.82


def test_no_number_of_seeds_beats_the_test_set() -> None:
    """Where the test set alone hides the effect the answer is none, and a larger test set is named instead."""
    assert seeds_needed(1.0, seed_deviation=1.0, test_error=0.4) is None
    units = units_needed(1.0, units=500, test_error=0.4)
    assert units == int(np.ceil(500 * (0.4 * (1.959964 + 0.841621)) ** 2))
    enough = seeds_needed(1.0, seed_deviation=1.0, test_error=0.4 * np.sqrt(500 / (units + 40)))
    assert enough is not None
    assert units_needed(100.0, units=500, test_error=0.4) == 200


def test_more_is_needed_for_less() -> None:
    """Smaller effects, more spread and more power need more seeds; tiny effects are counted, not given up."""
    counts = [
        seeds_needed(effect, seed_deviation=1.0, test_error=0.0) for effect in (3.0, 1.0, 0.5, 0.1, 0.01)
    ]
    assert counts == sorted(counts, key=lambda n: n or inf)
    assert counts[0] == 5
    assert counts[-1] is not None
    assert counts[-1] > 60_000
    sure = seeds_needed(1.0, seed_deviation=1.0, test_error=0.0, power=0.95)
    assert sure is not None
    assert sure > (counts[1] or 0)
    assert seeds_needed(1.0, seed_deviation=0.0, test_error=0.0) == 5


@pytest.mark.parametrize(("effect", "spread"), [(0.0, 1.0), (-1.0, 1.0), (nan, 1.0), (1.0, -1.0), (1.0, inf)])
def test_nonsense_is_refused(effect: float, spread: float) -> None:
    """An effect of nothing, or a spread below nothing, cannot be planned for."""
    with pytest.raises(SettingsError):
        seeds_needed(effect, seed_deviation=spread, test_error=0.1)


def test_an_undecided_verdict_says_what_it_would_take(make_arms: MakeArms, gain_table: Table) -> None:
    """Both aims, with seeds or with the reason why none suffice; a decided verdict and a single pair plan nothing."""
    small = compare_runs(*make_arms(gain_table(0.01, seeds=6, examples=400, seed=2)), holdout_reads=1)
    assert small.decision is Decision.UNDECIDED
    assert len(small.plans) == 2
    assert [plan.effect for plan in small.plans] == [abs(small.example_effect.value), small.margin]
    for plan in small.plans:
        assert (plan.seeds is None) == (plan.test_units is not None)
        assert ("no number of seeds" in plan.says) == (plan.seeds is None)
    assert compare_runs(*make_arms(gain_table(0.05)), holdout_reads=1).plans == ()
    assert compare_runs(*make_arms(gain_table(0.0, seeds=1)), holdout_reads=1).plans == ()
    assert compare_runs(*make_arms(gain_table(0.0, examples=100)), holdout_reads=1).plans == ()


def test_looks_add_up(make_arms: MakeArms, gain_table: Table) -> None:
    """One look says nothing, two say what they add up to, fourteen that the test set is worn out."""
    assert chance_of_a_false_claim(1) == pytest.approx(0.05)
    assert chance_of_a_false_claim(13) < 0.5 < chance_of_a_false_claim(14)
    assert not worn_out(13)
    assert worn_out(14)
    arms = make_arms(gain_table(0.05))
    said = {reads: " ".join(compare_runs(*arms, holdout_reads=reads).limits) for reads in (1, 2, 14)}
    assert "looked at" not in said[1]
    assert "looked at once before" in said[2]
    assert "10 %" in said[2]
    assert "worn out" not in said[2]
    assert "worn out: take a fresh one" in said[14]
    assert "looked at 13 times before" in said[14]
