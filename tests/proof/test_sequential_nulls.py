# SPDX-License-Identifier: Apache-2.0
"""The sequential proof keeps its promise in simulated nulls, and the bench decides as the product does."""

import numpy as np
import pytest
from _sequences import Setting, _draw, nulls, simulate
from scipy import stats

from goodfit.proof.sign_flip import sign_flip_tails
from goodfit.values import Decision

COMPARISONS = 100


@pytest.mark.parametrize(("shape", "ratio", "noise"), [("gaussian", 1.0, 1.0), ("-lognormal", 0.0, 0.0)])
def test_false_claims_stay_rare(shape: str, ratio: float, noise: float) -> None:
    """IMPROVED and WORSE each within the binomial bound of 5 %, though the seeds were watched as they came."""
    cell = nulls.Cell(shape=shape, units=200, ratio=ratio, noise=noise)
    tally = simulate(Setting(cell=cell), COMPARISONS, fixed=())
    bound = stats.binom.ppf(0.99, COMPARISONS, 0.05)
    assert max(tally.decided[Decision.IMPROVED], tally.decided[Decision.WORSE]) <= bound
    assert 7 <= tally.seeds / COMPARISONS < 20


def test_a_large_gain_is_found_early() -> None:
    """Three standard deviations over seeds: IMPROVED nearly always, soon after the seventh seed."""
    cell = nulls.Cell(shape="gaussian", units=200, ratio=5.0)
    tally = simulate(Setting(cell=cell, gain=3.0), COMPARISONS, fixed=())
    assert tally.decided[Decision.IMPROVED] > 0.95 * COMPARISONS
    assert tally.seeds / COMPARISONS < 8


def test_the_simulation_can_fail() -> None:
    """Watching an ordinary p value seed by seed breaks the promise that the e-process keeps."""
    cell = nulls.Cell(shape="gaussian", units=200, ratio=5.0)
    gains = _draw(Setting(cell=cell), 400, np.random.default_rng(0)).mean(axis=2)
    peeked = np.any([sign_flip_tails(gains[:, :n])[0] <= 0.05 for n in range(5, 13)], axis=0)
    assert peeked.sum() > stats.binom.ppf(0.9999, 400, 0.05)
