# SPDX-License-Identifier: Apache-2.0
"""The textbook intervals and the smallest detectable effect are what they say."""

from math import inf, isnan

import numpy as np
import pytest
from scipy import stats

from goodfit.proof import smallest_detectable
from goodfit.proof.intervals import clopper_pearson, paired_t_interval
from goodfit.proof.power import sign_flip_power
from goodfit.proof.sign_flip import sign_flip_tails


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_paired_t_interval_is_scipys(level: float) -> None:
    """The interval must equal that of scipy's paired t test."""
    a, b = np.random.default_rng(0).normal(0, 1, (2, 7))
    expected = stats.ttest_rel(a, b).confidence_interval(level)
    assert paired_t_interval(a - b, level) == pytest.approx((expected.low, expected.high))


def test_one_seed_has_no_interval() -> None:
    """One difference tells nothing of its spread: NaN, not a width of zero."""
    assert all(isnan(end) for end in paired_t_interval([0.3], 0.95))


@pytest.mark.parametrize(("wins", "trials"), [(0, 5), (3, 5), (5, 5), (9, 10)])
def test_clopper_pearson_is_scipys_exact_interval(wins: int, trials: int) -> None:
    """The interval of a share of wins must equal scipy's exact binomial one."""
    expected = stats.binomtest(wins, trials).proportion_ci(0.95, method="exact")
    assert clopper_pearson(wins, trials, 0.95) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("seeds", [5, 6, 8, 10])
def test_sign_flip_power_is_that_of_the_simulated_test(seeds: int) -> None:
    """The stated power of gate S must be within 0.04 of the exact test's on Gaussian differences."""
    noise = np.random.default_rng(seeds).standard_normal((4000, seeds))
    for effect in (0.8, 1.2, 1.7):
        improved, _ = sign_flip_tails(noise + effect)
        assert sign_flip_power(effect, seeds) == pytest.approx(np.mean(improved <= 0.05), abs=0.04)


def test_detectable_effect_is_found_four_times_in_five() -> None:
    """With five seeds and no noise of examples the effect is 1.71 standard deviations: Phi(1.71)^5 = 0.8."""
    effect = smallest_detectable(seeds=5, seed_deviation=2.0, example_error=0.0)
    assert effect == pytest.approx(2.0 * stats.norm.ppf(0.8**0.2))


def test_detectable_effect_grows_with_the_noise_of_examples() -> None:
    """A small test set hides gains too, and with one seed it alone counts."""
    quiet = smallest_detectable(seeds=5, seed_deviation=1.0, example_error=0.1)
    loud = smallest_detectable(seeds=5, seed_deviation=1.0, example_error=2.0)
    single = smallest_detectable(seeds=1, seed_deviation=1.0, example_error=2.0)
    assert quiet < loud
    assert single == pytest.approx(2.0 * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)))


def test_a_gate_out_of_reach_detects_nothing() -> None:
    """Where the interval over examples is open to one side no effect can be promised."""
    effect = smallest_detectable(seeds=5, seed_deviation=1.0, example_error=0.1, example_reach=inf)
    assert effect == inf


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_too_few_seeds_can_detect_nothing(seeds: int) -> None:
    """With two to four seeds no effect, however large, passes gate S."""
    assert smallest_detectable(seeds=seeds, seed_deviation=1.0, example_error=0.1) == inf


def test_no_noise_at_all_detects_everything() -> None:
    """Without any spread the smallest detectable effect is 0."""
    assert smallest_detectable(seeds=5, seed_deviation=0.0, example_error=0.0) == 0.0
