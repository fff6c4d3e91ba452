# SPDX-License-Identifier: Apache-2.0
"""Optuna's samplers and pruners as their documentation recommends them, over the same curves.

No handicap: the study is told of the user's own run before it begins, as a finished trial with all its epochs; every
training stops early as goodfit's arms do; what is reported after an epoch is the lowest validation loss so far, so that
slow arms are not judged by their latest value (Wilcoxon's test pairs the epochs' own losses); and the rate finally taken is that of the lowest loss that any trial
showed, pruned ones too. Rates are drawn from 0 to 0.95 and rounded to the nearest curve.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import optuna
from dose_bed import HIGHEST, Bed, Picked
from dose_replay import USUAL, Arm, Ledger, lowest
from optuna.distributions import FloatDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from goodfit.values import Patience

optuna.logging.set_verbosity(optuna.logging.ERROR)
RANGE = FloatDistribution(0.0, HIGHEST)


@dataclass(frozen=True, slots=True)
class Searched:
    """A study of so many trials."""

    name: str
    trials: int
    sampler: Callable[[int], BaseSampler]  # from a seed
    pruner: Callable[[int], BasePruner] = lambda _: optuna.pruners.NopPruner()  # from the horizon
    patience: Patience | None = USUAL
    first: float | None = None  # a rate that is enqueued
    instances: bool = (
        False  # epochs are instances: each reports its own loss, a pruned trial its value so far
    )

    def search(self, bed: Bed) -> Picked:
        """Ask, train, tell."""
        with warnings.catch_warnings():
            # It says that epochs behind the end of the best trial are left out.
            warnings.filterwarnings("ignore", "WilcoxonPruner finds steps")
            return self._search(bed)

    def _search(self, bed: Bed) -> Picked:
        study = optuna.create_study(
            sampler=self.sampler(bed.seed), pruner=self.pruner(bed.horizon), study_name=bed.name
        )
        ledger = Ledger(bed)
        study.add_trial(_told(ledger.start(0.0), instances=self.instances))
        if self.first is not None:
            study.enqueue_trial({"rate": self.first})
        for _ in range(self.trials):
            trial = study.ask()
            arm = ledger.start(round(round(trial.suggest_float("rate", 0.0, HIGHEST) / 0.05) * 0.05, 2))
            pruned = self._train(trial, arm) and not self.instances
            study.tell(trial, None if pruned else _finite(arm.lowest), state=_state(pruned=pruned))
        return ledger.picked(lowest([ledger.start(0.0), *ledger.arms]))

    def _train(self, trial: optuna.Trial, arm: Arm) -> bool:
        """Whether it was pruned."""
        if arm.epochs:
            return False  # the user's own run
        # Rounding gives some trials the same curve. Unrounded they would not tie, and scipy's test takes long over ties.
        apart = 1e-9 * np.random.default_rng(trial.number).normal(size=len(arm.whole))
        while self.patience is None or not arm.is_over(self.patience):
            if arm.epochs == len(arm.whole):
                return False
            arm.epochs += 1
            now = (
                arm.whole.validation[arm.epochs - 1] + apart[arm.epochs - 1] if self.instances else arm.lowest
            )
            trial.report(_finite(float(now)), arm.epochs)
            if trial.should_prune():
                return True
        return False


def _state(*, pruned: bool) -> optuna.trial.TrialState:
    return optuna.trial.TrialState.PRUNED if pruned else optuna.trial.TrialState.COMPLETE


def _finite(loss: float) -> float:
    return loss if np.isfinite(loss) else 1e9


def _told(own: Arm, *, instances: bool) -> optuna.trial.FrozenTrial:
    """The user's own run as a trial."""
    losses = own.whole.validation
    reported = losses if instances else np.minimum.accumulate(losses)
    return optuna.trial.create_trial(
        params={"rate": 0.0},
        distributions={"rate": RANGE},
        value=_finite(own.lowest),
        intermediate_values={epoch: _finite(float(value)) for epoch, value in enumerate(reported, start=1)},
    )


def tpe(seed: int) -> BaseSampler:
    """Tree-structured Parzen estimators, as they come."""
    return optuna.samplers.TPESampler(seed=seed)


def at_random(seed: int) -> BaseSampler:
    """Random search."""
    return optuna.samplers.RandomSampler(seed=seed)


def hyperband(horizon: int) -> BasePruner:
    """Hyperband with its usual factor."""
    return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=horizon, reduction_factor=3)


def median(_: int) -> BasePruner:
    """The median of finished trials, as it comes."""
    return optuna.pruners.MedianPruner()


def halving(_: int) -> BasePruner:
    """Asynchronous successive halving, as it comes."""
    return optuna.pruners.SuccessiveHalvingPruner()


def wilcoxon(_: int) -> BasePruner:
    """Epochs are the instances that are paired, since losses of examples are there only when a training is over."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # it says so of itself
        return optuna.pruners.WilcoxonPruner(p_threshold=0.1)


PEERS = (
    Searched("TPE, 20 trials", 20, tpe),
    Searched("TPE, 20 trials, not stopped early", 20, tpe, patience=None),
    Searched("TPE, 10 trials", 10, tpe),
    Searched("TPE, 5 trials", 5, tpe),
    Searched("TPE, 3 trials", 3, tpe),
    Searched("TPE, 3 trials, .5 first", 3, tpe, first=0.5),
    Searched("TPE + Hyperband, 20 trials", 20, tpe, hyperband),
    Searched("TPE + Wilcoxon, 20 trials", 20, tpe, wilcoxon, instances=True),
    Searched("TPE + median, 20 trials", 20, tpe, median),
    Searched("TPE + halving, 20 trials", 20, tpe, halving),
    Searched("Hyperband, random, 20 trials", 20, at_random, hyperband),
    Searched("random, 20 trials", 20, at_random),
    Searched("random, 5 trials", 5, at_random),
    Searched("random, 2 trials", 2, at_random),
)
