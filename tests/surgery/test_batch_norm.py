# SPDX-License-Identifier: Apache-2.0
"""Batch norm: what must hold on every architecture, which keys it adds, and where it must not go."""

from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.surgery import plan, revert_, treat, treat_
from goodfit.surgery.edits.batch_norm import inserted_norm
from goodfit.surgery.plans._rehearsal import is_close
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.values import Prescription
from structure_contract import BY_NAME, StructureContract, layer, look, out, planned

# torch.compile asks tensors for .grad and hides its own warning by a filter that "error" outranks.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")

NORM = Prescription(remedy="batch-norm")
PLACES: dict[str, tuple[str, ...]] = {
    "MLP": ("1", "3"),
    "CNN": ("conv1", "conv2", "fc1"),
    "VGG-like": ("classifier.0", "classifier.3"),
    "BERT-like": ("bert.pooler.dense",),
    "Neural collaborative filtering": ("tower.0", "tower.2"),
    "Autoencoder recommender": ("encoder.0",),
    "Functional dropout": ("fc1", "fc2"),
    "Loop of subclasses, frozen": ("layers.1", "layers.2"),
}
PLANNED = [each for each in ARCHITECTURES if each.name in PLACES]


class TestBatchNorm(StructureContract):
    """A norm behind each hidden layer that has an activation and no norm."""

    remedy = "batch-norm"
    places: ClassVar[dict[str, tuple[str, ...]]] = PLACES
    refused: ClassVar[dict[str, str]] = {
        "ResNet-like": "each hidden layer has a norm behind it already",
        "LSTM classifier": "no hidden layer that is fully connected or convolutional",
        "LSTM language model": "decoder: is tied",
        "GRU tagger, packed": "no hidden layer that is fully connected or convolutional",
        "Transformer encoder": "linear1: its output is a sequence",
        "GPT-like": "c_fc: its output is a sequence",
        "Siamese, shared": "first: runs 2 times in one forward pass",
    }


@pytest.mark.parametrize("case", PLANNED, ids=lambda case: case.name)
def test_an_old_checkpoint_loads_but_for_the_norms(case: Architecture) -> None:
    """With strict=False a checkpoint of the untreated model loads; only keys of the new norms are missing."""
    model, treatment = planned("batch-norm", None, case)
    treated = treat(case.build(), treatment)
    result = treated.load_state_dict(model.state_dict(), strict=False)
    norms = {f"{edit.path}.output_norm" for edit in treatment.edits}
    assert result.unexpected_keys == []
    assert {key.rpartition(".")[0] for key in result.missing_keys} == norms
    numbers = {key.rpartition(".")[2] for key in result.missing_keys}
    assert numbers - {"num_batches_tracked"} == {"weight", "bias", "running_mean", "running_var"}
    assert all(map(is_close, out(model.eval(), case.example()), out(treated.eval(), case.example())))
    back = model.load_state_dict(treated.state_dict(), strict=False)
    assert back.missing_keys == []


@pytest.mark.parametrize("case", PLANNED, ids=lambda case: case.name)
def test_features_are_normed_in_training(case: Architecture) -> None:
    """In training mode the norm gives each feature mean 0 and variance 1 over the batch."""
    model, treatment = planned("batch-norm", None, case)
    treat_(model, treatment)
    seen: list[Tensor] = []
    for edit in treatment.edits:
        norm = inserted_norm(model.get_submodule(edit.path))
        assert norm is not None
        norm.register_forward_hook(lambda _m, _i, given: seen.append(given.clone()))
    out(model.train(), case.example())
    assert len(seen) == len(treatment.edits)
    for given in seen:
        features = given.transpose(0, 1).flatten(1)
        assert features.mean(dim=1).abs().max() < 1e-5
        assert features.var(dim=1, unbiased=False).max() < 1 + 1e-5


def test_norms_fit_their_layers() -> None:
    """One-, two- and three-dimensional maps get their own norm, in the layer's type."""
    model = nn.Sequential(
        *(nn.Conv3d(1, 3, 2), nn.ReLU(), nn.Flatten(2), nn.Conv1d(3, 4, 2), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(28, 5), nn.GELU(), nn.Linear(5, 2)),
    ).double()
    example = torch.randn(6, 1, 3, 3, 3, dtype=torch.float64)
    treated = treat(model, plan(model, NORM, example=example))
    kinds = [type(inserted_norm(layer(treated, place))) for place in ("0", "3", "6")]
    assert kinds == [nn.BatchNorm3d, nn.BatchNorm1d, nn.BatchNorm1d]
    assert all(p.dtype == torch.float64 for p in treated.parameters())
    assert torch.allclose(model.eval()(example), treated.eval()(example), rtol=1e-12)


def test_what_a_norm_learned_is_not_thrown_away() -> None:
    """After a batch in training mode the norm stays, and the error says so."""
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    treatment = plan(model, NORM)
    treat_(model, treatment)
    model.train()(torch.randn(8, 4))
    after = look(model)
    with pytest.raises(SurgeryError, match="has been trained"):
        revert_(model, treatment)
    assert look(model) == after


def test_a_wider_layer_takes_its_norm_along() -> None:
    """Widths of a layer with an inserted norm can still be changed, function-preserving."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    treat_(model, plan(model, NORM))
    example = torch.randn(8, 4)
    model.train()(example)
    widening = plan(model, Prescription(remedy="more-nodes"), dose=1.5)
    assert [(e.path, e.along) for e in widening.edits] == [("0", ("0.output_norm", "2"))]
    wider = treat(model, widening)
    assert is_close(out(model.eval(), example)[0], out(wider.eval(), example)[0])


class _Chain(nn.Module):
    """Two fully connected layers, and what stands between them."""

    def __init__(self, between: Any) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 4), nn.Linear(4, 2)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 6) to (n, 2)."""
        logits: Tensor = self.fc2(self.between(self.fc1(x)))
        return logits


@pytest.mark.parametrize(
    ("between", "reason"),
    [
        (nn.LayerNorm(4), "a norm follows it already"),
        (lambda h: nn.functional.layer_norm(h, (4,)).relu(), "a norm follows it already"),
        (nn.Identity(), "no activation follows it"),
        (lambda h: h * 2, "no activation follows it"),
    ],
)
def test_where_a_norm_does_not_belong(between: Any, reason: str) -> None:
    """No second norm, and none where no activation follows."""
    with pytest.raises(NothingMatchedError, match=reason):
        plan(_Chain(between), NORM, example=torch.randn(5, 6))


@pytest.mark.parametrize(
    "between", [lambda h: h * torch.sigmoid(h), nn.functional.silu, nn.PReLU(), nn.Softplus()]
)
def test_activations_of_any_spelling_are_seen(between: Any) -> None:
    """Functions, modules and products with a sigmoid count."""
    assert [e.path for e in plan(_Chain(between), NORM, example=torch.randn(5, 6)).edits] == ["fc1"]


def test_rows_that_are_no_examples_are_not_normed() -> None:
    """Where a model folds its sequences into rows, padding among them, no norm is put in."""
    with pytest.raises(NothingMatchedError, match="gives 15 rows for 5 examples"):
        plan(
            nn.Sequential(nn.Flatten(0, 1), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)),
            NORM,
            example=torch.randn(5, 3, 4),
        )


def test_it_has_no_dose() -> None:
    """A dose is refused; none is needed."""
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    with pytest.raises(SettingsError, match="has no dose"):
        plan(model, NORM, dose=0.5)
    treatment = plan(model, NORM)
    assert [(e.path, e.before, e.after) for e in treatment.edits] == [("0", None, 6)]
    assert treatment.edits[0].code.startswith("nn.BatchNorm1d(6),  # index 1 of the new nn.Sequential")


def test_places_can_be_chosen() -> None:
    """A predicate leaves the other layers as they are."""
    case = BY_NAME["CNN"]
    treatment = plan(
        case.build(), NORM, example=case.example(), where=lambda module, _: isinstance(module, nn.Conv2d)
    )
    assert [edit.path for edit in treatment.edits] == ["conv1", "conv2"]
