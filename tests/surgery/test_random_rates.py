# SPDX-License-Identifier: Apache-2.0
"""A treatment with random rates: where they can be, what the other places get, and that it can be taken back."""

import copy

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError, SurgeryError
from goodfit.nn import Dropout, random_rates_
from goodfit.surgery import at_random_rates, plan, revert_, treat, treat_, verify
from goodfit.values import EditKind, Prescription, Treatment

RAISE = Prescription(remedy="raise-dropout")


class _Reader(nn.Module):
    """A recurrent layer with a rate of its own, and a fully connected one behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, dropout=0.1, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(self.lstm(x)[0])
        return out


def _mlp() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(6, 400), nn.ReLU(), nn.Dropout(0.2), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 3)
    )


def _planned(model: nn.Module, example: Tensor) -> Treatment:
    return at_random_rates(model, plan(model, RAISE, dose=0.9, example=example))


def test_each_example_drops_at_one_rate_in_all_places() -> None:
    """A dropout that was there and one that is put in drop an example at its one rate, up to the dose."""
    torch.manual_seed(0)
    model, batch = _mlp(), torch.randn(64, 6)
    treatment = _planned(model, batch)
    assert [edit.kind for edit in treatment.edits] == [
        EditKind.SET_RATE,
        EditKind.INSERT_DROPOUT,
        EditKind.RANDOM_RATES,
    ]
    treated = treat(model, treatment)
    verify(model, treated, treatment, batch)
    seen: list[Tensor] = []
    for layer in treated.modules():
        if isinstance(layer, Dropout):
            layer.register_forward_hook(lambda _layer, given, out: seen.append(_lost(given[0], out)))
    treated.train()(batch)
    assert len(seen) == 2
    assert torch.allclose(seen[0], seen[1], atol=0.15)
    assert seen[0].min() < 0.2
    assert 0.7 < seen[0].max() < 0.95


def _lost(given: Tensor, out: Tensor) -> Tensor:
    """The share of what was there that is gone, for each example."""
    return ((given > 0) & (out == 0)).sum(1) / (given > 0).sum(1)


def test_places_that_cannot_vary_get_the_mean() -> None:
    """The rate inside a recurrent layer is half of what the sequences behind it drop at most."""
    model, batch = _Reader(), torch.randn(4, 5, 6)
    treatment = _planned(model, batch)
    rates = {edit.path: edit.after for edit in treatment.edits if edit.kind is not EditKind.RANDOM_RATES}
    assert rates == {"out": pytest.approx(0.9), "lstm": pytest.approx(0.45)}
    treated = treat(model, treatment)
    verify(model, treated, treatment, batch)
    assert model.lstm.dropout == pytest.approx(0.1)


def test_it_is_taken_back_whole() -> None:
    """After revert_ the model has its own rates, no hook, and trains as it did."""
    model, batch = _mlp(), torch.randn(8, 6)
    before = copy.deepcopy(model)
    treatment = _planned(model, batch)
    treat_(model, treatment)
    revert_(model, treatment)
    assert not model._forward_pre_hooks
    assert [str(layer) for layer in model] == [str(layer) for layer in before]
    outs = []
    for each in (model, before):
        torch.manual_seed(1)
        outs.append(each.train()(batch))
    assert torch.equal(*outs)


def test_models_where_it_cannot_be_are_refused() -> None:
    """Without a place that can vary, and with random rates there already, an error says so and nothing changes."""
    only_maps = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Dropout2d(0.1), nn.Flatten(), nn.Linear(8, 2))
    treatment = plan(only_maps, RAISE, dose=0.9, example=torch.randn(2, 1, 4, 4), where="2")
    with pytest.raises(NothingMatchedError, match="rate of its own"):
        at_random_rates(only_maps, treatment)
    model, batch = _mlp(), torch.randn(8, 6)
    random_rates_(model)
    with pytest.raises(SurgeryError, match="random rates already"):
        treat(model, _planned(model, batch))
