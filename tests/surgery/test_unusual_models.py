# SPDX-License-Identifier: Apache-2.0
"""Scalars, flags, empty and tied tensors, and half precision pass through reading, planning, treating and back."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.nn import key_dropouts_
from goodfit.surgery import at_dose, plan, read_facts, revert_, treat, treat_, verify
from goodfit.values import Dose, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
LOWER = Prescription(remedy="lower-dropout", dose=Dose(value=0.1, low=0.0, high=0.4))


class _Odd(nn.Module):
    """Batch norm, tied weights, a scalar parameter, and buffers of every odd kind."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(6, 5), nn.BatchNorm1d(5)
        self.a, self.b, self.out = nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 2)
        self.b.weight = self.a.weight
        self.scale = nn.Parameter(torch.tensor(1.0))
        self.register_buffer("mask", torch.ones(5, dtype=torch.bool))
        self.register_buffer("flag", torch.tensor(True))  # noqa: FBT003 - a tensor of one truth value
        self.register_buffer("empty", torch.zeros(0))
        self.register_buffer("none", None)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        x = torch.relu(self.a(x)) * cast("Tensor", self.mask).to(x.dtype)
        out: Tensor = self.out(torch.relu(self.b(x))) * self.scale
        return out


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_an_odd_model_goes_all_the_way(dtype: torch.dtype) -> None:
    """It is read, planned, treated, verified, keyed and reverted, and ends as it began."""
    model, example = _Odd().to(dtype), torch.ones(3, 6, dtype=dtype)
    facts = read_facts(model, example)
    treatment = plan(model, RAISE, example=example)
    assert [edit.path for edit in treatment.edits] == ["a", "b", "out"]
    treated = treat(model, treatment)
    verify(model, treated, treatment, example)
    key_dropouts_(treated, 1)
    assert treated.train()(example).dtype is dtype
    treat_(model, treatment)
    revert_(model, treatment)
    assert read_facts(model, example) == facts


def test_a_keyed_model_is_compiled_and_exported() -> None:
    """Compiled, keyed masks still follow the step; exported in evaluation mode, it gives its output."""
    model = nn.Sequential(nn.Linear(6, 50), nn.ReLU(), nn.Dropout(0.5), nn.Linear(50, 2))
    keys, example = key_dropouts_(model, 1), torch.ones(3, 6)
    compiled = torch.compile(model, backend="eager")
    with torch.no_grad():  # torch warns of its own graph breaks otherwise
        first = compiled(example)
        keys.step = 1
        assert not torch.equal(compiled(example), first)
        keys.step = 0
        assert torch.equal(compiled(example), first)
    torch.compiler.reset()
    exported = torch.export.export(model.eval(), (example,)).module()
    assert torch.equal(exported(example), model(example))


def test_a_model_that_is_one_layer_has_a_name() -> None:
    """Its dotted name is empty, so messages call it the model itself."""
    with pytest.raises(
        NothingMatchedError, match=r"layer \(the model itself: takes the model's input\)"
    ) as caught:
        plan(nn.Linear(6, 2), RAISE)
    assert ": takes the model's input" not in (caught.value.where or "").replace("the model itself: ", "")


def test_a_model_without_a_place_is_told_what_can_be_done() -> None:
    """The places that are taken only where they are named are named, and weight decay is offered."""
    model = nn.Sequential(nn.Embedding(9, 6), nn.Linear(6, 2))
    with pytest.raises(NothingMatchedError, match="takes embeddings of ids") as caught:
        plan(model, RAISE)
    assert "where=...): 0.weight, 1;" in (caught.value.todo or "")
    assert "--remedy weight-decay" in (caught.value.todo or "")
    assert "example" not in (caught.value.todo or "")
    assert [edit.path for edit in plan(model, RAISE, where="1").edits] == ["1"]


@pytest.mark.parametrize("prescription", [RAISE, LOWER])
def test_a_second_treatment_says_that_it_is_one(prescription: Prescription) -> None:
    """Applying a treatment twice says that the model is treated already."""
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, 4), nn.Linear(4, 2))
    treatment = plan(model, prescription)
    treat_(model, treatment)
    with pytest.raises(SurgeryError, match="treated already"):
        treat_(model, treatment)


def test_a_search_never_moves_a_rate_against_the_remedy() -> None:
    """Lowering leaves the layers below a rate, raising those above it; with none left it is an error."""
    model = nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5), nn.Linear(5, 5), nn.Dropout(0.2), nn.Linear(5, 2))
    lowered = plan(model, LOWER, dose=0.0)
    assert [(e.path, e.after) for e in at_dose(lowered, 0.4).edits] == [("1", 0.4)]
    assert ("3", "drops at 0.2, not above 0.4") in [
        (s.path, s.because) for s in at_dose(lowered, 0.4).skipped
    ]
    raised = plan(model, RAISE, dose=0.9)
    assert [(e.path, e.after) for e in at_dose(raised, 0.3).edits] == [("3", 0.3)]
    for treatment, rate in (
        (lowered, 0.5),
        (raised, 0.2),
        (plan(nn.Sequential(*list(model)[:3]), RAISE, dose=0.9), 0.5),
    ):
        with pytest.raises(NothingMatchedError, match="no place of the treatment drops"):
            at_dose(treatment, rate)
    with pytest.raises(SettingsError):
        at_dose(lowered, -0.1)
