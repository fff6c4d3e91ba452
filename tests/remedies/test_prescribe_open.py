# SPDX-License-Identifier: Apache-2.0
"""What is prescribed where the curves leave a question open, where steps are too short or long, and against too much of a regulariser."""

from dataclasses import replace
from typing import Any

import pytest
from torch import nn

from goodfit.remedies import Case
from goodfit.remedies.train_longer import TrainLonger
from goodfit.rules import diagnose
from goodfit.surgery import read_facts
from goodfit.values import Curve, History, ModelFacts, Outcome, Split
from remedy_cases import answers, case_of

FEW = (2.3, 2.2, 2.1, 2.0)  # too few evaluations to judge by
ADAM: dict[str, Any] = {
    "optimizer": "Adam",
    "train_size": 400,
    "batch_size": 40,
    "epochs_planned": 10,
}  # 100 steps


def _run(train: tuple[float, ...], val: tuple[float, ...]) -> History:
    history = case_of("GF402")
    curves = {
        "train_loss": Curve.of(train, split=Split.TRAIN, metric="loss"),
        "val_loss": Curve.of(val, split=Split.VALIDATION, metric="loss"),
    }
    return replace(history, curves=curves)


def _plain(layers: int) -> ModelFacts:
    hidden = [each for _ in range(layers - 1) for each in (nn.Linear(8, 8), nn.ReLU())]
    return read_facts(nn.Sequential(*hidden, nn.Linear(8, 2)))


def test_a_short_run_that_was_best_at_its_end_is_trained_longer() -> None:
    """Too few points leave everything open; a longer run contains this one, and tells."""
    names, _, first = answers(_run(FEW, FEW))
    assert names == ["train-longer"]
    assert "a longer run settles it" in first.because


def test_a_short_run_that_was_best_early_keeps_its_best_checkpoint() -> None:
    """Whether it overfits is open; the best checkpoint costs nothing either way."""
    names, _, first = answers(_run(FEW, (2.2, 2.1, 2.3, 2.5)))
    assert names == ["early-stopping"]
    assert "keep the best checkpoint" in first.because


@pytest.mark.parametrize(("end", "prescribed"), [(0.5, True), (0.001, False)])
def test_a_fitted_training_set_is_not_trained_longer_to_see(end: float, prescribed: bool) -> None:
    """Where nothing is left to learn, an open question about more epochs is no reason for them."""
    falling = tuple(2.3 - (2.3 - end) * min(1.0, step / 10) for step in range(20))
    history = _run(falling, tuple(2.3 - 0.05 * step for step in range(20)))
    case = Case(
        diagnoses=(replace(diagnose(history)[0], code="GF202", outcome=Outcome.INCONCLUSIVE),),
        history=history,
    )
    assert (TrainLonger().settle(case) is not None) is prescribed


@pytest.mark.parametrize("code", ["GF202", "GF203"])
def test_steps_that_move_no_weight_are_made_longer_first(code: str) -> None:
    """Adam's rate times its steps bounds what a weight can move; under a tenth that is the first thing to change."""
    names, _, first = answers(_much_left(case_of(code, learning_rate=1e-4, **ADAM)), _plain(3))
    assert names[0] == "raise-learning-rate"
    assert "the learning rate times the number of steps is 0.01" in first.because


@pytest.mark.parametrize("context", [{"optimizer": "SGD"}, {"train_size": None}, {"learning_rate": 1e-2}])
def test_steps_are_not_too_short_by_guess(context: dict[str, Any]) -> None:
    """With an optimiser whose steps the rate does not bound, unknown sizes, or enough of it, nothing is said of that."""
    history = _much_left(case_of("GF202", **{**ADAM, "learning_rate": 1e-4, **context}))
    assert answers(history, _plain(3))[0] == ["train-longer"]


def test_a_fine_tuning_may_move_little() -> None:
    """Where more than half of the loss was learned, short steps suffice."""
    names, left, _ = answers(case_of("GF202", learning_rate=1e-4, chance_level=100.0, **ADAM), _plain(3))
    assert names == ["train-longer"]
    assert "the steps are large enough" in left["raise-learning-rate"]


@pytest.mark.parametrize("code", ["GF201", "GF202", "GF203"])
def test_steps_as_large_as_the_weights_are_made_shorter_first(code: str) -> None:
    """At a rate of .2 a step of Adam moves each weight by more than it started with; larger steps are left, as is SGD."""
    names, left, first = answers(case_of(code, learning_rate=0.2, **ADAM), _plain(3))
    assert names[0] == "lower-learning-rate"
    assert "the learning rate is 0.2" in first.because
    assert "the learning rate is 0.2" in left["raise-learning-rate"]
    sgd = case_of(code, **{**ADAM, "learning_rate": 0.2, "optimizer": "SGD"})
    assert answers(sgd, _plain(3))[0][0] != "lower-learning-rate"


def test_a_network_held_back_gets_less_dropout() -> None:
    """Over-regularised with a high rate: less of it comes first, and nothing that regularises is prescribed."""
    model = read_facts(nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.8), nn.Linear(5, 2)))
    history = case_of("GF204", dropout_rates=(0.8,))
    assert {each.code for each in diagnose(history) if each.outcome is Outcome.PRESENT} >= {"GF204"}
    names, left, _ = answers(history, model)
    assert names[0] == "lower-dropout"
    assert "“over regularised” was found" in left["raise-dropout"]


def test_too_much_weight_decay_is_said_where_no_remedy_takes_it_back() -> None:
    """The rule's own advice stands in the answer."""
    history = case_of("GF204", dropout_rates=(), weight_decay=5.0)
    names, _, first = answers(history, _plain(3))
    if names == ["no-change"]:
        assert "weight decay" in first.expected
    else:
        assert names[0] in {"train-longer", "early-stopping"}


@pytest.mark.parametrize(("layers", "first"), [(5, "train-longer"), (6, "batch-norm")])
def test_a_deep_network_without_normalisation_gets_it(layers: int, first: str) -> None:
    """From six layers with weights on, a training that is slow is held up by depth before anything else."""
    assert answers(case_of("GF202", batch_size=32), _plain(layers))[0][0] == first


def _much_left(history: History) -> History:
    """The same run, with chance level where its training loss began, and hardly anything learned."""
    curves = dict(history.curves)
    train = curves["train_loss"].values
    curves["train_loss"] = replace(
        curves["train_loss"], values=tuple(train[0] - 0.3 * (train[0] - v) for v in train)
    )
    return replace(history, curves=curves)
