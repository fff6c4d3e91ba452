# SPDX-License-Identifier: Apache-2.0
"""Gate S is the exact permutation test it says it is."""

import numpy as np
import pytest
from scipy import stats

from goodfit.errors import SettingsError
from goodfit.proof import sign_flip_p
from goodfit.proof.sign_flip import smallest_sign_flip_p


@pytest.mark.parametrize("seeds", [2, 5, 6, 9, 12])
def test_agrees_with_scipy_up_to_enumeration(seeds: int) -> None:
    """Both p values must equal those of scipy's exact one-sample permutation test."""
    row = np.random.default_rng(seeds).normal(0.3, 1, seeds)
    expected = [
        stats.permutation_test(
            (row,), np.mean, permutation_type="samples", alternative=side, n_resamples=np.inf
        ).pvalue
        for side in ("greater", "less")
    ]
    assert sign_flip_p(row) == pytest.approx(expected)


def test_five_agreeing_seeds_give_one_in_32() -> None:
    """With five seeds of one sign p is 1/32, and the other direction is certain."""
    assert sign_flip_p([1.0, 2.0, 0.1, 4.0, 3.0]) == (1 / 32, 1.0)
    assert smallest_sign_flip_p(5) == 1 / 32


def test_ties_pulled_apart_by_rounding_count_as_ties() -> None:
    """0.1 + 0.2 - 0.3 is not zero in floating point, and must count as the tie it is."""
    improved, worse = sign_flip_p([0.1, 0.2, -0.3])
    assert improved == worse == 5 / 8


def test_all_zero_differences_settle_nothing() -> None:
    """Two equal arms give p = 1 in both directions."""
    assert sign_flip_p([0.0] * 6) == (1.0, 1.0)


def test_many_seeds_are_drawn_and_close_to_the_t_test() -> None:
    """Beyond 16 seeds the drawn p value is seeded, near the t test's, and never 0."""
    row = np.random.default_rng(3).normal(0.25, 1, 30)
    improved, worse = sign_flip_p(row)
    assert (improved, worse) == sign_flip_p(row)
    assert improved == pytest.approx(stats.ttest_1samp(row, 0, alternative="greater").pvalue, abs=0.01)
    assert sign_flip_p(-row) == (worse, improved)
    assert sign_flip_p(np.ones(40))[0] == pytest.approx(1 / 100_001)


def test_size_is_kept_for_a_skewed_symmetric_mixture() -> None:
    """Under symmetric noise of any scale at most 5 % of nulls pass at 0.05."""
    generator = np.random.default_rng(4)
    rows = generator.standard_t(2, (1500, 8)) * generator.lognormal(0, 1, (1500, 8))
    passed = sum(sign_flip_p(row)[0] <= 0.05 for row in rows)
    assert passed <= stats.binom.ppf(0.999, 1500, 0.05)


@pytest.mark.parametrize("row", [[], [float("nan"), 1.0], [[1.0]]])
def test_refuses_what_is_no_row_of_numbers(row: list[float]) -> None:
    """An empty row, a NaN and a table are refused."""
    with pytest.raises(SettingsError):
        sign_flip_p(row)
