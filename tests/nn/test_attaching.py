# SPDX-License-Identifier: Apache-2.0
"""Dropout before and behind a layer: keys, indices and evaluation stay, and it is found and taken away again."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from goodfit.errors import SurgeryError
from goodfit.nn import (
    Dropout,
    EmbeddingDropout,
    LockedDropout,
    SpatialDropout,
    StochasticDepth,
    attach_,
    attached,
    detach_,
    key_dropouts_,
    weight_drop_,
)


def test_a_rate_alone_goes_in_front() -> None:
    """attach_(layer, rate) makes a Dropout on the input, as it always did."""
    layer = nn.Linear(4, 4)
    new = attach_(layer, 0.4)
    assert isinstance(new, Dropout)
    assert attached(layer) is new
    assert attached(layer, "output") is None


@pytest.mark.parametrize("side", ["input", "output"])
def test_both_sides_keep_keys_and_evaluation(side: str) -> None:
    """Keys and the output in evaluation mode do not change; training drops on the side it was asked for."""
    layer = nn.Linear(50, 50)
    keys, x = list(layer.state_dict()), torch.randn(8, 50)
    before = layer(x)
    attach_(layer, 0.5, side)  # type: ignore[arg-type]
    assert list(layer.state_dict()) == keys
    dropped = layer(x)
    assert ((dropped == 0).any()).item() == (side == "output")
    assert not torch.equal(dropped, before)
    assert torch.equal(layer.eval()(x), before)


def test_several_on_one_layer() -> None:
    """Input, output and weight drop live on one layer, and each is taken away alone."""
    lstm = nn.LSTM(6, 6)
    attach_(lstm, LockedDropout(0.2))
    behind = attach_(lstm, LockedDropout(0.3), "output")
    weight_drop_(lstm, 0.5)
    lstm(torch.randn(3, 2, 6))
    detach_(lstm, "input")
    assert attached(lstm, "input") is None
    assert attached(lstm, "output") is behind
    assert len(lstm._forward_pre_hooks) == 1  # the weight drop's
    detach_(lstm, "output")
    assert not [name for name, _ in lstm.named_children() if name != "weight_drop"]


def test_the_first_of_several_outputs_is_dropped() -> None:
    """Of an LSTM's (output, hidden) the output is dropped, locked over time, and the hidden state is not."""
    lstm = nn.LSTM(6, 40)
    attach_(lstm, LockedDropout(0.5), side="output")
    out, (hidden, _) = lstm(torch.randn(5, 2, 6))
    zero = out == 0
    assert zero.any()
    assert all(torch.equal(zero[0], step) for step in zero)
    assert not (hidden == 0).any()


@pytest.mark.parametrize("dropout", [LockedDropout(0.5), Dropout(0.5)])
@pytest.mark.parametrize("side", ["input", "output"])
def test_packed_sequences_stay_packed(dropout: nn.Module, side: str) -> None:
    """A recurrent layer that reads and gives packed sequences still does."""
    gru = nn.GRU(6, 40)
    attach_(gru, copy.deepcopy(dropout), side)  # type: ignore[arg-type]
    out, _ = gru(pack_sequence([torch.randn(4, 6), torch.randn(2, 6)]))
    assert isinstance(out, PackedSequence)
    assert (out.data == 0).any().item() == (side == "output")


def test_keyword_inputs_and_several_inputs() -> None:
    """The first input is dropped from, given by name or not, and the others pass through."""

    class Sum(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return a + 10 * b

    layer = Sum()
    attach_(layer, 1.0)
    ones = torch.ones(3)
    assert torch.equal(layer(ones, ones), 10 * ones)
    assert torch.equal(layer(a=ones, b=ones), 10 * ones)


def test_words_drop_behind_an_embedding() -> None:
    """EmbeddingDropout behind an embedding gets the ids; elsewhere it is refused."""
    table = nn.Embedding(20, 8)
    attach_(table, EmbeddingDropout(20, 0.5), side="output")
    ids = torch.arange(20).repeat(3)
    gone = (table(ids) == 0).all(1).view(3, 20)
    assert gone.any()
    assert torch.equal(gone[0], gone[1])
    for layer, side in ((nn.Linear(2, 2), "output"), (nn.Embedding(20, 8), "input")):
        with pytest.raises(SurgeryError, match="Embedding"):
            attach_(layer, EmbeddingDropout(20, 0.5), side)  # type: ignore[arg-type]


@pytest.mark.parametrize("dropout", [SpatialDropout(0.5), StochasticDepth(0.5), nn.Dropout2d(0.5)])
def test_other_kinds(dropout: SpatialDropout) -> None:
    """Any dropout module goes behind a convolution, also torch's own."""
    convolution = nn.Conv2d(3, 64, 3)
    attach_(convolution, dropout, side="output")
    out = convolution(torch.randn(16, 3, 8, 8))
    assert (out == 0).all((2, 3)).any()


def test_copies_and_pickles_stay_whole() -> None:
    """A copy drops by its own child, and both sides can be taken away there."""
    layer = nn.Linear(30, 30)
    attach_(layer, 0.5)
    attach_(layer, 0.5, "output")
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # noqa: S301 - our own bytes
        assert attached(other) is not attached(layer)
        detach_(other)
        detach_(other, "output")
        x = torch.randn(2, 30)
        assert torch.equal(other(x), other(x))
    assert (layer(torch.randn(2, 30)) == 0).any()


def test_all_that_is_attached_is_keyed() -> None:
    """key_dropouts_ reaches attached dropouts of every kind of ours, and leaves none of them alone."""
    net = nn.ModuleDict({"words": nn.Embedding(9, 4), "lstm": nn.LSTM(4, 4), "out": nn.Linear(4, 2)})
    attach_(net["words"], EmbeddingDropout(9, 0.3), "output")
    attach_(net["lstm"], LockedDropout(0.3))
    attach_(net["out"], 0.3)
    weight_drop_(net["lstm"], 0.3)

    def run() -> Tensor:
        out: Tensor = net["out"](net["lstm"](net["words"](torch.arange(9)[:, None]))[0])
        return out

    keys = key_dropouts_(net, 1)
    assert keys.left_alone == ()
    state, first = torch.get_rng_state(), run()
    keys.step = 0
    assert torch.equal(run(), first)
    keys.step = 1
    assert not torch.equal(run(), first)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_does_not_fit_is_refused() -> None:
    """A taken name, a bad rate, an unknown side and a batch_first that disagrees raise, and nothing changes."""
    layer = nn.LSTM(4, 4, batch_first=True)
    with pytest.raises(SurgeryError, match="batch_first"):
        attach_(layer, LockedDropout(0.3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        attach_(layer, 1.5)
    with pytest.raises(ValueError, match="'sideways'"):
        attach_(layer, 0.5, "sideways")  # type: ignore[arg-type]
    assert not list(layer.children())
    attach_(layer, 0.5, "output")
    with pytest.raises(SurgeryError, match="already has"):
        attach_(layer, 0.5, "output")


def test_a_child_of_the_users_own_is_not_taken_for_ours() -> None:
    """A layer with a dropout of the same name but without our hook is not "attached", and is left alone."""
    layer = nn.Linear(2, 2)
    layer.output_dropout = nn.Dropout(0.1)
    assert attached(layer, "output") is None
    detach_(layer, "output")
    assert isinstance(layer.output_dropout, nn.Dropout)
