# SPDX-License-Identifier: Apache-2.0
"""How a way of finding the dose is scored: cost, share of the oracle's gain on the test set, harm where there is no gain.

Decided before a result was seen. The oracle has the curves of all 20 rates and takes, at every seed, the one with the
lowest validation loss at its best checkpoint, as a user with all the time would. A way ships what it picked, or the
user's own run where that has the lower validation loss: it is there for everybody. A task counts where the oracle's
mean gain over the user's own best checkpoint is above two standard errors over the seeds. Shares are ratios of sums over the seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from dose_bed import RATES, Bed, Floats, Picked
from scipy.special import stdtrit

from goodfit.values import Patience

LEVEL = 0.95
DRAWS = 4000  # of the bootstrap; its own noise is then a twentieth of the interval
DRAWN = 20_261_126  # its seed


@dataclass(frozen=True, slots=True)
class Base:
    """A bed without any way: what there was and what there was to gain."""

    task: str
    seed: int
    horizon: int
    own_validation: float
    own_test: float
    own_epochs: int  # of the user's own run under early stopping
    oracle_rate: float
    oracle_test: float

    @property
    def gain(self) -> float:
        """What the oracle gains on the test set."""
        return self.own_test - self.oracle_test


def base_of(bed: Bed) -> Base:
    """The user's own run and the oracle on a bed."""
    own = bed.own
    best = min(RATES, key=lambda rate: float(bed.curve(rate).validation[bed.curve(rate).best()]))
    oracle = bed.curve(best)
    return Base(
        task=bed.name,
        seed=bed.seed,
        horizon=bed.horizon,
        own_validation=float(own.validation[own.best()]),
        own_test=float(own.test[own.best()]),
        own_epochs=own.stop(Patience()),
        oracle_rate=best,
        oracle_test=float(oracle.test[oracle.best()]),
    )


def shipped(base: Base, picked: Picked) -> float:
    """Test loss of what the user ends with."""
    return picked.test if picked.validation < base.own_validation else base.own_test


def worth(bases: Sequence[Base]) -> bool:
    """Whether the oracle's mean gain over the seeds of one task is above two standard errors."""
    mean, error = mean_error([each.gain for each in bases])
    return mean > 2 * error


def mean_error(values: Sequence[float] | Floats) -> tuple[float, float]:
    """Mean and its standard error."""
    row = np.asarray(values, dtype=float)
    return float(row.mean()), float(row.std(ddof=1)) / sqrt(len(row))


def fieller(above: Sequence[float], below: Sequence[float]) -> tuple[float, float, float]:
    """Ratio of the means of paired values with its 95 % interval (Fieller 1954); infinite where the lower is not told from 0."""
    a, b = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    n, (x, y) = len(a), (a.mean(), b.mean())
    (xx, xy), (_, yy) = np.cov(a, b) / n
    t = float(stdtrit(n - 1, 0.5 + LEVEL / 2)) ** 2
    square = y * y - t * yy
    if square <= 0:
        return float(x / y) if y else np.nan, -np.inf, np.inf
    middle = x * y - t * xy
    half = sqrt(max(0.0, middle**2 - square * (x * x - t * xx)))
    return float(x / y), float((middle - half) / square), float((middle + half) / square)


def pooled(
    gains: Mapping[str, Sequence[float]], oracle: Mapping[str, Sequence[float]]
) -> tuple[float, float, float]:
    """Share of the oracle's gain over all tasks, each scaled by its oracle's mean gain, with its 95 % interval.

    The interval is a percentile bootstrap that draws tasks, and seeds within each.
    """
    scale = {task: float(np.mean(row)) for task, row in oracle.items()}
    above = np.array([np.asarray(gains[task]) / scale[task] for task in oracle])
    below = np.array([np.asarray(oracle[task]) / scale[task] for task in oracle])
    draws = np.random.default_rng(DRAWN)
    tasks, seeds = above.shape
    picked = draws.integers(tasks, size=(DRAWS, tasks, 1))
    within = draws.integers(seeds, size=(DRAWS, tasks, seeds))
    ratios = above[picked, within].sum(axis=(1, 2)) / below[picked, within].sum(axis=(1, 2))
    low, high = np.quantile(ratios, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(above.sum() / below.sum()), float(low), float(high)


def harm(tests: Sequence[float], bases: Sequence[Base]) -> tuple[float, float]:
    """Mean rise of the test loss over the user's own best checkpoint as a share of it, and its one-sided 95 % limit."""
    own = float(np.mean([each.own_test for each in bases]))
    mean, error = mean_error([(test - each.own_test) / own for test, each in zip(tests, bases, strict=True)])
    return mean, mean + float(stdtrit(len(bases) - 1, LEVEL)) * error
