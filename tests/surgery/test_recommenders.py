# SPDX-License-Identifier: Apache-2.0
"""Recommenders: between the layers of a tower, and the input of an autoencoder."""

import pytest
import torch
from torch import nn

from goodfit.surgery import plan, treat, verify
from goodfit.testing.architectures import ARCHITECTURES
from goodfit.values import Dose, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
BY_NAME = {each.name: each for each in ARCHITECTURES}


def test_a_tower_is_dropped_from_between_its_layers() -> None:
    """Not the embedded ids, unless the first layer is named; a branch beside the tower does not matter."""
    architecture = BY_NAME["Neural collaborative filtering"]
    model, example = architecture.build(), architecture.example()
    treatment = plan(model, RAISE, example=example)
    assert [edit.path for edit in treatment.edits] == ["tower.2", "out"]
    assert [edit.path for edit in plan(model, RAISE, example=example, where="tower.0").edits] == ["tower.0"]


def test_an_autoencoder_loses_inputs() -> None:
    """A network that gives back its input drops from it; its hidden layers are left, unless they are named."""
    architecture = BY_NAME["Autoencoder recommender"]
    model, example = architecture.build(), architecture.example()
    treatment = plan(model, RAISE, example=example)
    assert [edit.path for edit in treatment.edits] == ["encoder.0"]
    assert "gives back its input" in {skip.path: skip.because for skip in treatment.skipped}["decoder"]
    assert [edit.path for edit in plan(model, RAISE, example=example, where="decoder").edits] == ["decoder"]
    treated = treat(model, treatment).train()
    seen: list[torch.Tensor] = []
    treated.get_submodule("encoder.0").register_forward_hook(lambda _m, given, _o: seen.append(given[0]))
    treated(example)
    normed = nn.functional.normalize(example, dim=1)
    lost = (seen[0] == 0) & (normed != 0)
    assert lost.any()
    assert torch.allclose(seen[0][~lost], normed[~lost] / 0.6)


def test_a_network_as_wide_at_both_ends_is_no_autoencoder_without_a_narrower_layer() -> None:
    """A regression from as many numbers to as many is a perceptron."""
    model = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 6))
    assert [edit.path for edit in plan(model, RAISE).edits] == ["2"]


@pytest.mark.parametrize("name", ["Neural collaborative filtering", "Autoencoder recommender"])
def test_a_treated_recommender_drops_and_learns(name: str) -> None:
    """Two passes in training differ, gradients flow, and inference is the untreated model's."""
    architecture = BY_NAME[name]
    model, example = architecture.build(), architecture.example()
    treatment = plan(model, RAISE, example=example)
    treated = treat(model, treatment)
    verify(model, treated, treatment, example)
    args = example if isinstance(example, tuple) else (example,)
    treated.train()
    assert not torch.equal(treated(*args), treated(*args))
    architecture.loss(treated(*args)).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None for p in treated.parameters())


class _Factors(nn.Module):
    """A matrix factorisation with a dropout that is switched off."""

    def __init__(self) -> None:
        super().__init__()
        self.person, self.film = nn.Embedding(9, 4), nn.Embedding(8, 4)
        self.drop = nn.Dropout(0.0)

    def forward(self, person: torch.Tensor, film: torch.Tensor) -> torch.Tensor:
        match: torch.Tensor = self.drop(self.person(person) * self.film(film)).sum(dim=1)
        return match


def test_a_factorisation_is_dropped_from_where_its_user_meant_to() -> None:
    """A model of embeddings alone has no layer to put dropout in front of; the dropout that is there is the place."""
    model, example = _Factors(), (torch.tensor([1, 2, 3]), torch.tensor([3, 4, 5]))
    treatment = plan(model, RAISE, example=example)
    assert [(edit.path, edit.before, edit.after) for edit in treatment.edits] == [("drop", 0.0, 0.4)]
    verify(model, treat(model, treatment), treatment, example)
