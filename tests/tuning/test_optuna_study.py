# SPDX-License-Identifier: Apache-2.0
"""The arms of a search in an Optuna study that the user has: trials with their curves, and nothing of the user's is lost."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from goodfit._cli import run
from goodfit.errors import MissingExtraError, SettingsError
from goodfit.report.words import stages
from goodfit.surgery import Subject
from goodfit.training import Settings, build_model, build_subject, load_task
from goodfit.tuning import Knob, dropout_knob, tune
from goodfit.tuning.optuna_study import OURS, Recorder, stored_study
from goodfit.values import Prescription

optuna = pytest.importorskip("optuna")
optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture(scope="module")
def knob(toy: str) -> Knob:
    """Dropout for the toy task."""
    return dropout_knob(
        build_model(load_task(f"{toy}:task"), Settings(seed=0)), Prescription(remedy="raise-dropout")
    )


def _objective(trial: Any) -> float:
    rate: float = trial.suggest_float("dropout_rate", 0.0, 0.9)
    return (rate - 0.3) ** 2 + 0.1


def test_arms_become_trials_and_the_users_objective_goes_on(toy: str, knob: Knob, tmp_path: Path) -> None:
    """Own run and arms stand beside the user's trials, which are told; a second search adds none twice."""
    study = optuna.create_study(study_name="mine")
    study.optimize(_objective, n_trials=3)
    found = tune(f"{toy}:task", knob, store=tmp_path, study=study)
    ours = [trial for trial in study.trials if OURS in trial.user_attrs]
    assert {trial.params["dropout_rate"] for trial in ours} == {0.0, *(t.value for t in found.trials)}
    for trial in found.trials:
        (same,) = (each for each in ours if each.params["dropout_rate"] == trial.value)
        assert same.value == trial.run.score
        assert tuple(same.intermediate_values.values()) == trial.run.history.curves["val_loss"].values
        assert same.user_attrs["goodfit_epochs"] == trial.run.epochs
        assert same.user_attrs["goodfit_val_loss_se"] > 0
        assert same.user_attrs["goodfit_ended"] == trial.ended
    assert any("3 finished trials of dropout_rate from elsewhere" in note for note in found.notes)
    again = tune(f"{toy}:task", knob, store=tmp_path, study=study)
    assert len(study.trials) == 3 + len(ours)
    assert again.chosen == found.chosen
    study.optimize(_objective, n_trials=2)
    assert len(study.trials) == 5 + len(ours)


def test_studies_that_do_not_fit_are_refused(toy: str, knob: Knob, tmp_path: Path) -> None:
    """Maximising, several objectives, and a parameter that cannot hold a rate of 0; nothing is added."""
    for odd in (
        optuna.create_study(direction="maximize"),
        optuna.create_study(directions=["minimize", "minimize"]),
    ):
        with pytest.raises(SettingsError, match="minimises one value"):
            tune(f"{toy}:task", knob, store=tmp_path, study=odd)
        assert odd.trials == []
    log = optuna.create_study()
    log.optimize(lambda trial: float(trial.suggest_float("dropout_rate", 0.01, 0.9, log=True)), n_trials=1)
    with pytest.raises(SettingsError, match="cannot hold 0"):
        tune(f"{toy}:task", knob, store=tmp_path, study=log)
    assert len(log.trials) == 1
    tune(f"{toy}:task", knob, store=tmp_path, hear=Recorder(log, param="rate"))
    assert any("rate" in trial.params for trial in log.trials)


def test_the_command_line_names_a_stored_study(
    toy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--optuna and --study-name; what is not there is said, and no file is made."""
    monkeypatch.chdir(tmp_path)
    tokens = ["tune", f"{toy}:task", "--remedy", "raise-dropout", "--workers", "1"]
    assert run([*tokens, "--optuna", "sqlite:///none.db", "--study-name", "mine"]) == 2
    assert "there is no file none.db" in capsys.readouterr().err
    assert not Path("none.db").exists()
    assert run([*tokens, "--optuna", "sqlite:///none.db"]) == 2
    assert "--study-name is missing" in capsys.readouterr().err
    optuna.create_study(study_name="mine", storage="sqlite:///study.db")
    with pytest.raises(SettingsError, match="no study 'yours'"):
        stored_study("sqlite:///study.db", "yours")
    assert run([*tokens, "--optuna", "sqlite:///study.db", "--study-name", "mine"]) == 0
    kept = optuna.load_study(study_name="mine", storage="sqlite:///study.db")
    assert 0.5 in {each for trial in kept.trials for each in trial.params.values()}


def test_without_optuna_it_is_said(
    toy: str, knob: Knob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear error that names the extra."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"goodfit\[tune\]"):
        tune(f"{toy}:task", knob, store=tmp_path, study=object())


def test_weight_decay_has_a_parameter_of_its_own(toy: str, tmp_path: Path) -> None:
    """Every knob is recorded under its own name."""
    from goodfit.tuning import knob_for

    task = load_task(f"{toy}:task")
    subject: Subject = build_subject(task, build_model(task, Settings(seed=0)), Settings(seed=0))
    study = optuna.create_study()
    tune(task, knob_for(Prescription(remedy="weight-decay"), subject), store=tmp_path, study=study)
    assert all("weight_decay" in trial.params for trial in study.trials)


def test_a_schedule_and_a_high_rate_are_trials_too(toy: str, tmp_path: Path) -> None:
    """An arm that went on from another is named by its schedule; rates above the coarse grid's fit a study of ours."""
    task = replace(
        load_task(f"{toy}:task"), epochs=40, optimizer=lambda weights: torch.optim.Adam(weights, lr=5e-3)
    )
    raised = dropout_knob(build_model(task, Settings(seed=0)), Prescription(remedy="raise-dropout"))
    study = optuna.create_study()
    found = tune(task, raised, store=tmp_path, study=study)
    schedules = {
        trial.params["dropout_rate"]: trial.user_attrs.get("goodfit_schedule") for trial in study.trials
    }
    assert schedules == {
        0.0: None,
        **{t.value: stages(t.value, t.earlier) if t.earlier else None for t in found.trials},
    }
    assert any(schedules.values())
    assert max(schedules) > 0.75
