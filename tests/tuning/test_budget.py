# SPDX-License-Identifier: Apache-2.0
"""A budget in epochs, in runs as planned, or on the clock: it is kept, and what it cut is named."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from goodfit.errors import SettingsError
from goodfit.surgery import Subject
from goodfit.training import Settings, build_model, build_subject, load_task
from goodfit.tuning import DEFAULT, Budget, Knob, Most, Round, SoFar, Try, dropout_knob, knob_for, tune
from goodfit.tuning.budget import Unit
from goodfit.tuning.costs import most_ahead
from goodfit.values import ArmEnd, Prescription


def _dropout(toy: str) -> Knob:
    model = build_model(load_task(f"{toy}:task"), Settings(seed=0))
    return dropout_knob(model, Prescription(remedy="raise-dropout"))


@pytest.mark.parametrize(
    ("given", "amount", "unit"),
    [
        (60, 60, Unit.EPOCHS),
        ("60", 60, Unit.EPOCHS),
        ("60 epochs", 60, Unit.EPOCHS),
        ("1.5T", 1.5, Unit.RUNS),
        (" .5 t", 0.5, Unit.RUNS),
        ("90s", 90, Unit.SECONDS),
        ("5m", 300, Unit.SECONDS),
        ("1h", 3600, Unit.SECONDS),
    ],
)
def test_budgets_as_they_are_written(given: int | str, amount: float, unit: Unit) -> None:
    """A number counts epochs; T, s, m and h say otherwise."""
    assert Budget.of(given) == Budget(amount, unit)
    assert Budget.of(Budget(amount, unit)) == Budget(amount, unit)


@pytest.mark.parametrize("given", ["", "x", "T", "-1", "0", 0, -3, "1.5", "5 days", "1e3", "nan", True])
def test_what_is_no_budget(given: int | str) -> None:
    """One clear error, with the forms that are."""
    with pytest.raises(SettingsError, match=r"no budget of a search(.|\n)*1\.5T"):
        Budget.of(given)


def test_runs_as_planned_are_epochs(toy: str, tmp_path: Path) -> None:
    """2 T of 12 epochs are 24: kept, and said in both."""
    study = tune(f"{toy}:task", _dropout(toy), budget="2T", store=tmp_path)
    assert study.cost.epochs <= 24
    assert (study.budget, study.budget_epochs) == ("2 T", 24)


@dataclass(frozen=True, slots=True)
class _AllAtOnce:
    """Tries every value once, as long as it likes."""

    def most(self, knob: Knob, planned: int) -> Most:
        del planned
        return Most(arms=len(knob.values), at_once=len(knob.values))

    def ahead(self, so_far: SoFar) -> Round:
        return Round(() if so_far.rounds else tuple(Try(value) for value in so_far.knob.values))


def test_the_clock_cuts_and_says_which(toy: str, tmp_path: Path) -> None:
    """Arms are ended after the time, with what they had, or not begun; the next search goes on with them."""
    task = replace(
        load_task(f"{toy}:task"), epochs=60, optimizer=lambda weights: torch.optim.SGD(weights, lr=1e-3)
    )
    knob, plan = _dropout(toy), _AllAtOnce()
    tune(task, knob, store=tmp_path, stack=False, budget="1s", strategy=plan)
    study = tune(task, knob, store=tmp_path, stack=False, budget="0.02s", strategy=plan)
    cut = [trial for trial in study.trials if trial.ended is ArmEnd.CUT]
    said = [note for note in study.notes if "cut short by the budget" in note or "budget was spent" in note]
    assert len(said) == len(cut) + len(knob.values) - len(study.trials)
    assert study.budget == "0.02 s"
    whole = tune(task, knob, store=tmp_path, stack=False, strategy=plan)
    epochs = {trial.value: trial.run.epochs for trial in whole.trials}
    assert all(trial.run.epochs <= epochs[trial.value] for trial in study.trials)
    assert all(trial.ended is not ArmEnd.CUT for trial in whole.trials)


def _subject(toy: str) -> Subject:
    task, own = load_task(f"{toy}:task"), Settings(seed=0)
    return build_subject(task, build_model(task, own), own)


def test_the_cost_ahead_is_an_upper_limit(toy: str) -> None:
    """Each arm as planned, or the budget; arms that train longer are counted as long as they are."""
    four = Most(arms=4, at_once=3)
    most = most_ahead(_dropout(toy), 12, four, seconds_an_epoch=0.5, workers=2)
    assert (most.epochs, most.share_of_plan, most.seconds) == (48, 4.0, 12.0)
    capped = most_ahead(_dropout(toy), 12, four, seconds_an_epoch=0.5, workers=1, budget=20)
    assert (capped.epochs, capped.seconds) == (20, 10.0)
    longer = knob_for(Prescription(remedy="train-longer"), _subject(toy))
    three = Most(arms=3, at_once=3)
    assert most_ahead(longer, 12, three, seconds_an_epoch=0.5, workers=1).epochs == 18 + 24 + 48


def test_a_climb_costs_two_trainings_and_a_half_at_most(toy: str) -> None:
    """One arm at a time, however many workers there are."""
    knob = _dropout(toy)
    most = most_ahead(knob, 12, DEFAULT.most(knob, 12), seconds_an_epoch=0.5, workers=4)
    assert (most.arms, most.epochs, most.seconds) == (4, 30, 15.0)
