# SPDX-License-Identifier: Apache-2.0
"""Dropout that a model calls as a function is seen, also where it is called in training only."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.errors import NothingMatchedError
from goodfit.surgery import plan, read_facts, treat, verify
from goodfit.values import Dose, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
LOWER = Prescription(remedy="lower-dropout", dose=Dose(value=0.1, low=0.0, high=0.3))


class _Always(nn.Module):
    """`F.dropout` with the rate and the flag by position."""

    def __init__(self, p: float = 0.3) -> None:
        super().__init__()
        self.a, self.b, self.p = nn.Linear(6, 5), nn.Linear(5, 2), p

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.b(F.dropout(F.relu(self.a(x)), self.p, self.training))
        return out


class _InTraining(_Always):
    """`F.dropout` behind `if self.training`, in a forward pass that counts its calls and draws numbers."""

    def __init__(self, p: float = 0.3) -> None:
        super().__init__(p)
        self.norm = nn.BatchNorm1d(6)
        self.register_buffer("calls", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.a(self.norm(x)))
        if self.training:
            cast("Tensor", self.calls).add_(1)
            x = F.dropout(x, self.p)
        out: Tensor = self.b(x)
        return out


@pytest.mark.parametrize("model", [_Always(), _InTraining()])
def test_the_attribute_that_feeds_a_call_is_raised(model: nn.Module) -> None:
    """No second dropout is put beside a call; what its rate follows is set, and the model drops at it."""
    example = torch.ones(1, 6)
    assert read_facts(model, example).dropout_rates == (0.3,)
    treatment = plan(model, RAISE, example=example)
    (edit,) = treatment.edits
    assert (edit.path, edit.attribute, edit.before, edit.after) == ("", "p", 0.3, 0.4)
    assert edit.code == f"self.p = 0.4  # in {type(model).__name__}.__init__, was 0.3"
    treated = treat(model, treatment)
    assert read_facts(treated, example).dropout_rates == (0.4,)
    verify(model, treated, treatment, example)


def test_looking_in_training_mode_leaves_the_model_alone() -> None:
    """Buffers, flags and the random state are as before; batch norm takes the batch of one."""
    model = _InTraining().train()
    model.norm.eval()
    flags, state = [module.training for module in model.modules()], torch.get_rng_state()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    read_facts(model, torch.ones(1, 6))
    assert [module.training for module in model.modules()] == flags
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_call_with_another_rate_in_training_decides_by_that_one() -> None:
    """Where evaluation calls dropout with rate 0, the rate is that of training."""

    class Switched(_Always):
        def forward(self, x: Tensor) -> Tensor:
            rate = self.p if self.training else 0.0
            out: Tensor = self.b(F.dropout(F.relu(self.a(x)), rate))
            return out

    (edit,) = plan(Switched(), RAISE, example=torch.ones(2, 6)).edits
    assert (edit.attribute, edit.before) == ("p", 0.3)


class _Literal(_Always):
    """A rate that stands in the code."""

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.b(
            F.dropout(F.relu(self.a(x)), 0.3, self.training)
        )  # p is 0.3 too, and feeds nothing
        return out


@pytest.mark.parametrize("prescription", [RAISE, LOWER])
def test_a_literal_is_left_with_the_line_to_change(prescription: Prescription) -> None:
    """A rate that no attribute feeds is not edited, although an attribute of the same value is there."""
    with pytest.raises(
        NothingMatchedError,
        match=r"at 0\.3, a number in your code \(test_functional_dropout\.py:\d+: F\.dropout\(F\.relu",
    ):
        plan(_Literal(), prescription, example=torch.ones(2, 6))


def test_a_model_that_wants_targets_in_training_is_read_all_the_same() -> None:
    """When the pass in training mode raises, the facts are those of evaluation mode."""

    class WantsTargets(_Always):
        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                raise TypeError("no targets")
            return super().forward(x)

    facts = read_facts(WantsTargets(), torch.ones(2, 6))
    assert facts.traced
    assert facts.dropout_rates == (0.3,)
