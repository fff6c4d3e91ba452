# SPDX-License-Identifier: Apache-2.0
"""What a whole experiment may cost at most, and how a budget is shared out.

Epochs are the unit: they can be compared across machines. The worst case trains every run to its planned end; early
stopping usually ends most of them far sooner.
"""

import time
from dataclasses import dataclass, replace

from goodfit.errors import SettingsError
from goodfit.training import OWN_SEED, Prepared, Settings, draw, train

TUNING_SHARE = 1 / 3  # of what the user's own run leaves: a search that starves the proof proves nothing
TIMED_STEPS = 20  # batches; enough to even out single steps, a second or two for small models
ARMS = 4  # doses tried at most: three of the grid and one beyond its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many epochs each part of an experiment may train."""

    own: int  # the user's run as planned
    tuning: int | None  # all arms together; None: no cap
    proof_run: int | None  # each run of the proof; None: no cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The cost line of an experiment before it is run: at most this much."""

    runs: int
    epochs: int
    minutes: float
    seconds_an_epoch: float  # measured on this machine, training and both evaluations


def allow(budget: int | None, epochs: int, seeds: int) -> Allowance:
    """Share a budget of epochs out.

    Raises:
        SettingsError: there is no seed, or the budget does not cover the user's own run and one epoch of every other.
    """
    if seeds < 1:
        raise SettingsError(f"{seeds} seeds were asked for", todo="ask for 1 or more; 5 or more for a claim")
    if budget is None:
        return Allowance(own=epochs, tuning=None, proof_run=None)
    least = epochs + ARMS + 2 * seeds
    left = budget - epochs
    tuning = max(ARMS, int(left * TUNING_SHARE))
    proof_run = (left - tuning) // (2 * seeds)
    if proof_run < 1:
        raise SettingsError(
            f"a budget of {budget} epochs is too small: the run as planned takes {epochs}",
            where="--budget",
            todo=f"allow at least {least} epochs, or take fewer seeds",
        )
    return Allowance(own=epochs, tuning=tuning, proof_run=proof_run if proof_run < epochs else None)


def estimate(prepared: Prepared, allowance: Allowance, seeds: int, workers: int) -> Estimate:
    """Time a few steps and multiply: the most that an experiment can cost; nothing of it is kept."""
    epochs, each = prepared.task.epochs, seconds_an_epoch(prepared)
    tuning = ARMS * epochs if allowance.tuning is None else min(allowance.tuning, ARMS * epochs)
    proof = 2 * seeds * (allowance.proof_run or epochs)
    return Estimate(
        runs=1 + ARMS + 2 * seeds,
        epochs=epochs + tuning + proof,
        minutes=each * (epochs + (tuning + proof) / max(workers, 1)) / 60,
        seconds_an_epoch=each,
    )


def seconds_an_epoch(prepared: Prepared, settings: Settings | None = None) -> float:
    """Train on a few batches, measure as many examples, and scale up to a whole epoch; as planned, or under settings."""
    whole = len(draw(prepared.task, prepared.pool, OWN_SEED).train)
    few = min(whole, TIMED_STEPS * prepared.task.batch_size)
    short = replace(
        prepared.task, train_size=few, validation_size=min(few, len(prepared.pool.indices) - few) or None
    )
    seconds = []
    for _ in range(2):  # the first pays for warming up
        began = time.perf_counter()
        train(short, prepared.pool, replace(settings or Settings(seed=OWN_SEED), max_epochs=1))
        seconds.append(time.perf_counter() - began)
    return min(seconds) * whole / few
