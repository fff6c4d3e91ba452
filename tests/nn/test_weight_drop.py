# SPDX-License-Identifier: Apache-2.0
"""Weight drop on recurrent layers: parameters stay what they are, and only training computes with dropped copies."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.nn import WeightDrop, key_dropouts_, undo_weight_drop_, weight_drop_, weight_dropped

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")  # torch's own, about oneDNN
KINDS = [
    nn.LSTM(5, 7, num_layers=2, bidirectional=True),
    nn.LSTM(5, 7, proj_size=3),
    nn.GRU(5, 7, batch_first=True),
    nn.RNN(5, 7),
]


def _output(layer: nn.RNNBase, x: Tensor) -> Tensor:
    out: Tensor = layer(x)[0]
    return out


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: type(layer).__name__)
def test_keys_leaves_and_evaluation_stay(layer: nn.RNNBase) -> None:
    """State-dict keys, parameters and the output in evaluation mode are those of the untreated layer, bit for bit."""
    plain, treated = copy.deepcopy(layer).eval(), copy.deepcopy(layer)
    before = dict(treated.named_parameters())
    weight_drop_(treated, 0.5)
    assert list(treated.state_dict()) == list(plain.state_dict())
    assert all(
        before[name] is parameter and parameter.is_leaf for name, parameter in treated.named_parameters()
    )
    x = torch.randn(4, 3, 5)
    assert torch.equal(_output(treated.eval(), x), _output(plain, x))
    treated.load_state_dict(plain.state_dict())


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: type(layer).__name__)
def test_training_drops_recurrent_weights_only(layer: nn.RNNBase) -> None:
    """What is computed is what the layer gives with elements of weight_hh zeroed and the rest scaled."""
    treated, by_hand = copy.deepcopy(layer), copy.deepcopy(layer)
    weight_drop_(treated, 0.5)
    x = torch.randn(4, 3, 5)
    torch.manual_seed(9)
    out = _output(treated, x)
    torch.manual_seed(9)
    with torch.no_grad():
        for name, weight in by_hand.named_parameters():
            if name.startswith("weight_hh"):
                weight.copy_(nn.functional.dropout(weight, 0.5))
    assert torch.equal(out, _output(by_hand, x))


def test_gradients_reach_the_parameters() -> None:
    """Dropped elements get no gradient, kept ones do, and an optimizer step moves the layer."""
    layer = nn.LSTM(5, 7)
    weight_drop_(layer, 0.5)
    weight = dict(layer.named_parameters())["weight_hh_l0"]
    torch.autograd.backward(_output(layer, torch.randn(6, 3, 5)).sum())
    assert weight.grad is not None
    assert 0.3 < weight.grad.eq(0).double().mean().item() < 0.7
    before = weight.detach().clone()
    torch.optim.SGD(layer.parameters(), lr=1.0).step()
    assert not torch.equal(weight, before)


def test_a_failed_pass_leaves_the_weights_as_they_were() -> None:
    """An error inside the layer takes the dropped copies out as well."""
    layer = nn.LSTM(5, 7)
    weight_drop_(layer, 0.5)
    with pytest.raises(RuntimeError):
        layer(torch.randn(4, 3, 6))
    assert all(
        held is parameter for held, parameter in zip(layer._flat_weights, layer.parameters(), strict=True)
    )


def test_undo_leaves_nothing_behind() -> None:
    """Taken away, the layer has neither child nor hook; doing it twice is harmless."""
    layer = nn.LSTM(5, 7)
    child = weight_drop_(layer, 0.5)
    assert weight_dropped(layer) is child
    for _ in range(2):
        undo_weight_drop_(layer)
        assert weight_dropped(layer) is None
        assert not layer._forward_hooks
        assert not layer._forward_pre_hooks
        assert not layer._forward_hooks_always_called
    x = torch.randn(4, 3, 5)
    assert torch.equal(_output(layer, x), _output(layer, x))


def test_copies_drop_for_themselves() -> None:
    """Deepcopy and pickle carry the weight drop, with weights of their own, and it can be undone there."""
    layer = nn.LSTM(5, 7)
    weight_drop_(layer, 0.5)
    x = torch.randn(4, 3, 5)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # noqa: S301 - our own bytes
        assert isinstance(weight_dropped(other), WeightDrop)
        assert not torch.equal(_output(other, x), _output(other, x))
        torch.autograd.backward(_output(other, x).sum())
        assert layer.weight_hh_l0.grad is None
        undo_weight_drop_(other)
        assert torch.equal(_output(other, x), _output(other, x))


def test_keyed_weight_drop() -> None:
    """key_dropouts_ keys it: the same step gives the same dropped weights, and the global state is untouched."""
    layer = nn.LSTM(5, 7)
    weight_drop_(layer, 0.5)
    keys = key_dropouts_(layer, 4)
    assert keys.left_alone == ()
    x, state = torch.randn(4, 3, 5), torch.get_rng_state()
    first = _output(layer, x)
    keys.step = 0
    assert torch.equal(_output(layer, x), first)
    assert torch.equal(torch.get_rng_state(), state)


def test_other_layers_and_a_second_time_are_refused() -> None:
    """Cells and linear layers, a layer treated already, and a bad rate raise before anything changes."""
    for other in (nn.Linear(2, 2), nn.LSTMCell(2, 2)):
        with pytest.raises(SurgeryError, match="LSTM, GRU and RNN"):
            weight_drop_(other, 0.5)
    layer = nn.GRU(2, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        weight_drop_(layer, 1.5)
    assert weight_dropped(layer) is None
    weight_drop_(layer, 0.5)
    with pytest.raises(SurgeryError, match="already has"):
        weight_drop_(layer, 0.5)
