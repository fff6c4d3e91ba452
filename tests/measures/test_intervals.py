# SPDX-License-Identifier: Apache-2.0
"""Intervals: their quantiles, their noise, and how often they hold the truth."""

from math import isnan

import numpy as np
import pytest

from goodfit.measures._interval import (
    half_width,
    long_run_sd,
    noise_sd,
    selection_bias,
    t_quantile,
    trend_interval,
)


@pytest.mark.parametrize(("df", "exact"), [(2, 2.920), (3, 2.353), (5, 2.015), (10, 1.812), (30, 1.697)])
def test_t_quantile_is_within_two_percent_of_the_table(df: int, exact: float) -> None:
    """The expansion reproduces the printed 95 % points of Student's t."""
    assert t_quantile(df) == pytest.approx(exact, rel=0.02)


def test_t_quantile_agrees_with_scipy() -> None:
    """From 2 to 1,000 degrees of freedom the formula and scipy agree within 2 %."""
    from scipy.stats import t

    for df in range(2, 1000, 37):
        assert t_quantile(df) == pytest.approx(float(t.ppf(0.95, df)), rel=0.02)


def test_noise_is_found_under_a_trend() -> None:
    """Noise of sd 0.1 on a falling curve is measured as about 0.1."""
    draw = np.random.default_rng(0)
    t = np.arange(400)
    values = 5 * np.exp(-t / 60) + 0.1 * draw.standard_normal(400)
    assert noise_sd(values) == pytest.approx(0.1, rel=0.15)


def test_a_smooth_curve_has_hardly_any_noise() -> None:
    """The bend of a short exponential does not pass for noise."""
    assert noise_sd(2 * np.exp(-np.arange(12) / 3)) < 0.01


def test_noise_of_four_points_is_unknown() -> None:
    """Below five points there is no noise to be had, and NaN says so."""
    assert isnan(noise_sd(np.arange(4.0)))


def test_correlation_widens_and_anticorrelation_does_not_narrow() -> None:
    """The long-run sd grows with positive correlation and never falls below the noise."""
    draw = np.random.default_rng(1)
    white = draw.standard_normal(500)
    slow = np.convolve(draw.standard_normal(504), np.ones(5) / np.sqrt(5), mode="valid")
    assert long_run_sd(slow, 1.0) > 1.5
    assert long_run_sd(white, 1.0) == pytest.approx(1.0, abs=0.25)
    assert long_run_sd(np.array([1.0, -1.0] * 50), 1.0) == 1.0


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_trend_interval_holds_the_true_slope(correlation: float) -> None:
    """A 90 % interval of the slope holds the truth in at least 80 % of 200 drawn trends."""
    draw = np.random.default_rng(2)
    x = np.arange(40.0)
    held = 0
    for _ in range(200):
        noise = draw.standard_normal(40)
        for i in range(1, 40):
            noise[i] = correlation * noise[i - 1] + np.sqrt(1 - correlation**2) * noise[i]
        _, low, high = trend_interval(x, 0.3 * x + noise)
        held += low <= 0.3 <= high
    assert held >= 160


def test_trend_of_a_clean_line_is_exact() -> None:
    """Without noise the interval closes on the slope."""
    slope, low, high = trend_interval(np.arange(10.0), 2 - 0.5 * np.arange(10.0))
    assert (slope, low, high) == pytest.approx((-0.5, -0.5, -0.5))


def test_selection_bias_bounds_the_luck_of_a_minimum() -> None:
    """The minimum of m normal numbers lies on average no lower than the bound says."""
    draw = np.random.default_rng(3)
    for m in (2, 10, 100):
        assert -draw.standard_normal((2000, m)).min(axis=1).mean() <= selection_bias(1.0, m) + 0.05
    assert selection_bias(1.0, 0.5) == 0


def test_half_width_shrinks_with_the_root_of_the_count() -> None:
    """Four times the points halve the interval."""
    assert half_width(1.0, 400, 1e6) == pytest.approx(half_width(1.0, 100, 1e6) / 2)
