# SPDX-License-Identifier: Apache-2.0
"""The race: arms beside the user's own run, one more dose at the end that won, the mildest within one standard error."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from goodfit.errors import DivergedError, SettingsError
from goodfit.surgery import Subject
from goodfit.training import (
    Patience,
    Settings,
    TaskSource,
    build_model,
    build_subject,
    load_task,
    prepare,
)
from goodfit.tuning import KNOBS, CoarseGrid, Knob, dropout_knob, knob_for, tune
from goodfit.tuning.costs import epochs_until_stopped
from goodfit.tuning.grids import GRIDS
from goodfit.values import Curve, Prescription, Split, Study
from toy_task import decayed

RAISE = Prescription(remedy="raise-dropout")


def _dropout(toy: str) -> Knob:
    return dropout_knob(build_model(load_task(f"{toy}:task"), Settings(seed=0)), RAISE)


def _subject(toy: str) -> Subject:
    task, own = load_task(f"{toy}:task"), Settings(seed=0)
    return build_subject(task, build_model(task, own), own)


@pytest.fixture(scope="module")
def study(toy: str, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One search over the toy task."""
    return tune(f"{toy}:task", _dropout(toy), store=tmp_path_factory.mktemp("store"), strategy=CoarseGrid())


def test_arms_stand_beside_the_users_own_run(study: Study) -> None:
    """The grid is tried, plus one dose at the end of the range that won; the own run is the control."""
    tried = [trial.value for trial in study.trials]
    winner = min(study.trials[:3], key=lambda trial: trial.run.score).value
    assert tried[:3] == [0.2, 0.4, 0.6]
    assert tried[3:] == {0.2: [0.1], 0.4: [], 0.6: [0.75]}[winner]
    assert study.control.value == 0.0
    assert study.control.run.epochs == 12


def test_the_mildest_within_one_standard_error_is_chosen(study: Study) -> None:
    """No milder dose than the chosen one is as good as the best to within one paired standard error."""
    best = min(study.trials, key=lambda trial: trial.run.score)
    assert best.behind_best is None
    within = [t.value for t in study.trials if t.behind_best is None or t.behind_best.low <= 0]
    assert study.candidate is not None
    assert study.candidate.value == study.to_prove.value == min(within)
    assert (study.candidate.low, study.candidate.high) == (min(within), max(within))
    assert study.because
    tried = next(t.run for t in study.trials if t.value == study.candidate.value)
    assert study.beats_control.value == pytest.approx(study.control.run.score - tried.score)


def test_the_cost_is_what_was_trained(study: Study) -> None:
    """Epochs, as a share of the plan, and in untreated runs under early stopping."""
    epochs = sum(trial.run.epochs for trial in study.trials)
    assert study.cost.epochs == epochs
    assert study.cost.share_of_plan == epochs / 12
    own = epochs_until_stopped(study.control.run.history.curves["val_loss"], Patience())
    assert study.cost.early_stopped_runs == epochs / own


def test_when_a_run_would_have_stopped() -> None:
    """Plain early stopping, replayed on a finished curve."""
    rising = Curve.of([3, 2, 1, *range(2, 20)], split=Split.VALIDATION)
    assert epochs_until_stopped(rising, Patience()) == 3 + 5 + 1
    falling = Curve.of(range(9, 0, -1), split=Split.VALIDATION)
    assert epochs_until_stopped(falling, Patience()) == 9


def test_a_budget_is_kept_and_said(toy: str, tmp_path: Path) -> None:
    """All arms together stay within the budget, and what was cut short is named."""
    study = tune(f"{toy}:task", _dropout(toy), budget=20, store=tmp_path, strategy=CoarseGrid())
    assert study.cost.epochs <= 20
    assert study.budget_epochs == 20
    assert any("cut short by the budget after 5 epochs" in note for note in study.notes)
    with pytest.raises(SettingsError, match=r"give each of 4 arms 4(.|\n)*at least 20"):
        tune(f"{toy}:task", _dropout(toy), budget=19, store=tmp_path, strategy=CoarseGrid())


def test_the_default_tries_half_first(toy: str, tmp_path: Path) -> None:
    """Two rates at most, and a budget that is too small for one is refused."""
    study = tune(f"{toy}:task", _dropout(toy), store=tmp_path)
    tried = [trial.value for trial in study.trials]
    assert tried[0] == 0.5
    assert len(tried) <= 2
    assert study.to_prove.value in tried
    with pytest.raises(SettingsError, match=r"less than an arm needs(.|\n)*at least"):
        tune(f"{toy}:task", _dropout(toy), budget=2, store=tmp_path)


def test_a_second_search_trains_nothing(toy: str, tmp_path: Path) -> None:
    """Everything comes from the store, with the same result."""
    first = tune(f"{toy}:task", _dropout(toy), store=tmp_path)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("run.json")}
    assert tune(f"{toy}:task", _dropout(toy), store=tmp_path) == first
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("run.json")} == stamps


def test_weight_decay_is_a_knob_too(toy: str, tmp_path: Path) -> None:
    """The same race, over the optimiser's coefficient; a rate ten times Adam's usual one asks for a tenth of it."""
    heard: list[str] = []
    knob = knob_for(Prescription(remedy="weight-decay"), _subject(toy))
    study = tune(f"{toy}:task", knob, store=tmp_path, on_run=lambda what, _: heard.append(what))
    assert study.knob == "weight decay"
    assert {trial.run.history.context.weight_decay for trial in study.trials} == {
        t.value for t in study.trials
    }
    assert heard[:3] == ["weight decay 0.001", "weight decay 0.01", "weight decay 0.1"]


def test_diverged_arms_are_noted_and_left_out(toy: str, tmp_path: Path) -> None:
    """One dead arm does not end the search; all of them do."""
    task = replace(load_task(f"{toy}:task"), optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1))

    def blow_up(settings: Settings, value: float) -> Settings:
        return replace(settings, treatment=decayed(1e30 if value > 0.3 else value))

    knob = knob_for(Prescription(remedy="weight-decay"), _subject(toy))
    knob = replace(knob, values=(0.2, 0.4), milder=None, stronger=None, apply=blow_up)
    study = tune(task, knob, store=tmp_path)
    assert [trial.value for trial in study.trials] == [0.2]
    assert "0.4 diverged" in study.notes[0]
    with pytest.raises(DivergedError, match="every arm"):
        tune(task, replace(knob, values=(0.4,)), store=tmp_path)


@pytest.mark.parametrize(
    ("rate", "remedy", "values", "milder", "stronger"),
    [
        (0.0, "raise-dropout", (0.2, 0.4, 0.6), 0.1, 0.75),
        (0.3, "raise-dropout", (0.4, 0.6), None, 0.75),
        (0.6, "raise-dropout", (0.75,), None, None),
        (0.8, "lower-dropout", (0.6, 0.4, 0.2), None, 0.1),
        (0.15, "lower-dropout", (0.1, 0.0), None, None),
    ],
)
def test_only_doses_on_the_right_side_are_tried(
    rate: float, remedy: str, values: tuple[float, ...], milder: float | None, stronger: float | None
) -> None:
    """Raising never tries a lower rate than the present one, lowering never a higher one."""
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(rate), nn.Linear(8, 2))
    knob = dropout_knob(model, Prescription(remedy=remedy))
    assert (knob.own, knob.values, knob.milder, knob.stronger) == (rate, values, milder, stronger)


def test_lowering_never_raises_a_layer() -> None:
    """With two rates in the model, only those above the new one are lowered; the mildest is the nearest to the present."""
    layers = (
        nn.Linear(4, 8),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(8, 8),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(8, 2),
    )
    knob = dropout_knob(nn.Sequential(*layers), Prescription(remedy="lower-dropout"))
    assert knob.values == (0.4, 0.2)
    treatment = knob.apply(Settings(seed=0), 0.4).treatment
    assert treatment is not None
    assert [(edit.path, edit.after) for edit in treatment.edits] == [("5", 0.4)]


def test_remedies_without_a_knob_are_refused(toy: str) -> None:
    """Goodfit says which remedies it can carry out."""
    with pytest.raises(SettingsError, match=r"more-data(.|\n)*weight-decay"):
        knob_for(Prescription(remedy="more-data"), _subject(toy))


@pytest.mark.parametrize("remedy", list(KNOBS))
def test_each_remedy_has_a_knob(toy: str, remedy: str) -> None:
    """Its values lie on one side of the present one, mildest first, and each is another treatment of that remedy."""
    if remedy in ("lower-dropout", "stochastic-depth"):
        pytest.skip("the toy model has nothing of it")
    knob = knob_for(Prescription(remedy=remedy), _subject(toy))
    assert len(knob.values) >= 2 or remedy not in GRIDS, "a remedy without a number is on or off"
    distances = [abs(value - knob.own) for value in knob.values]
    assert distances == sorted(distances)
    assert distances[0] > 0
    treated = [knob.apply(Settings(seed=0), value) for value in knob.values]
    assert [dict(each.knobs) for each in treated] == [{knob.name: value} for value in knob.values]
    edits = {each.treatment.edits for each in treated if each.treatment}
    assert len(edits) == len(knob.values)
    assert pickle.loads(pickle.dumps(treated)) == treated  # noqa: S301 - our own bytes


def test_a_coefficient_follows_the_learning_rate(toy: str) -> None:
    """What a step shrinks is the rate times the coefficient, so that the grid keeps their product; only higher ones are tried."""
    subject = _subject(toy)
    decay = Prescription(remedy="weight-decay")
    subject.optimizer = torch.optim.SGD(subject.model.parameters(), lr=0.1, weight_decay=1e-3)
    assert knob_for(decay, subject).values == (1e-2,)
    subject.optimizer = torch.optim.AdamW(subject.model.parameters(), lr=1e-3)
    assert knob_for(decay, subject).values == (0.1, 1.0)
    subject.optimizer = torch.optim.AdamW(subject.model.parameters(), lr=1e-3, weight_decay=10.0)
    with pytest.raises(SettingsError, match="weight decay is 10 already"):
        knob_for(decay, subject)


def test_the_task_is_prepared_once(toy: str) -> None:
    """Loading and cutting a named task is done once a process."""
    assert prepare(TaskSource(f"{toy}:task")) is prepare(TaskSource(f"{toy}:task"))
