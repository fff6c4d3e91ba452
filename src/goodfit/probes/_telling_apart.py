# SPDX-License-Identifier: Apache-2.0
"""Telling two sets of inputs apart: small features, a ridge logistic regression, and the area under its ROC curve."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.probes._intervals import COVERAGE
from goodfit.probes._lab import Indices, Lab
from goodfit.probes._twins import views
from goodfit.values import Measurement

FEATURES = 64  # principal components: few enough for some hundred examples
WAVES = 128  # random features of the nonlinear view
RIDGE = 1.0  # penalty on each coefficient of a standardised feature, one pseudo-example's worth
STEPS = 25  # of Newton; a ridge logistic regression converges in fewer
FOLDS = 5

Floats = NDArray[np.float64]


def features(lab: Lab, train: Indices, validation: Indices) -> Floats:
    """One row for each training, then each validation example: principal components of the inputs, standardised."""
    rows = np.concatenate([view.rows for view in views(lab, train, validation)]).astype(np.float64)
    rows = standardised(rows)
    if rows.shape[1] > FEATURES:
        _, _, directions = np.linalg.svd(rows, full_matrices=False)
        rows = standardised(rows @ directions[:FEATURES].T)
    return rows


def waves(rows: Floats, draws: np.random.Generator) -> Floats:
    """Random Fourier features (a Gaussian kernel as wide as the typical distance), beside the rows themselves."""
    width = sqrt(2 * rows.shape[1])  # typical distance between two standardised rows
    directions = draws.standard_normal((rows.shape[1], WAVES)) / width
    turned = np.cos(rows @ directions + draws.uniform(0, 2 * np.pi, WAVES))
    return np.concatenate([rows, standardised(turned)], axis=1)


def standardised(rows: Floats) -> Floats:
    """Mean 0 and standard deviation 1 in each column; constant columns go."""
    spread = rows.std(axis=0)
    kept = spread > 1e-9 * max(1.0, float(np.abs(rows).max(initial=0.0)))  # rounding
    found: Floats = (rows[:, kept] - rows[:, kept].mean(axis=0)) / spread[kept]
    return found


def held_out_scores(
    rows: Floats, is_validation: NDArray[np.bool_], units: Indices, draws: np.random.Generator
) -> Floats:
    """The score of each row by a classifier that saw neither the row nor another of its unit."""
    names = np.unique(units)
    fold = dict(zip(names.tolist(), (draws.permutation(len(names)) % FOLDS).tolist(), strict=True))
    folds = np.array([fold[unit] for unit in units.tolist()])
    scores = np.zeros(len(rows))
    for each in range(FOLDS):
        out = folds == each
        if out.any() and not out.all():
            scores[out] = _padded(rows[out]) @ logistic(rows[~out], is_validation[~out])
    return scores


def logistic(rows: Floats, is_one: NDArray[np.bool_]) -> Floats:
    """Coefficients of a ridge logistic regression, the last one the constant, by Newton steps."""
    padded = _padded(rows)
    penalty = np.full(padded.shape[1], RIDGE)
    penalty[-1] = 1e-6  # the constant is free, but the matrix stays regular
    found = np.zeros(padded.shape[1])
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-np.clip(padded @ found, -30, 30)))
        slope = padded.T @ (chances - is_one) + penalty * found
        weights = np.maximum(chances * (1 - chances), 1e-6)
        step = np.linalg.solve((padded * weights[:, None]).T @ padded + np.diag(penalty), slope)
        found = found - step
        if np.abs(step).max() < 1e-6:  # noqa: PLR2004 - converged, far below what ranks need
            break
    return found


def area(name: str, scores: Floats, is_one: NDArray[np.bool_], units: Indices) -> Measurement:
    """Area under the ROC curve, ties by half, with the 90 % interval of Hanley and McNeil over independent units."""
    ones, zeros = scores[is_one], np.sort(scores[~is_one])
    below, upto = np.searchsorted(zeros, ones, "left"), np.searchsorted(zeros, ones, "right")
    value = float((below + upto).mean() / 2 / len(zeros))
    n_one, n_zero = len(np.unique(units[is_one])), len(np.unique(units[~is_one]))
    pairs_one, pairs_zero = value / (2 - value), 2 * value**2 / (1 + value)
    spread = (
        value * (1 - value) + (n_one - 1) * (pairs_one - value**2) + (n_zero - 1) * (pairs_zero - value**2)
    ) / (n_one * n_zero)
    half = QUANTILE * sqrt(max(spread, 0.0))
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Measurement(name=name, value=value, low=low, high=high, unit="", n=n_one + n_zero)


QUANTILE = {0.9: 1.6449}[COVERAGE]  # of the normal distribution, two-sided


def _padded(rows: Floats) -> Floats:
    return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
