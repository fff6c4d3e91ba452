# SPDX-License-Identifier: Apache-2.0
"""Optuna: a trial hears the validation losses, and is pruned on our verdict."""

from typing import Any

import pytest

from goodfit.testing._courses import falling, turning

optuna = pytest.importorskip("optuna", reason="optuna is not installed")


def study_of(script: tuple[float, ...], on: str, pruner: Any = None) -> Any:
    """One trial whose validation loss follows a script."""
    from goodfit.integrations.optuna import GoodfitCallback

    def objective(trial: Any) -> float:
        with GoodfitCallback(trial, on=on) as run:
            for epoch, value in enumerate(script):
                run.log({"train/loss": 0.9**epoch, "val/loss": value}, step=epoch)
        return float(run.best.value)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(pruner=pruner or optuna.pruners.NopPruner())
    study.optimize(objective, n_trials=1)
    return study.trials[0]


def test_an_overfitting_trial_is_pruned() -> None:
    """on="stop": pruned before its end, with the finding as a user attribute and the losses as intermediate values."""
    trial = study_of(turning(14), "stop")
    assert trial.state == optuna.trial.TrialState.PRUNED
    assert trial.user_attrs["goodfit"] == ["GF101 overfitting"]
    assert 6 < len(trial.intermediate_values) < 15
    assert trial.intermediate_values[4] == 0.5


def test_advice_prunes_nothing() -> None:
    """on="advise": the trial ends with its best value, and the finding stands beside it."""
    trial = study_of(turning(14), "advise")
    assert trial.state == optuna.trial.TrialState.COMPLETE
    assert trial.value == 0.5
    assert trial.user_attrs["goodfit"]


def test_a_healthy_trial_and_the_studys_pruner() -> None:
    """A healthy trial is not pruned by us; the study's own pruner is still asked."""
    assert study_of(falling(12), "stop").state == optuna.trial.TrialState.COMPLETE
    own = optuna.pruners.ThresholdPruner(upper=0.5)
    assert study_of(falling(12), "advise", own).state == optuna.trial.TrialState.PRUNED
