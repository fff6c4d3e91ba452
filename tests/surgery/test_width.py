# SPDX-License-Identifier: Apache-2.0
"""More nodes and fewer nodes: what must hold on every architecture, in every manner, and where it must not go."""

import copy
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.surgery import Subject, plan, revert_, treat, treat_
from goodfit.surgery.plans._rehearsal import is_close
from goodfit.surgery.plans.width import in_manner
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.values import Prescription, Treatment
from structure_contract import BY_NAME, StructureContract, layer, look, out, planned

# torch.compile asks tensors for .grad and hides its own warning by a filter that "error" outranks.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute")

MORE, FEWER = Prescription(remedy="more-nodes"), Prescription(remedy="fewer-nodes")
PLACES: dict[str, tuple[str, ...]] = {
    "MLP": ("1", "3"),
    "CNN": ("conv1", "conv2", "fc1"),
    "VGG-like": ("features.0", "features.4", "classifier.0", "classifier.3"),
    "ResNet-like": ("layer1.0.conv1", "layer1.1.conv1", "layer2.0.conv1"),
    "Transformer encoder": ("encoder.layers.0.linear1", "encoder.layers.1.linear1"),
    "BERT-like": (
        "bert.encoder.layer.0.intermediate.dense",
        "bert.encoder.layer.1.intermediate.dense",
        "bert.pooler.dense",
    ),
    "GPT-like": ("transformer.h.0.mlp.c_fc", "transformer.h.1.mlp.c_fc"),
    "Neural collaborative filtering": ("tower.0", "tower.2"),
    "Autoencoder recommender": ("encoder.0",),
    "Functional dropout": ("fc1", "fc2"),
    "Loop of subclasses, frozen": ("layers.1", "layers.2"),
}
RECURRENT = "the hidden size of a recurrent layer is not changed"
REFUSED = {
    "LSTM classifier": RECURRENT,
    "LSTM language model": RECURRENT,
    "GRU tagger, packed": RECURRENT,
    "Siamese, shared": "first: runs 2 times in one forward pass; middle: runs 4 times",
}
PLANNED = [each for each in ARCHITECTURES if each.name in PLACES]


class TestMoreNodes(StructureContract):
    """Twice the width, function-preserving."""

    remedy = "more-nodes"
    dose = 2.0
    places: ClassVar[dict[str, tuple[str, ...]]] = PLACES
    refused: ClassVar[dict[str, str]] = REFUSED


class TestFewerNodes(StructureContract):
    """Half the width, the strongest units."""

    remedy = "fewer-nodes"
    dose = 0.5
    places: ClassVar[dict[str, tuple[str, ...]]] = PLACES
    refused: ClassVar[dict[str, str]] = REFUSED


def _more(case: Architecture, factor: float = 2.0) -> tuple[nn.Module, Treatment]:
    return planned("more-nodes", factor, case)


@pytest.mark.parametrize("case", PLANNED, ids=lambda case: case.name)
@pytest.mark.parametrize("factor", [1.3, 1.75, 3.0])
def test_the_function_is_kept_at_any_factor(case: Architecture, factor: float) -> None:
    """Also where some units are copied more often than others, the output stays up to rounding."""
    model, treatment = _more(case, factor)
    treated = treat(model, treatment)
    assert all(map(is_close, out(model.eval(), case.example()), out(treated.eval(), case.example())))
    for edit in treatment.edits:
        assert edit.after == max(1, round((edit.before or 0) * factor))


@pytest.mark.parametrize("case", PLANNED, ids=lambda case: case.name)
@pytest.mark.parametrize(("remedy", "dose"), [("more-nodes", 2.0), ("fewer-nodes", 0.5)])
def test_fresh_layers_are_as_wide_and_not_the_old_ones(case: Architecture, remedy: str, dose: float) -> None:
    """In the manner "fresh" shapes are the same as in the other manner, numbers are others, and revert is exact."""
    model, treatment = planned(remedy, dose, case)
    fresh = in_manner(treatment, "fresh")
    kept, drawn = treat(model, treatment), treat(model, fresh)
    assert {k: v.shape for k, v in kept.state_dict().items()} == {
        k: v.shape for k, v in drawn.state_dict().items()
    }
    assert not any(map(is_close, out(model.eval(), case.example()), out(drawn.eval(), case.example())))
    before = look(model)
    treat_(model, fresh)
    revert_(model, fresh)
    assert look(model) == before


def test_fresh_numbers_are_those_of_a_new_layer() -> None:
    """New weights lie within torch's bound 1 / sqrt(inputs) of the new sizes, and fill it."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(50, 100), nn.ReLU(), nn.Linear(100, 40))
    treatment = in_manner(plan(model, MORE, dose=4.0), "fresh")
    treat_(model, treatment)
    for each in (layer(model, "0"), layer(model, "2")):
        bound = each.in_features**-0.5
        assert each.weight.shape == (each.out_features, each.in_features)
        assert each.weight.abs().max() <= bound
        assert each.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
    other = nn.Sequential(nn.Linear(50, 100), nn.ReLU(), nn.Linear(100, 40))
    treat_(other, treatment)
    assert not torch.equal(layer(other, "0").weight, layer(model, "0").weight)


def test_outgoing_weights_are_as_large_as_those_of_a_wider_layer() -> None:
    """The shares of c copies have a mean square of about 1 / c of the weights before, and add up to them."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 200), nn.ReLU(), nn.Linear(200, 50))
    old = layer(model, "2").weight.detach().clone()
    treat_(model, plan(model, MORE, dose=4.0))
    new = layer(model, "2").weight.detach()
    assert new.square().mean().item() == pytest.approx(old.square().mean().item() / 4, rel=0.05)
    incoming = layer(model, "0").weight.detach()
    for unit in range(0, 200, 50):
        copies = (incoming == incoming[unit]).all(dim=1)
        assert copies.sum() == 4
        assert torch.allclose(new[:, copies].sum(dim=1), old[:, unit], atol=1e-6)


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_copies_part_in_training(kind: Any) -> None:
    """Copies of a unit start equal and become different within a few steps, also under Adam, which hides sizes."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    treat_(model, plan(model, MORE, dose=2.0))
    assert _equal_pairs(layer(model, "0").weight) == 8
    optimizer = kind(model.parameters(), lr=1e-2)
    inputs, targets = torch.randn(32, 6), torch.randn(32, 3)
    for _ in range(5):
        optimizer.zero_grad()
        (model(inputs) - targets).square().mean().backward()
        optimizer.step()
    assert _equal_pairs(layer(model, "0").weight) == 0


def _equal_pairs(weight: Tensor) -> int:
    distances = torch.cdist(weight.detach(), weight.detach())
    return int((distances < 1e-5).sum() - len(weight)) // 2


def test_the_strongest_units_stay() -> None:
    """Units stay by the norm of incoming times outgoing weights, in their order."""
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        layer(model, "0").weight.copy_(torch.tensor([[1.0, 0], [0, 3], [2, 0], [1, 1]]))
        layer(model, "2").weight.copy_(torch.tensor([[5.0, 1, 1, 0.1], [0, 1, 0, 0]]))
    treat_(model, plan(model, FEWER, dose=0.5))
    assert layer(model, "0").weight.tolist() == [[1, 0], [0, 3]]
    assert layer(model, "2").weight.tolist() == [[5, 1], [0, 1]]


def test_behind_a_norm_its_scale_counts() -> None:
    """Batch norm takes the size of incoming weights away, so that its scale stands for them."""
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        layer(model, "0").weight.copy_(torch.tensor([[9.0, 9], [1, 1], [5, 5]]))
        layer(model, "1").weight.copy_(torch.tensor([0.1, 3, 2]))
        layer(model, "3").weight.fill_(1.0)
    layer(model, "1").running_mean.copy_(torch.tensor([1.0, 2, 3]))
    treat_(model, plan(model, FEWER, dose=0.7))
    assert layer(model, "1").running_mean.tolist() == [2, 3]
    assert layer(model, "1").num_features == 2


def test_training_is_not_thrown_away() -> None:
    """After a step of training, or a changed running statistic, reverting is refused and nothing changes."""
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2))
    treatment = plan(model, MORE, dose=2.0)
    treat_(model, treatment)
    model.train()(torch.randn(8, 4))
    after = look(model)
    with pytest.raises(SurgeryError, match="what it learned would be lost"):
        revert_(model, treatment)
    assert look(model) == after


def test_parameters_stay_the_same_objects() -> None:
    """An optimiser that has not stepped yet trains the wider layers; one that has is refused by name."""
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    treatment = plan(model, MORE, dose=2.0)
    treat_(Subject(model=model, optimizer=optimizer), treatment)
    before = [p.detach().clone() for p in model.parameters()]
    model(torch.randn(8, 4)).square().mean().backward()
    optimizer.step()
    assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    other = plan(model, MORE, dose=2.0)
    with pytest.raises(SurgeryError, match="optimiser has made steps"):
        treat_(Subject(model=model, optimizer=optimizer), other)


class _TwoTowers(nn.Module):
    """Two towers whose units stand side by side, and twice, in what one layer reads."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(3, 4), nn.Linear(3, 5)
        self.head = nn.Linear(13, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 3) to (n, 2)."""
        left, right = torch.relu(self.left(x)), torch.tanh(self.right(x))
        logits: Tensor = self.head(torch.cat([left, right, left], dim=-1))
        return logits


def test_units_side_by_side_are_told_apart() -> None:
    """Spans of several layers in one reader, and one layer twice in it, move each other as they grow."""
    torch.manual_seed(0)
    model, example = _TwoTowers(), torch.randn(7, 3)
    treatment = plan(model, MORE, dose=2.0, example=example)
    assert [(e.path, e.along) for e in treatment.edits] == [
        ("left", ("head[0:4]", "head[9:13]")),
        ("right", ("head[8:13]",)),
    ]
    before = look(model)
    treated = treat(model, treatment)
    assert layer(treated, "head").in_features == 26
    assert is_close(model(example), treated(example))
    revert_(treated, treatment)
    assert look(treated) == before


class _Odd(nn.Module):
    """Units that a sum over all of them reads, so that a copy of each changes what comes out."""

    def __init__(self, reading: Any) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 4), nn.Linear(4, 2)
        self.reading = reading

    def forward(self, x: Tensor) -> Tensor:
        """Vectors of shape (n, 6) to (n, 2)."""
        out: Tensor = self.reading(self, torch.relu(self.fc1(x)))
        return out


ODD = {
    "softmax": (lambda m, h: m.fc2(h.softmax(-1)), "read through softmax"),
    "sum": (lambda m, h: m.fc2(h) * h.sum(-1, keepdim=True), "read through sum"),
    "scale": (lambda m, h: m.fc2(h * torch.arange(4.0)), "combined with something else by mul"),
    "weight": (lambda m, h: h @ m.fc2.weight.T, "combined with something else by matmul"),
    "number": (lambda m, h: m.fc2(h) if h.mean().item() > 9 else m.fc2(h * 2), "read through mean"),
    "shape": (lambda m, h: m.fc2(h.view(-1, 4)), "tried on a copy, the model does not run"),
    "output": (lambda m, h: (m.fc2(h), h), "units are in the model's output"),
    "numpy": (lambda m, h: m.fc2(h) * float(h.numpy().max()), "is read by numpy"),
    "norm": (lambda m, h: m.fc2(nn.functional.layer_norm(h, (4,))), "read through layer_norm"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_cannot_be_followed_is_left_alone(name: str) -> None:
    """A layer read by something else than layers is skipped with the reason."""
    reading, reason = ODD[name]
    with pytest.raises(NothingMatchedError) as caught:
        plan(_Odd(reading), MORE, dose=2.0, example=torch.randn(5, 6))
    assert reason in str(caught.value)


def test_a_wrong_guess_is_caught_by_the_trial() -> None:
    """Where a layer is not what it looks like, its widening changes the output on a copy, and is not planned."""

    class Doubling(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
            return super().forward(input) + input.sum(dim=-1, keepdim=True)

    model = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), Doubling(4, 4), nn.ReLU(), nn.Linear(4, 2))
    treatment = plan(model, MORE, dose=2.0)
    assert [edit.path for edit in treatment.edits] == ["2"]
    skipped = {skip.path: skip.because for skip in treatment.skipped}
    assert skipped["0"] == "tried on a copy, what 2 gives changes with it"


def test_tied_frozen_and_reparametrised_layers_are_left_alone() -> None:
    """Each with its reason, and so is a layer that one of them reads."""
    tied = nn.Sequential(*(each for _ in range(3) for each in (nn.Linear(4, 4), nn.ReLU())), nn.Linear(4, 2))
    tied[2].weight = tied[0].weight
    tied[4].requires_grad_(requires_grad=False)
    with pytest.raises(NothingMatchedError) as caught:
        plan(tied, MORE, dose=2.0)
    assert "0: is tied" in str(caught.value)
    assert "2: is tied" in str(caught.value)
    assert "4: is frozen" in str(caught.value)
    normed = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 4)), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(NothingMatchedError, match="parametrisation"):
        plan(normed, MORE, dose=2.0)


def test_places_can_be_chosen() -> None:
    """A glob and a prescription's own places leave the other layers as they are."""
    case = BY_NAME["CNN"]
    model = case.build()
    treatment = plan(model, MORE, dose=2.0, example=case.example(), where="conv*")
    assert [edit.path for edit in treatment.edits] == ["conv1", "conv2"]
    named = Prescription(remedy="more-nodes", where=("fc1",))
    assert [e.path for e in plan(model, named, dose=2.0, example=case.example()).edits] == ["fc1"]


@pytest.mark.parametrize(
    ("prescription", "dose"),
    [(MORE, 1.0), (MORE, 0.5), (MORE, float("nan")), (FEWER, 1.0), (FEWER, 0.0), (FEWER, 2.0)],
)
def test_a_factor_must_go_the_right_way(prescription: Prescription, dose: float) -> None:
    """More is above 1, fewer between 0 and 1."""
    with pytest.raises(SettingsError, match="times the present one"):
        plan(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), prescription, dose=dose)


def test_a_manner_must_exist() -> None:
    """The error names those that do."""
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(SettingsError) as caught:
        in_manner(plan(model, MORE, dose=2.0), "strongest")
    assert "function-preserving, fresh" in str(caught.value)


def test_the_same_weights_give_the_same_result() -> None:
    """Two copies of a model are widened alike, and torch's random state is left alone."""
    model = BY_NAME["CNN"].build()
    treatment = plan(model, MORE, dose=2.0, example=BY_NAME["CNN"].example())
    assert look(treat(model, treatment)) == look(treat(copy.deepcopy(model), treatment))


def test_without_an_example_it_asks_for_one() -> None:
    """Only for a plain sequence of fully connected layers a batch is made up."""
    with pytest.raises(NothingMatchedError, match="no example batch was given"):
        plan(BY_NAME["CNN"].build(), MORE, dose=2.0)
    assert plan(BY_NAME["MLP"].build(), MORE, dose=2.0).edits
