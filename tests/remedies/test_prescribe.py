# SPDX-License-Identifier: Apache-2.0
"""What is prescribed for what, with which number, and why nothing else."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from goodfit.remedies import REMEDIES, prescribe
from goodfit.rules import RULES, diagnose
from goodfit.surgery import plan, read_facts
from goodfit.values import (
    History,
    ModelFacts,
)
from remedy_cases import BY_CODE, answers, case_of

OTHERS = ["early-stopping", "weight-decay", "label-smoothing", "l1", "more-data"]
"""What is prescribed for overfitting besides dropout."""


def _mlp(*rates: float, norm: bool = False) -> ModelFacts:
    hidden: list[nn.Module] = [nn.BatchNorm1d(5)] if norm else []
    hidden += [nn.ReLU(), *(nn.Dropout(rate) for rate in rates)]
    return read_facts(nn.Sequential(nn.Linear(6, 5), *hidden, nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)))


def test_overfitting_of_an_mlp_without_dropout() -> None:
    """Dropout at the hidden layers first, then the checkpoint to keep, then weight decay; the rest with numbers."""
    history = case_of("GF101", grad_norm=[1.0] * 20 + [0.1] * 20, evaluation=True, chance_level=2.3)
    names, left, first = answers(history, _mlp())
    assert names == ["raise-dropout", *OTHERS]
    assert first.where == ("2", "4")
    assert first.dose is not None
    assert (first.dose.low, first.dose.value, first.dose.high) == (0.2, 0.4, 0.6)
    assert "validation loss has got worse by 33 % since epoch 14" in first.because
    fitted = "the training loss in evaluation mode ends at 1.1 % of chance level"
    assert left["train-longer"].startswith(
        f"{fitted}: nothing left to learn; and validation loss has got worse"
    )
    assert "no saddle: the training loss is fitted" in left["raise-learning-rate"]
    assert "the gradient norm ends at 0.1 times its early level" in left["raise-learning-rate"]
    assert left["more-nodes"].startswith(f"the training set is already fitted: {fitted}")
    assert "77.42 % accuracy became 68.55 %" in left["batch-norm"]
    assert left["lower-dropout"] == "there is no dropout layer in the model"


class _CallsDropout(nn.Module):
    """Dropout as a function, and no dropout layer."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.b(nn.functional.dropout(torch.relu(self.a(x)), 0.3, self.training))
        return out


def test_dropout_that_is_called_is_not_denied() -> None:
    """With an example the call and its rate are named; without one it is said that calls were not looked for."""
    history = case_of("GF101")
    _, seen, _ = answers(history, read_facts(_CallsDropout(), torch.ones(2, 6)))
    assert seen["lower-dropout"].startswith("no dropout layer; F.dropout is called with rate 0.3")
    assert "b: F.dropout runs there at 0.3, a number in your code" in seen["raise-dropout"]
    _, unseen, _ = answers(history, read_facts(_CallsDropout()))
    assert unseen["lower-dropout"] == (
        "the model has no dropout layer; calls of F.dropout were not looked for, as no example batch was given"
    )


@pytest.mark.parametrize(
    ("optimizer", "where"),
    [
        (
            "SGD",
            (
                "SGD(..., weight_decay=0), and before each step w *= 1 - lr * 0.01 for each weight w that is no norm "
                "or bias"
            ),
        ),
        (
            "Adam",
            "torch.optim.AdamW(..., weight_decay=0.01) in the place of Adam, on weights and not on norms and biases",
        ),
        (None, "torch.optim.AdamW(..., weight_decay=0.01), on weights and not on norms and biases"),
    ],
)
def test_weight_decay_says_what_to_paste(optimizer: str | None, where: str) -> None:
    """The place is the argument of the user's own optimiser, with the dose in it."""
    history = case_of("GF101", optimizer=optimizer)
    decay = next(p for p in prescribe(diagnose(history), history) if p.remedy == "weight-decay")
    assert decay.where == (where,)


def test_weight_decay_is_left_where_the_optimiser_has_none() -> None:
    """An optimiser without the argument is named."""
    _, left, _ = answers(case_of("GF101", optimizer="LBFGS"))
    assert left["weight-decay"] == "torch's LBFGS takes no weight decay"


def test_early_stopping_names_the_epoch_to_keep() -> None:
    """The checkpoint to keep is that of the best single evaluation, and is called the control."""
    history = case_of("GF101")
    second = prescribe(diagnose(history), history)[1]
    assert second.expected.startswith("Keep the checkpoint of epoch 13")
    assert "control" in second.expected


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    """Without a model, gradient norm and chance level, each is named as missing and none is made up."""
    _, left, first = answers(case_of("GF101"))
    assert "dropout in the model is not known" in first.because
    assert left["lower-dropout"] == "dropout in the model is not known"
    assert "no gradient norm was logged" in left["raise-learning-rate"]
    assert "chance level is not known" in left["train-longer"]


@pytest.mark.parametrize(("rate", "value", "low"), [(0.2, 0.4, 0.3), (0.5, 0.6, 0.6)])
def test_present_dropout_is_raised_from_where_it_is(rate: float, value: float, low: float) -> None:
    """The dose lies a step or more above the present rate, and the place is the dropout layer itself."""
    _, left, first = answers(case_of("GF101"), _mlp(rate))
    assert first.where == ("2", "5")
    assert first.dose is not None
    assert (first.dose.value, first.dose.low) == (value, low)
    assert f"the highest dropout rate is {rate:g}, and validation" in left["lower-dropout"]


def test_a_high_rate_is_not_raised() -> None:
    """At .6 or more dropout is not raised, whether the rate is known from the model or from the log."""
    for history, model in ((case_of("GF101"), _mlp(0.7)), (case_of("GF101", dropout_rates=(0.1, 0.7)), None)):
        names, left, _ = answers(history, model)
        assert names == OTHERS
        assert left["raise-dropout"].startswith("the highest dropout rate is 0.7 already")


def test_a_cnn_starts_at_one_half() -> None:
    """In front of the fully connected layers of a convolutional network the start is .5."""
    facts = read_facts(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2)))
    _, _, first = answers(case_of("GF101"), facts)
    assert first.where == ("2",)
    assert first.dose is not None
    assert first.dose.value == 0.5


def test_prescribed_places_are_the_planned_ones() -> None:
    """What the prescription names is what surgery plans."""
    model = nn.Sequential(
        nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)
    )
    _, _, first = answers(case_of("GF101"), read_facts(model))
    assert tuple(edit.path for edit in plan(model, first).edits) == first.where == ("2", "5")


def test_a_model_without_a_place_gets_another_remedy() -> None:
    """A recurrent model is told why there is no place; a model in unknown order is not turned away."""
    names, left, _ = answers(case_of("GF101"), read_facts(nn.LSTM(3, 3)))
    assert names[0] == "early-stopping"
    assert "only one recurrent layer" in left["raise-dropout"]

    class Unordered(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop, self.a, self.b = nn.Dropout(0.2), nn.Linear(3, 3), nn.Linear(3, 3)

    names, _, first = answers(case_of("GF101"), read_facts(Unordered()))
    assert names[0] == "raise-dropout"
    assert first.where == (REMEDIES[0].where,)


def test_few_examples_are_a_risk_to_dropout() -> None:
    """With 300 training examples the risk says so, with the number."""
    _, _, first = answers(case_of("GF101", train_size=300))
    assert first.risk.startswith("With 300 training examples dropout may bring nothing")
    assert answers(case_of("GF101", train_size=5000))[2].risk == REMEDIES[0].risk


@pytest.mark.parametrize(
    ("context", "dose"),
    [
        ({}, (0.01, 0.001, 0.1)),
        ({"learning_rate": 1e-3}, (0.1, 0.01, 1.0)),
        ({"learning_rate": 0.1}, (0.001, 0.0001, 0.01)),
        ({"weight_decay": 0.005}, (0.05, 0.025, 0.1)),
    ],
)
def test_weight_decay_starts_above_the_present_one(
    context: dict[str, Any], dose: tuple[float, float, float]
) -> None:
    """The dose follows the learning rate, which scales what it does, and is ten times the present one at least; at .1 it is left."""
    history = case_of("GF101", **context)
    chosen = {each.remedy: each for each in prescribe(diagnose(history), history)}["weight-decay"]
    assert chosen.dose is not None
    assert (chosen.dose.value, chosen.dose.low, chosen.dose.high) == pytest.approx(dose)
    names, left, _ = answers(case_of("GF101", weight_decay=0.1))
    assert "weight-decay" not in names
    assert left["weight-decay"].startswith("the weight decay is 0.1 already")


def test_underfitting_with_dropout() -> None:
    """Dropout is lowered first, where it is; then more nodes; dropout is not raised."""
    names, left, first = answers(case_of("GF201"), _mlp(0.5, 0.1))
    assert names == ["lower-dropout", "more-nodes"]
    assert first.where == ("2",)
    assert first.dose is not None
    assert (first.dose.value, first.dose.low, first.dose.high) == (0.25, 0.0, 0.5)
    assert "“underfitting” was found" in left["raise-dropout"]
    assert "too little for more epochs to matter" in left["train-longer"]
    assert "nothing speaks for a plateau" in left["raise-learning-rate"]


def test_underfitting_without_dropout() -> None:
    """More nodes; a rate too small to matter is not lowered; vanished gradients speak for larger steps first."""
    assert answers(case_of("GF201"), _mlp())[0] == ["more-nodes"]
    _, left, _ = answers(case_of("GF201"), _mlp(0.02))
    assert "no cause of underfitting" in left["lower-dropout"]
    assert answers(case_of("GF201", grad_norm=[1.0] * 20 + [0.01] * 20))[0] == [
        "raise-learning-rate",
        "more-nodes",
    ]
    _, left, _ = answers(case_of("GF201", grad_norm=[1.0] * 40))
    assert "the gradient norm ends at 1 times its early level: no plateau" in left["raise-learning-rate"]


def test_still_improving_is_trained_longer() -> None:
    """Nothing but more epochs, with the late slope of validation."""
    names, left, first = answers(case_of("GF202"), _mlp(0.2))
    assert names == ["train-longer"]
    assert "validation loss improves by 26 %" in first.because
    assert "stopping earlier would lose that" in left["early-stopping"]
    assert "the steps are large enough" in left["raise-learning-rate"]


def test_stalled_gets_batch_norm_or_a_higher_learning_rate() -> None:
    """Batch norm first where there is none, then larger steps; grown gradients speak for smaller steps."""
    assert answers(case_of("GF203"), _mlp())[0] == ["batch-norm", "raise-learning-rate"]
    names, left, first = answers(case_of("GF203", learning_rate=1e-4))
    assert names == ["raise-learning-rate"]
    assert first.because.endswith("it is 0.0001 now")
    assert "is not known" in left["batch-norm"]
    assert "more of the same would change nothing" in left["train-longer"]
    assert "does not lack width" in left["more-nodes"]
    names, left, _ = answers(case_of("GF203", grad_norm=[1.0] * 20 + [4.0] * 20))
    assert names == ["lower-learning-rate"]
    assert "lower the rate instead" in left["raise-learning-rate"]


@pytest.mark.parametrize(
    ("context", "model", "because"),
    [
        ({}, _mlp(norm=True), "the model has normalisation already (1)"),
        ({"regularisers": ("batch norm",)}, None, "the model has normalisation already (batch norm)"),
        ({"batch_size": 4, "regularisers": ()}, None, "batches hold 4 examples"),
    ],
)
def test_batch_norm_is_left_where_it_cannot_help(
    context: dict[str, Any], model: ModelFacts | None, because: str
) -> None:
    """With normalisation in place, or tiny batches, batch norm is left."""
    history = case_of("GF203", grad_norm=[1.0] * 20 + [4.0] * 20, **context)
    names, left, _ = answers(history, model)
    assert names == ["lower-learning-rate"]
    assert left["batch-norm"].startswith(because)


def test_without_validation_nothing_is_known_of_the_best_epoch() -> None:
    """A log of training alone: early stopping says that no validation was logged."""
    history = History(curves={"train_loss": BY_CODE["GF203"].present().curves["train_loss"]})
    _, left, _ = answers(history)
    assert left["early-stopping"] == "no validation was logged, so that no epoch is known to be the best"
    assert answers(History(curves={}))[0] == ["no-change"]


def test_units_do_not_matter() -> None:
    """Losses times 1000 and epochs times 100 change no prescription."""
    for rule in RULES:
        history = rule.present()
        scaled = {
            name: replace(
                curve, values=tuple(1000 * v for v in curve.values), x=tuple(100 * x for x in curve.x)
            )
            for name, curve in history.curves.items()
        }
        assert answers(replace(history, curves=scaled))[0] == answers(history)[0]


def test_prescribing_needs_no_torch_objects() -> None:
    """The facts of a traced class, read with an example, give the same places as the plan with that example."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop, self.out, self.first = nn.Dropout(0.1), nn.Linear(4, 2), nn.Linear(6, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.out(self.drop(torch.relu(self.first(x))))
            return y

    example = torch.ones(2, 6)
    _, _, first = answers(case_of("GF101"), read_facts(Net(), example))
    assert first.where == ("drop",)
    assert [edit.path for edit in plan(Net(), first, example=example).edits] == ["drop"]
