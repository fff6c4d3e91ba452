# SPDX-License-Identifier: Apache-2.0
"""Locked and recurrent dropout: one mask for a sequence, also when sequences are packed."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from goodfit.nn import LockedDropout, MaskKeys, RecurrentDropout

LENGTHS = torch.tensor([2, 5, 3])


@pytest.mark.parametrize("batch_first", [False, True])
def test_the_mask_is_the_same_at_all_steps(batch_first: bool) -> None:
    """Steps of one sequence agree, sequences do not, and kept features are scaled."""
    torch.manual_seed(0)
    x = torch.ones((8, 6, 200) if batch_first else (6, 8, 200))
    out = LockedDropout(0.3, batch_first=batch_first)(x)
    steps = out.transpose(0, 1) if batch_first else out
    assert all(torch.equal(steps[0], step) for step in steps)
    assert not torch.equal(steps[0, 0], steps[0, 1])
    assert torch.allclose(out[out != 0], torch.tensor(1 / 0.7))
    assert (steps[0] == 0).double().mean().item() == pytest.approx(0.3, abs=5 * 0.46 / 40)


def test_a_sequence_without_a_batch() -> None:
    """(T, F) is one sequence, whatever batch_first says; other shapes are a ValueError."""
    out = LockedDropout(0.5, batch_first=True)(torch.ones(7, 50))
    assert all(torch.equal(out[0], step) for step in out)
    with pytest.raises(ValueError, match="2 or 3 dimensions"):
        LockedDropout(0.5)(torch.ones(7))


@pytest.mark.parametrize("sorted_already", [False, True])
def test_packed_sequences_get_the_mask_of_the_padded_batch(sorted_already: bool) -> None:
    """From the same key, each sequence of a PackedSequence loses the features it loses when padded."""
    lengths = LENGTHS.sort(descending=True).values if sorted_already else LENGTHS
    x = torch.randn(5, 3, 20)
    x[torch.arange(5)[:, None] >= lengths] = 0
    layer = LockedDropout(0.4)
    keys = MaskKeys(3)
    layer.key(keys, 1)
    padded = layer(x)
    keys.step = 0
    packed = layer(pack_padded_sequence(x, lengths, enforce_sorted=sorted_already))
    assert isinstance(packed, PackedSequence)
    again, found = pad_packed_sequence(packed)
    assert torch.equal(again, padded)
    assert torch.equal(found, lengths)


def test_gradients_pass_through_a_packed_mask() -> None:
    """An LSTM behind a packed locked dropout trains."""
    x = torch.randn(5, 3, 4, requires_grad=True)
    lstm = nn.LSTM(4, 6)
    out, _ = lstm(LockedDropout(0.4)(pack_padded_sequence(x, LENGTHS, enforce_sorted=False)))
    out.data.sum().backward()
    assert x.grad is not None
    dropped = (x.grad == 0).all(0)  # features that no step of a sequence passes on
    assert dropped.any()
    assert not dropped.all()


def test_a_state_keeps_its_mask_until_reset() -> None:
    """A loop over a cell drops the same features of the state at all steps; reset, train() and eval() begin anew."""
    torch.manual_seed(0)
    lock, state = RecurrentDropout(0.5), torch.ones(4, 100)
    first = lock(state)
    assert torch.equal(lock(state), first)
    lock.reset()
    second = lock(state)
    assert not torch.equal(second, first)
    assert lock.eval()(state) is state
    assert not torch.equal(lock.train()(state), second)


@pytest.mark.parametrize("cell", [nn.LSTMCell(3, 8), nn.GRUCell(3, 8)])
def test_cells_run_with_a_locked_state(cell: nn.LSTMCell | nn.GRUCell) -> None:
    """The state of torch's cells passes through, and gradients flow back through all steps."""
    lock = RecurrentDropout(0.5)
    x = torch.randn(5, 2, 3, requires_grad=True)
    hidden, memory = torch.zeros(2, 8), torch.zeros(2, 8)
    for step in x:
        if isinstance(cell, nn.LSTMCell):
            hidden, memory = cell(step, (lock(hidden), memory))
        else:
            hidden = cell(step, lock(hidden))
    torch.autograd.backward(hidden.sum())
    assert x.grad is not None
    assert x.grad.abs().sum((1, 2)).gt(0).all()


def test_fewer_rows_are_the_first_ones_and_more_are_refused() -> None:
    """Sequences that end early leave the others their mask; a larger batch without reset is a ValueError."""
    lock = RecurrentDropout(0.5)
    first = lock(torch.ones(4, 50))
    assert torch.equal(lock(torch.ones(2, 50)), first[:2])
    with pytest.raises(ValueError, match=r"reset\(\)"):
        lock(torch.ones(5, 50))


def test_another_step_of_the_keys_begins_anew() -> None:
    """A keyed lock draws one mask a step, and the same one again for the same step."""
    lock, keys = RecurrentDropout(0.5), MaskKeys(5)
    lock.key(keys, 2)
    masks: list[Tensor] = []
    for step in (0, 1, 0):
        keys.step = step
        masks.append(lock(torch.ones(4, 50)))
        assert torch.equal(lock(torch.ones(4, 50)), masks[-1])
        lock.reset()
    assert torch.equal(masks[0], masks[2])
    assert not torch.equal(masks[0], masks[1])


@pytest.mark.parametrize("layer", [LockedDropout(0.3, batch_first=True), RecurrentDropout(0.3)])
def test_evaluation_copies_and_rates(layer: LockedDropout | RecurrentDropout) -> None:
    """Evaluation mode gives the very input; copies keep rate and mode; a bad rate is a ValueError."""
    layer(torch.ones(3, 4))
    copied, loaded = copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))  # noqa: S301 - our own bytes
    assert str(copied) == str(loaded) == str(layer)
    assert "p=0.3" in str(layer)
    x = torch.ones(2, 3, 4)
    assert layer.eval()(x) is x
    with pytest.raises(ValueError, match="between 0 and 1"):
        type(layer)(1.5)
