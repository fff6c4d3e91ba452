# SPDX-License-Identifier: Apache-2.0
"""Hidden units are found where they are and silenced alone, in recurrent layers at every step, and all is put back."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from goodfit.surgery.silencing import RECURRENT, WEIGHTED, hidden_units, silenced

X = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(0))


def _layers(model: nn.Module, x: Tensor = X) -> list[tuple[str, int]]:
    return [(u.path, u.units) for u in hidden_units(model, lambda: model(x), (*WEIGHTED, *RECURRENT))]


class _Reads(nn.Module):
    """A recurrent layer and an answer from its final state."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.read, self.out = layer, nn.Linear(layer.hidden_size, 2)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        _, state = self.read(x)
        hidden = state[0] if isinstance(state, tuple) else state
        found: Tensor = self.out(hidden[-1])
        return found


def test_hidden_layers_are_found_without_the_answer() -> None:
    """In the order they run, with their units; the layer that gives the answer is none of them."""
    net = nn.Sequential(nn.Conv1d(7, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(12, 5), nn.Linear(5, 2))
    assert _layers(net) == [("0", 4), ("3", 5)]
    assert _layers(_Reads(nn.LSTM(3, 6, batch_first=True))) == [("read", 6)]
    assert _layers(nn.GRU(3, 6, bidirectional=True)) == [("", 12)]


def test_behind_its_activation_in_a_sequence() -> None:
    """The unit says 0 where the next layer hears it, also behind an activation that turns 0 into something else."""
    net = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 2))
    (layer,) = hidden_units(net, lambda: net(X))
    with silenced(layer, 1), torch.no_grad():
        heard = torch.sigmoid(net[0](X))
        heard[..., 1] = 0
        torch.testing.assert_close(net(X), net[2](heard))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_unit_is_silent_at_every_step(kind: Any) -> None:
    """Neither the next step nor the next layer hears it: the same as weights from which its column is taken."""
    model = _Reads(kind(3, 6, num_layers=2, batch_first=True))
    weight: Tensor = model.read.weight_hh_l1  # type: ignore[assignment]
    kept = weight.detach().clone()
    (layer,) = hidden_units(model, lambda: model(X), RECURRENT)
    with torch.no_grad(), silenced(layer, 2):
        ours, outputs = model(X), model.read(X)[0]
    assert bool((outputs[..., 2] == 0).all())
    assert torch.equal(weight, kept)
    with torch.no_grad():
        weight[:, 2] = 0
        model.out.weight[:, 2] = 0
        torch.testing.assert_close(ours, model(X))


def test_the_other_direction_is_not_silenced() -> None:
    """Of a layer that reads both ways only the one unit of the one direction is 0, in outputs and final state."""
    read = nn.GRU(3, 4, bidirectional=True, batch_first=True)
    (layer,) = hidden_units(read, lambda: read(X), RECURRENT)
    with torch.no_grad(), silenced(layer, 5):
        outputs, state = read(X)
    assert bool((outputs[..., 5] == 0).all())
    assert bool((state[1, :, 1] == 0).all())
    assert bool((outputs[..., [0, 1, 2, 3, 4, 6, 7]] != 0).all())
    assert bool((state[0] != 0).all())


def test_packed_sentences_and_other_values() -> None:
    """A packed sequence keeps its lengths; a unit can be made to say a number of one's choice."""
    read = nn.LSTM(3, 4, batch_first=True)
    packed = pack_padded_sequence(X, torch.tensor([7, 5, 3, 2, 1]), batch_first=True)
    (layer,) = hidden_units(read, lambda: read(packed), RECURRENT)
    with torch.no_grad(), silenced(layer, 3, 0.25):
        outputs, (hidden, _) = read(packed)
    assert torch.equal(outputs.batch_sizes, packed.batch_sizes)
    assert bool((outputs.data[:, 3] == 0.25).all())
    assert bool((hidden[..., 3] == 0.25).all())


def test_all_is_put_back_after_an_error() -> None:
    """Hooks and weights are as before, whatever happened inside."""
    model = _Reads(nn.LSTM(3, 6, batch_first=True))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    (layer,) = hidden_units(model, lambda: model(X), RECURRENT)
    with pytest.raises(RuntimeError), silenced(layer, 0):
        raise RuntimeError
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert not any(part._forward_hooks for part in model.modules())
