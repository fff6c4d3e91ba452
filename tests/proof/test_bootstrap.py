# SPDX-License-Identifier: Apache-2.0
"""Gate E is a studentised bootstrap over independent units."""

import time

import numpy as np
import pytest
from scipy import stats

from goodfit.errors import SettingsError
from goodfit.proof import studentised_bootstrap
from goodfit.proof.bootstrap import bootstrap_ratios
from goodfit.proof.spread import seed_part_of_variance


def test_interval_of_normal_data_is_the_t_interval() -> None:
    """For normal data the interval must be close to Student's, and the SE equal to the textbook one."""
    row = np.random.default_rng(0).normal(0.1, 1, 500)
    found = studentised_bootstrap(row)
    expected = stats.ttest_1samp(row, 0).confidence_interval(0.95)
    assert found.standard_error == pytest.approx(stats.sem(row))
    assert found.interval(0.95) == pytest.approx(tuple(expected), abs=0.01)
    assert found.improved_p == pytest.approx(
        stats.ttest_1samp(row, 0, alternative="greater").pvalue, abs=0.01
    )


def test_skewed_data_move_the_interval_the_way_scipys_bca_does() -> None:
    """On right-skewed data the interval leans right of the symmetric one, as BCa does."""
    row = np.random.default_rng(1).lognormal(0, 1, 300)
    low, high = studentised_bootstrap(row).interval(0.95)
    bca = stats.bootstrap((row,), np.mean, n_resamples=4000, rng=np.random.default_rng(2)).confidence_interval
    symmetric = row.mean() + 1.96 * stats.sem(row)
    assert high > symmetric
    assert bca.high > symmetric
    assert low == pytest.approx(bca.low, abs=0.05)


def test_draws_equal_those_of_a_plain_loop() -> None:
    """Each t* must be (mean* - mean) / SE* of the resample, computed the long way for unequal groups."""
    generator = np.random.default_rng(5)
    sums, sizes = np.sort(generator.normal(2, 1, 12)), np.arange(1.0, 13.0)
    mean, error, ratios = bootstrap_ratios(sums[:, None], sizes, draws=50, seed=7)
    drawn = np.random.default_rng(7).integers(0, 12, size=(50, 12), dtype=np.int32)
    expected = []
    for pick in drawn:
        s, n = sums[pick], sizes[pick]
        ratio = s.sum() / n.sum()
        se = np.sqrt(12 / 11 * ((s - ratio * n) ** 2).sum()) / n.sum()
        expected.append((ratio - sums.sum() / sizes.sum()) / se)
    assert ratios[:, 0] == pytest.approx(expected)
    residuals = sums - mean[0] * sizes
    assert error[0] == pytest.approx(np.sqrt(12 / 11 * (residuals**2).sum()) / sizes.sum())


def test_groups_of_copies_count_once() -> None:
    """Repeating every example four times as a group must not sharpen anything."""
    row = np.random.default_rng(2).normal(0.1, 1, 250)
    alone = studentised_bootstrap(row)
    copied = studentised_bootstrap(np.repeat(row, 4), np.repeat(np.arange(250), 4))
    assert copied.units == 250
    assert copied.standard_error == pytest.approx(alone.standard_error)
    assert copied.improved_p == pytest.approx(alone.improved_p)


def test_interval_and_p_value_agree() -> None:
    """The 95 % interval leaves out 0 exactly when one tail's p value is at most 0.025."""
    generator = np.random.default_rng(3)
    seen = set()
    for shift in np.linspace(-0.4, 0.4, 41):
        found = studentised_bootstrap(shift + generator.exponential(1, 200) - 1)
        low, high = found.interval(0.95)
        assert (low > 0) == (found.improved_p <= 0.025)
        assert (high < 0) == (found.worse_p <= 0.025)
        seen.add((low > 0, high < 0))
    assert len(seen) == 3


def test_is_deterministic_and_free_of_the_order() -> None:
    """The same numbers in another order give the same p values, bit for bit."""
    row = np.random.default_rng(4).normal(0.05, 1, 300)
    shuffled = np.random.default_rng(5).permutation(row)
    first, second = studentised_bootstrap(row), studentised_bootstrap(shuffled)
    assert (first.improved_p, first.worse_p) == (second.improved_p, second.worse_p)


def test_constant_differences_are_certain() -> None:
    """No spread at all: a positive constant is improved, zero settles nothing."""
    up, none = studentised_bootstrap(np.full(300, 0.1)), studentised_bootstrap(np.zeros(300))
    assert up.improved_p == pytest.approx(1 / 4000)
    assert up.worse_p == 1.0
    assert none.improved_p == none.worse_p == 1.0
    assert up.interval(0.9) == (up.estimate, up.estimate)


def test_one_odd_example_cannot_pass() -> None:
    """A gain that one example of 300 carries alone is not shown, and its interval is open to one side."""
    row = np.zeros(300)
    row[7] = 5.0
    found = studentised_bootstrap(row)
    assert found.improved_p > 0.05
    assert found.interval(0.9)[1] == np.inf


def test_three_thousand_examples_take_well_under_a_second() -> None:
    """One comparison of usual size must not be felt."""
    row = np.random.default_rng(6).normal(0, 1, 3000)
    started = time.process_time()
    studentised_bootstrap(row)
    assert time.process_time() - started < 1.0


def test_where_the_seeds_dominate_the_interval_is_students() -> None:
    """With equal examples only the seeds vary, and the interval must be that of Student's t with n - 1 degrees."""
    found = studentised_bootstrap(np.full(300, 0.1), seed_variance=0.04, seeds=5)
    assert found.standard_error == pytest.approx(0.2)
    low, high = found.interval(0.9)
    assert (low, high) == pytest.approx((0.1 - 2.13 * 0.2, 0.1 + 2.13 * 0.2), abs=0.04)


def test_both_sources_widen_the_interval() -> None:
    """The interval with seeds is wider than that of the examples alone, and the p value larger."""
    row = np.random.default_rng(9).normal(0.2, 1, 400)
    alone = studentised_bootstrap(row)
    with_both = studentised_bootstrap(row, seed_variance=0.05**2, seeds=5)
    assert with_both.standard_error == pytest.approx(np.hypot(alone.standard_error, 0.05))
    assert with_both.interval(0.95)[0] < alone.interval(0.95)[0]
    assert with_both.improved_p > alone.improved_p


def test_seed_part_is_unbiased_for_crossed_factors() -> None:
    """Averaged over many tables the part of the seeds must be sd_a^2 / n, whatever the noise of examples."""
    generator = np.random.default_rng(8)
    shape = (4000, 4, 50)
    table = generator.normal(0, 1, (4000, 1, 50)) + generator.normal(0, 0.5, (4000, 4, 1))
    table = table + generator.normal(0, 1, shape)
    assert seed_part_of_variance(table, np.ones(50)).mean() == pytest.approx(0.25 / 4, rel=0.05)


def test_one_seed_adds_no_spread() -> None:
    """With one seed, or one unit, the spread between seeds is not known and nothing is added."""
    assert seed_part_of_variance(np.ones((1, 5)), np.ones(5)) == 0.0
    assert seed_part_of_variance(np.ones((3, 1)), np.ones(1)) == 0.0


@pytest.mark.parametrize(
    ("row", "groups"),
    [
        ([1.0], None),
        ([1.0, float("nan")], None),
        ([[1.0, 2.0]], None),
        ([1.0, 2.0], [0]),
        ([1.0, 2.0], [3, 3]),
    ],
)
def test_refuses_what_cannot_be_resampled(row: list[float], groups: list[int] | None) -> None:
    """One example, a NaN, a table, too few labels and a single group are refused."""
    with pytest.raises(SettingsError):
        studentised_bootstrap(row, groups)
