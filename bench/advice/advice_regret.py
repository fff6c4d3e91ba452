# SPDX-License-Identifier: Apache-2.0
"""What an advice loses against the best remedy of a task, and which remedies are as good as the best.

Everything here was decided before a result was seen. `losses` gives the test loss of each proof seed by remedy, the
seeds in the same order for all; "no-change" is among them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtr

UNTREATED = "no-change"
LEVEL = 0.05  # of Holm's procedure: the usual one
FLOOR = 0.01  # share of the untreated loss: where less is to be gained, regret is measured against this, goodfit's
# equivalence margin, since a share of next to nothing would be noise
MOST = 2.0  # regret is cut off here, which is as much lost as there was to gain: no single disaster decides a mean
DRAWS = 10_000  # of the bootstrap; its own noise is then far below what is printed
DRAWN = 20_261_126  # its seed

Losses = Mapping[str, Sequence[float]]


def mean_loss(losses: Losses, remedy: str) -> float:
    """Mean over the seeds; of a remedy that failed, that of the untreated run: its user keeps what he had."""
    return float(np.mean(losses.get(remedy, losses[UNTREATED])))


def best_remedy(losses: Losses) -> str:
    """The one with the lowest mean loss; of equals the first."""
    return min(losses, key=lambda remedy: mean_loss(losses, remedy))


def attainable(losses: Losses) -> float:
    """What the best remedy gains over no change; never negative, since no change is among them."""
    return mean_loss(losses, UNTREATED) - mean_loss(losses, best_remedy(losses))


def regret_share(losses: Losses, remedy: str) -> float:
    """Loss above that of the best remedy as a share of the attainable gain: 0 the best, 1 as bad as no change."""
    above = mean_loss(losses, remedy) - mean_loss(losses, best_remedy(losses))
    return min(MOST, above / max(attainable(losses), FLOOR * mean_loss(losses, UNTREATED)))


def worse_p(losses: Sequence[float], best: Sequence[float]) -> float:
    """One-sided p value of the paired t test that `losses` are no higher; 1 where nothing differs.

    The t test and not the sign-flip: it can reject at Holm's levels with any number of seeds, and held its level in
    simulated nulls from three seeds on.
    """
    differences = np.asarray(losses, dtype=float) - np.asarray(best, dtype=float)
    seeds, spread = len(differences), float(differences.std(ddof=1))
    if spread == 0.0:
        return 1.0 if differences.mean() <= 0 else 0.0
    return float(stdtr(seeds - 1, -differences.mean() / (spread / np.sqrt(seeds))))


def best_set(losses: Losses) -> frozenset[str]:
    """The best remedy and all that Holm's procedure does not reject against it."""
    best = best_remedy(losses)
    others = sorted((worse_p(losses[each], losses[best]), each) for each in losses if each != best)
    for place, (p, _) in enumerate(others):
        if p > LEVEL / (len(others) - place):
            return frozenset({best, *(each for _, each in others[place:])})
    return frozenset({best})


def distinct(losses: Losses, chosen: frozenset[str]) -> int:
    """How many of these differ: a longer run whose best epoch came before its longer part is early stopping itself."""
    return len({tuple(losses[each]) for each in chosen})


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean, over tasks."""
    row = np.asarray(values, dtype=float)
    drawn = np.random.default_rng(DRAWN).integers(len(row), size=(DRAWS, len(row)))
    low, high = np.quantile(row[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)
