# SPDX-License-Identifier: Apache-2.0
"""Gate S: would the gain survive other seeds?

If the treatment did nothing, each seed's difference would be as likely to come out with the other sign.
All 2^n ways to choose the signs are tried; the p value is the share of them with a mean at least as large.
Source: Fisher 1935, "The Design of Experiments", section 21; exact for symmetric differences.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goodfit.errors import SettingsError

Floats = NDArray[np.float64]
MOST_ENUMERATED = 16  # seeds; 65,536 assignments take 8 MB
_DRAWN_PAIRS = 50_000  # of assignments and their mirror images, for more seeds than that
_SEED = 20_260_102
_TIE = 1e-12  # of the sum of absolute differences: equal means that rounding pulled apart


def sign_flip_p(differences: ArrayLike) -> tuple[float, float]:
    """One-sided p values (improved, worse) of the mean of per-seed differences, shape (seeds,).

    Differences are control minus treatment in loss units, so positive means the treatment is better. Exact up to
    16 seeds; beyond that 100,000 seeded draws, counting the observed assignment itself (Phipson & Smyth 2010).

    Raises:
        SettingsError: no difference, or one that is not finite.
    """
    row = np.asarray(differences, dtype=np.float64)
    if row.ndim != 1 or row.size == 0 or not np.isfinite(row).all():
        raise SettingsError("the sign-flip needs a row of at least one finite difference")
    improved, worse = sign_flip_tails(row[None, :])
    return float(improved[0]), float(worse[0])


def sign_flip_tails(rows: Floats) -> tuple[Floats, Floats]:
    """`sign_flip_p` for many comparisons at once: rows of shape (k, seeds) give two p values of shape (k,)."""
    sizes = np.sort(np.abs(rows), axis=1)  # the order of the seeds must not matter, even to drawn signs
    flipped = sizes @ _signs(rows.shape[1])
    observed = rows.sum(axis=1, keepdims=True)
    slack = _TIE * sizes.sum(axis=1, keepdims=True)
    itself = 0 if rows.shape[1] <= MOST_ENUMERATED else 1
    total = flipped.shape[1] + itself
    improved = ((flipped >= observed - slack).sum(axis=1) + itself) / total
    worse = ((flipped <= observed + slack).sum(axis=1) + itself) / total
    return improved, worse


def smallest_sign_flip_p(seeds: int) -> float:
    """The p value when all seeds agree: no data can go below it."""
    return float(0.5**seeds)


@cache
def _signs(seeds: int) -> Floats:
    """Sign assignments as columns, shape (seeds, assignments), closed under swapping all signs."""
    if seeds <= MOST_ENUMERATED:
        bits = np.arange(1 << seeds)[None, :] >> np.arange(seeds)[:, None]
        return np.asarray(1.0 - 2.0 * (bits & 1))
    half = np.random.default_rng(_SEED).choice([-1.0, 1.0], size=(seeds, _DRAWN_PAIRS))
    return np.concatenate([half, -half], axis=1)
