# SPDX-License-Identifier: Apache-2.0
"""Gate E: would the gain survive another draw of test examples?

The studentised bootstrap ("bootstrap-t") resamples the independent units of the test set and looks at
t* = (mean* - mean) / SE*, so that a skewed loss bends the two tails of t* as it bends those of the estimate.
Sources: Hall 1992, "The Bootstrap and Edgeworth Expansion" (why t* rather than mean*); Davison & Hinkley 1997,
"Bootstrap Methods and their Application" (ratio estimators; resampling whole groups). The seeds, too few to be
resampled, enter as a t variate beside each resample, so that the result covers both sources of chance.
"""

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodfit.errors import SettingsError

Floats = NDArray[np.float64]
DRAWS = 3999  # level x (DRAWS + 1) is whole for .05, .04 and .025; p near .04 is then known to +-.003
SEED = 20_260_101  # the same units always get the same resamples: a verdict can be made again
_CELLS_AT_ONCE = 1 << 22  # resampling counts held in memory: 32 MB
_SEED_OF_SEEDS = 20_260_103
_ROUNDING = 1e-12  # residuals below this share of the values are rounding, not spread


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapT:
    """A mean with its standard error and the bootstrap distribution of its t ratio."""

    estimate: float  # mean difference per example, in loss units
    standard_error: float  # over units and seeds
    units: int  # independent groups of test examples
    t_draws: (
        Floats  # errors in units of the SE, sorted, shape (draws,); infinite where a resample had no spread
    )

    @property
    def improved_p(self) -> float:
        """One-sided p value against "the mean is not above 0"."""
        return float(tail_p(self.t_draws[:, None], np.array([self._ratio]))[0])

    @property
    def worse_p(self) -> float:
        """One-sided p value against "the mean is not below 0"."""
        return float(tail_p(-self.t_draws[:, None], np.array([-self._ratio]))[0])

    def interval(self, level: float) -> tuple[float, float]:
        """Equal-tailed interval of the given coverage; it leaves out 0 exactly when a tail's p value passes."""
        if self.standard_error == 0.0:
            return self.estimate, self.estimate
        draws = len(self.t_draws)
        rank = max(1, floor((1 - level) / 2 * (draws + 1) + 1e-9))
        low = self.estimate - self.t_draws[draws - rank] * self.standard_error
        high = self.estimate - self.t_draws[rank - 1] * self.standard_error
        return float(low), float(high)

    @property
    def _ratio(self) -> float:
        return float(t_ratio(np.array([self.estimate]), np.array([self.standard_error]))[0])


def studentised_bootstrap(
    differences: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    seed_variance: float = 0.0,
    seeds: int = 1,
    draws: int = DRAWS,
    seed: int = SEED,
) -> BootstrapT:
    """Bootstrap-t of the mean of per-example differences, shape (examples,), in loss units.

    Args:
        differences: one number per test example, positive where the treatment is better.
        groups: shape (examples,), equal labels for examples that are not independent; None: each alone.
        seed_variance: variance that the seeds add to the mean (see `spread`), squared loss units.
        seeds: how many seeds it was estimated from.
        draws: resamples.
        seed: of the resampling.

    Raises:
        SettingsError: fewer than two examples, a number that is not finite, or lengths that do not agree.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():  # noqa: PLR2004 - one value has no spread
        raise SettingsError(
            f"the bootstrap needs at least two finite differences in one row, found shape {values.shape}"
        )
    sums, sizes = group_sums(values, groups)
    if len(sizes) < 2:  # noqa: PLR2004 - one unit has no spread
        raise SettingsError("all test examples are in one group, so nothing can be resampled")
    mean, error, ratios = bootstrap_ratios(sums[:, None], sizes, draws=draws, seed=seed)
    total, errors = with_seeds(mean, error, ratios, np.array([seed_variance]), seeds)
    return BootstrapT(
        estimate=float(mean[0]),
        standard_error=float(total[0]),
        units=len(sizes),
        t_draws=np.sort(errors[:, 0]),
    )


def group_sums(values: Floats, groups: ArrayLike | None) -> tuple[Floats, Floats]:
    """Sums over each group along the last axis, shape (..., units), and the group sizes, shape (units,).

    Raises:
        SettingsError: there is not one group label for each example.
    """
    if groups is None:
        return values, np.ones(values.shape[-1])
    labels = np.asarray(groups)
    if labels.shape != values.shape[-1:]:
        raise SettingsError(f"found {labels.size} group labels for {values.shape[-1]} test examples")
    _, inverse = np.unique(labels, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    sizes = np.bincount(inverse)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.add.reduceat(values[..., order], starts, axis=-1), sizes.astype(np.float64)


def bootstrap_ratios(
    sums: Floats, sizes: Floats, *, draws: int = DRAWS, seed: int = SEED
) -> tuple[Floats, Floats, Floats]:
    """Resample the units of many comparisons at once: mean (k,), SE (k,) and t* of shape (draws, k).

    `sums` has shape (units, k), `sizes` shape (units,). Each column is turned so that its mean is
    positive and then sorted: neither the order of the examples nor swapping the arms changes a draw.
    """
    turn = np.where(sums.sum(axis=0) < 0, -1.0, 1.0)
    sums, sizes = _in_order(sums * turn, sizes)
    mean, error, residuals = _mean_and_error(sums, sizes)
    generator = np.random.default_rng(seed)
    units = len(sums)
    step = max(1, _CELLS_AT_ONCE // units)
    parts = [
        _ratios(_counts(generator, min(step, draws - start), units), residuals, sizes)
        for start in range(0, draws, step)
    ]
    return mean * turn, error, np.concatenate(parts) * turn


def with_seeds(
    mean: Floats, error: Floats, ratios: Floats, seed_variance: Floats, seeds: int
) -> tuple[Floats, Floats]:
    """Add the chance of the seeds to that of the examples: total SE (k,) and errors in its units (draws, k).

    Each resample's error t* x SE is joined by one of the seeds: a draw of Student's t with seeds - 1 degrees of
    freedom times its standard deviation. So skewness of the loss bends the part of the examples only.
    """
    total = np.sqrt(error**2 + seed_variance)
    if seeds == 1 or not seed_variance.any():
        return total, ratios
    drawn = np.random.default_rng(_SEED_OF_SEEDS).standard_t(seeds - 1, size=(len(ratios), 1))
    turn = np.where(mean < 0, -1.0, 1.0)  # as the resamples were turned: swapping the arms mirrors all
    errors = ratios * error + turn * drawn * np.sqrt(seed_variance)
    return total, errors / np.where(total > 0, total, 1.0)


def tail_p(ratios: Floats, observed: Floats) -> Floats:
    """Share of bootstrap ratios (draws, k) at or above the observed (k,), counting the observed one itself."""
    beyond = (ratios >= observed).sum(axis=0)
    return np.asarray((1.0 + beyond) / (1.0 + len(ratios)))


def t_ratio(mean: Floats, error: Floats) -> Floats:
    """Divide mean by SE; 0/0 is 0 and x/0 is infinite with the sign of x."""
    safe = np.where(error > 0, error, 1.0)
    endless = np.where(mean == 0, 0.0, np.copysign(np.inf, mean))
    return np.where(error > 0, mean / safe, endless)


def _in_order(sums: Floats, sizes: Floats) -> tuple[Floats, Floats]:
    if np.ptp(sizes) == 0:
        return np.sort(sums, axis=0), sizes[:, None]
    wide = np.broadcast_to(sizes[:, None], sums.shape)
    order = np.lexsort((wide, sums), axis=0)
    return np.take_along_axis(sums, order, axis=0), np.take_along_axis(wide, order, axis=0)


def _mean_and_error(sums: Floats, sizes: Floats) -> tuple[Floats, Floats, Floats]:
    """Ratio estimator of the mean per example, its cluster-robust SE, and the residual of each unit."""
    units, total = len(sums), sizes.sum(axis=0)
    mean = sums.sum(axis=0) / total
    residuals = sums - mean * sizes
    residuals[:, np.abs(residuals).max(axis=0) <= _ROUNDING * np.abs(sums).max(axis=0)] = 0.0
    error = np.sqrt(units / (units - 1) * (residuals**2).sum(axis=0)) / total
    return mean, error, residuals


def _counts(generator: np.random.Generator, rows: int, units: int) -> Floats:
    """How often each unit is drawn in each resample, shape (rows, units)."""
    drawn = generator.integers(0, units, size=(rows, units), dtype=np.int32)
    drawn += np.arange(rows, dtype=np.int32)[:, None] * np.int32(units)
    return np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)


def _ratios(counts: Floats, residuals: Floats, sizes: Floats) -> Floats:
    """Studentised deviation of each resample's mean, shape (rows, k)."""
    units = counts.shape[1]
    total = counts @ sizes
    deviation = counts @ residuals / total
    squares = counts @ residuals**2
    squares -= 2 * deviation * (counts @ (residuals * sizes))
    squares += deviation**2 * (counts @ sizes**2)
    floor_ = 1e-13 * (residuals**2).sum(axis=0)  # what cancellation leaves of an exact zero
    squares = np.where(squares > floor_, squares, 0.0)
    return t_ratio(deviation, np.sqrt(units / (units - 1) * squares) / total)
