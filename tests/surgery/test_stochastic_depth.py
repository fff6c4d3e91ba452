# SPDX-License-Identifier: Apache-2.0
"""Stochastic depth: what must hold on every architecture, at which rates branches are left out, and which are not."""

from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError
from goodfit.surgery import plan, treat, treat_
from goodfit.surgery.verification import same_bits
from goodfit.testing.architectures import ARCHITECTURES
from goodfit.values import Prescription
from structure_contract import BY_NAME, StructureContract, out, planned

# torch.compile asks tensors for .grad and hides its own warning by a filter that "error" outranks.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")

DEPTH = Prescription(remedy="stochastic-depth")
NO_BRANCH = "the model has no residual branch"
PLACES: dict[str, tuple[str, ...]] = {
    "ResNet-like": ("layer1.0.bn2", "layer1.1.bn2", "layer2.0.bn2"),
    "BERT-like": (
        "bert.encoder.layer.0.attention.output.dropout",
        "bert.encoder.layer.0.output.dropout",
        "bert.encoder.layer.1.attention.output.dropout",
        "bert.encoder.layer.1.output.dropout",
    ),
    "GPT-like": (
        "transformer.h.0.attn.resid_dropout",
        "transformer.h.0.mlp.dropout",
        "transformer.h.1.attn.resid_dropout",
        "transformer.h.1.mlp.dropout",
    ),
}


class TestStochasticDepth(StructureContract):
    """The last branch is left out with probability one half."""

    remedy = "stochastic-depth"
    dose = 0.5
    places: ClassVar[dict[str, tuple[str, ...]]] = PLACES
    refused: ClassVar[dict[str, str]] = {
        **{each.name: NO_BRANCH for each in ARCHITECTURES if each.name not in PLACES},
        "Transformer encoder": "fused evaluation path is switched off by hooks",
    }


def test_a_checkpoint_fits_both_ways() -> None:
    """Checkpoints of the untreated model load strictly, and the other way round."""
    for name in PLACES:
        model, treatment = planned("stochastic-depth", 0.5, BY_NAME[name])
        treated = treat(model, treatment)
        treated.load_state_dict(model.state_dict(), strict=True)
        model.load_state_dict(treated.state_dict(), strict=True)


def test_rates_grow_linearly_to_the_dose() -> None:
    """Branch l of L has the rate l / L times the dose (Huang et al. 2016, equation 4)."""
    for name, places in PLACES.items():
        _, treatment = planned("stochastic-depth", 0.2, BY_NAME[name])
        expected = [0.2 * (n + 1) / len(places) for n in range(len(places))]
        assert [edit.after for edit in treatment.edits] == pytest.approx(expected, abs=1e-4)


class _Scaled(nn.Module):
    """Residual blocks whose branch is scaled by a parameter after its last layer, as with LayerScale."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)) for _ in range(2)
        )
        self.gamma = nn.Parameter(torch.full((8,), 0.5))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 4) to (n, 2)."""
        x = self.first(x)
        for block in self.blocks:
            x = x + self.drop(self.gamma * block(x))
        logits: Tensor = self.head(x)
        return logits


def test_whole_examples_keep_or_lose_a_branch() -> None:
    """In training each example has the branch scaled by 1 / (1 - p), or not at all, at the rate that is stated."""
    torch.manual_seed(0)
    model = _Scaled().train()
    model.drop.p = 0.0
    example = torch.randn(1, 4).expand(2000, 4)
    treatment = plan(model, DEPTH, dose=0.5, example=example[:5], where="blocks.1.*")
    treat_(model, treatment)
    assert [(e.path, e.after) for e in treatment.edits] == [("blocks.1.2", 0.5)]
    given = out(model, example)[0].round(decimals=4)
    kinds, counts = torch.unique(given, dim=0, return_counts=True)
    assert len(kinds) == 2
    assert abs(counts[0].item() / 2000 - 0.5) < 0.05
    mean = out(model.eval(), example)[0][0]
    assert torch.allclose(kinds.mean(dim=0), mean, atol=1e-3)


def test_a_shared_dropout_at_the_end_is_passed_by() -> None:
    """Where one dropout layer ends all branches, the layer before it carries the edit."""
    model, example = _Scaled(), torch.randn(6, 4)
    treatment = plan(model, DEPTH, dose=0.2, example=example)
    assert [e.path for e in treatment.edits] == ["blocks.0.2", "blocks.1.2"]
    treated = treat(model, treatment)
    assert same_bits(out(model.eval(), example)[0], out(treated.eval(), example)[0])


class _Sum(nn.Module):
    """Two layers of one input, added: no residual block."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.wide = nn.Linear(4, 6), nn.Linear(6, 2)
        self.deep = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2))

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 4) to logits of shape (n, 2)."""
        x = self.embed(x)
        logits: Tensor = self.wide(x) + self.deep(x)
        return logits


class DropPath(nn.Module):
    """Another library's stochastic depth."""

    def forward(self, x: Tensor) -> Tensor:
        """Give what came in, as in evaluation mode."""
        return x


class _Has(nn.Module):
    """A residual block that has stochastic depth already."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.path, self.fc2 = nn.Linear(4, 4), DropPath(), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 4) to (n, 2)."""
        logits: Tensor = self.fc2(x + self.path(torch.relu(self.fc1(x))))
        return logits


class _TimeFirst(nn.Module):
    """A residual branch whose examples are not along the first axis."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Sequences of shape (n, steps, 4) to (steps, n, 2)."""
        x = x.transpose(0, 1)
        logits: Tensor = self.fc2(x + self.fc1(x))
        return logits


@pytest.mark.parametrize(
    ("model", "shape", "reason"),
    [
        (_Sum(), (5, 4), NO_BRANCH),
        (_Has(), (5, 4), "has stochastic depth already"),
        (_TimeFirst(), (5, 3, 4), "not the 5 examples along its first axis"),
    ],
)
def test_what_is_no_branch_is_left_alone(model: nn.Module, shape: tuple[int, ...], reason: str) -> None:
    """Sums of two towers, another library's stochastic depth, and sequences with time first are refused."""
    with pytest.raises(NothingMatchedError, match=reason):
        plan(model, DEPTH, dose=0.2, example=torch.randn(shape))


def test_a_second_treatment_finds_the_first() -> None:
    """A branch that is left out already is not taken again."""
    model, treatment = planned("stochastic-depth", 0.2, BY_NAME["ResNet-like"])
    treated = treat(model, treatment)
    with pytest.raises(NothingMatchedError, match="has stochastic depth already"):
        plan(treated, DEPTH, dose=0.3, example=BY_NAME["ResNet-like"].example())


@pytest.mark.parametrize("dose", [-0.1, 1.0, float("nan")])
def test_rates_must_lie_below_one(dose: float) -> None:
    """The range is named."""
    with pytest.raises(SettingsError, match=r"\[0, 1\)"):
        plan(_Has(), DEPTH, dose=dose, example=torch.randn(5, 4))


def test_the_code_to_paste_names_class_and_block() -> None:
    """The lines say where the module is made and where the branch passes through it."""
    _, treatment = planned("stochastic-depth", 0.3, BY_NAME["ResNet-like"])
    assert treatment.edits[1].code.splitlines() == [
        "from goodfit.nn import StochasticDepth",
        "self.branch_bn2 = StochasticDepth(0.2)  # in Block.__init__, of layer1.1",
        "x = self.branch_bn2(self.bn2(x))  # in Block.forward",
    ]
