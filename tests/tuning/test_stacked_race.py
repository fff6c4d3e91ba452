# SPDX-License-Identifier: Apache-2.0
"""The race chooses the same dose, stacked or not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from goodfit.training import Settings, Task, build_model, build_subject
from goodfit.tuning import CoarseGrid, dropout_knob, knob_for, tune
from goodfit.values import Prescription
from stacking import small

RAISE = Prescription(remedy="raise-dropout")


def _narrow() -> nn.Module:
    return nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))


def _convolved() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 10)),
        nn.Conv1d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(80, 32),
        nn.ReLU(),
        nn.Linear(32, 2),
    )


def _tasks() -> list[Task]:
    """Wide and narrow, with much and little to learn from, by two optimisers, and with convolutions."""
    given = small(10)
    momentum = replace(given, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9))
    convolved = replace(given, model=_convolved)
    return [given, replace(given, model=_narrow, train_size=60), momentum, convolved]


@pytest.mark.parametrize("number", range(4))
def test_the_race_and_the_stacked_race_choose_alike(number: int, tmp_path: Path) -> None:
    """Same doses tried, same dose chosen, same epochs, same notes; the losses agree within rounding."""
    task = _tasks()[number]
    knob = dropout_knob(build_model(task, Settings(seed=0)), RAISE)
    alone = tune(task, knob, store=tmp_path / "alone", stack=False, strategy=CoarseGrid())
    stacked = tune(task, knob, store=tmp_path / "stacked", stack=True, strategy=CoarseGrid())
    assert (stacked.chosen, stacked.candidate) == (alone.chosen, alone.candidate)
    assert (stacked.choice, stacked.because) == (alone.choice, alone.because)
    assert stacked.cost.epochs == alone.cost.epochs
    for one, other in zip(stacked.trials, alone.trials, strict=True):
        assert one.value == other.value
        assert one.run.score == pytest.approx(other.run.score, rel=1e-3)
    assert all("in a stack" in str(trial.run.history.source) for trial in stacked.trials)
    assert "in a stack" not in str(stacked.control.run.history.source)


def test_weight_decay_is_raced_in_a_stack_too(tmp_path: Path) -> None:
    """Each arm has a coefficient of its own."""
    task = small(8)
    model = build_model(task, Settings(seed=0))
    knob = knob_for(Prescription(remedy="weight-decay"), build_subject(task, model, Settings(seed=0)))
    alone = tune(task, knob, store=tmp_path / "alone", stack=False)
    stacked = tune(task, knob, store=tmp_path / "stacked", stack=True)
    assert stacked.chosen == alone.chosen
    assert {t.run.history.context.weight_decay for t in stacked.trials} == {t.value for t in stacked.trials}


def test_a_race_that_cannot_be_stacked_says_so(tmp_path: Path) -> None:
    """Whoever asked for a stack reads the reason among the notes."""
    task = replace(small(3), optimizer=torch.optim.Adagrad)
    knob = dropout_knob(build_model(task, Settings(seed=0)), RAISE)
    study = tune(task, knob, store=tmp_path, stack=True, strategy=CoarseGrid())
    assert any("trained one by one: Adagrad" in note for note in study.notes)
