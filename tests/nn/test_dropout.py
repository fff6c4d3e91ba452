# SPDX-License-Identifier: Apache-2.0
"""Keyed dropout: torch's semantics, masks that nest, and a global random state nobody touches."""

import copy
import pickle
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from goodfit.errors import TrainingError
from goodfit.nn import Dropout, MaskKeys, key_dropouts_, layer_key


def _mask(rate: float, *, seed: int = 7, step: int = 0, path: str = "drop") -> Tensor:
    layer = Dropout(rate)
    keys = MaskKeys(seed)
    keys.step = step
    layer.key(keys, layer_key(path))
    out: Tensor = layer(torch.ones(64, 64))
    return out


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_outside_0_to_1_is_refused(rate: float) -> None:
    """A probability outside [0, 1], or NaN, is a ValueError, as in torch."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        Dropout(rate)


def test_without_a_key_it_is_torchs_dropout() -> None:
    """From the same global state, ours and torch's give the same numbers."""
    x = torch.randn(8, 8)
    torch.manual_seed(3)
    ours = Dropout(0.3)(x)
    torch.manual_seed(3)
    assert torch.equal(ours, nn.Dropout(0.3)(x))


def test_masks_nest_across_rates() -> None:
    """What is dropped at .2 is dropped at .6, and the share dropped is the rate."""
    low, high = _mask(0.2) == 0, _mask(0.6) == 0
    assert not (low & ~high).any()
    assert low.float().mean().item() == pytest.approx(0.2, abs=0.03)
    assert high.float().mean().item() == pytest.approx(0.6, abs=0.03)


def test_kept_elements_are_scaled() -> None:
    """Kept elements are divided by 1 - p, so that the mean stays."""
    kept = _mask(0.6)
    assert torch.allclose(kept[kept != 0], torch.tensor(2.5))


def test_the_mask_depends_on_seed_step_layer_and_call() -> None:
    """Each part of the key changes the mask; the same key gives the same mask."""
    base = _mask(0.5)
    assert torch.equal(base, _mask(0.5))
    for other in (_mask(0.5, seed=8), _mask(0.5, step=1), _mask(0.5, path="other")):
        assert not torch.equal(base, other)
    layer = Dropout(0.5)
    keys = MaskKeys(7)
    layer.key(keys, 1)
    first, second = layer(torch.ones(64)), layer(torch.ones(64))
    keys.step = 0
    assert not torch.equal(first, second)
    assert torch.equal(layer(torch.ones(64)), first)


@pytest.mark.parametrize(("rate", "expected"), [(0.0, 1.0), (1.0, 0.0)])
def test_the_ends_of_the_range(rate: float, expected: float) -> None:
    """A rate of 0 changes nothing and a rate of 1 drops all, without NaN."""
    assert torch.equal(_mask(rate), torch.full((64, 64), expected))


def test_the_global_random_state_is_untouched() -> None:
    """A keyed forward pass neither reads nor moves torch's global state."""
    state = torch.get_rng_state()
    _mask(0.5)
    assert torch.equal(state, torch.get_rng_state())


def test_evaluation_mode_is_the_identity() -> None:
    """In evaluation mode a keyed layer gives its input and counts no call."""
    layer = Dropout(0.5)
    keys = MaskKeys(1)
    layer.key(keys, 1)
    x = torch.randn(4, 4)
    before = keys.next_seed(1)
    assert torch.equal(layer.eval()(x), x)
    keys.step = 0
    assert keys.next_seed(1) == before


def test_half_precision_and_gradients() -> None:
    """The result keeps the input's type, and the gradient passes through the mask."""
    layer = Dropout(0.5)
    layer.key(MaskKeys(1), 1)
    x = torch.ones(32, dtype=torch.bfloat16, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert out.dtype is torch.bfloat16
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(6, 6)
        self.drop = nn.Dropout(0.5)
        self.again = self.drop
        self.alpha = nn.AlphaDropout(0.1)
        self.rnn = nn.LSTM(6, 6, num_layers=2, dropout=0.2)
        self.fc2 = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(self.again(self.drop(self.fc1(x))))
        return out


def test_keying_keeps_names_sharing_flags_and_keys() -> None:
    """Keying replaces dropout in place: names, sharing, hooks, flags and state-dict keys stay."""
    net = _Net()
    net.drop.eval()
    seen: list[int] = []
    net.drop.register_forward_hook(lambda *_: seen.append(1))
    names, keys = [name for name, _ in net.named_modules()], list(net.state_dict())
    mask_keys = key_dropouts_(net, seed=3)
    assert isinstance(net.drop, Dropout)
    assert net.drop is net.again
    assert not net.drop.training
    assert [name for name, _ in net.named_modules()] == names
    assert list(net.state_dict()) == keys
    assert mask_keys.left_alone == ("alpha", "rnn")
    net(torch.ones(2, 6))
    assert seen == [1, 1]


def test_another_dropout_shifts_nobody_elses_mask() -> None:
    """A model with one more dropout draws the same masks at the layers both have."""
    few = nn.ModuleDict({"a": nn.Dropout(0.5)})
    many = nn.ModuleDict({"first": nn.Dropout(0.5), "a": nn.Dropout(0.5)})
    key_dropouts_(few, 5)
    key_dropouts_(many, 5)
    many["first"](torch.ones(50))
    assert torch.equal(few["a"](torch.ones(50)), many["a"](torch.ones(50)))


def test_deepcopy_and_pickle_keep_the_keys() -> None:
    """A copied or unpickled model draws the masks its original would have drawn, and counts for itself."""
    net = _Net()
    key_dropouts_(net, seed=3)
    copied, loaded = copy.deepcopy(net), pickle.loads(pickle.dumps(net))  # noqa: S301 - our own bytes
    x = torch.ones(4, 6)
    first = net(x)
    assert torch.equal(copied(x), first)
    assert torch.equal(loaded(x), first)
    assert not torch.equal(net(x), first)


def test_keying_again_starts_over() -> None:
    """A second keying replaces the first one's seed."""
    net = _Net()
    first, second = key_dropouts_(net, seed=3), key_dropouts_(net, seed=4)
    net(torch.ones(1, 6))
    assert first.next_seed(layer_key("drop")) == MaskKeys(3).next_seed(layer_key("drop"))
    assert second.next_seed(layer_key("drop")) != MaskKeys(4).next_seed(layer_key("drop"))


def test_a_dropout_that_works_in_place_still_does() -> None:
    """torch.nn.Dropout(inplace=True) changes its input after keying as well."""
    net = nn.Sequential(nn.Dropout(0.5, inplace=True))
    key_dropouts_(net, 0)
    x = torch.ones(100)
    assert torch.equal(net(x), x)
    assert (x == 0).any()


def test_a_second_pass_inside_backward_is_refused() -> None:
    """Activation checkpointing would draw another mask in the backward pass: it is an error, not a wrong gradient."""
    net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    key_dropouts_(net, 0)
    out = checkpoint(net, torch.ones(2, 4, requires_grad=True), use_reentrant=False)
    with pytest.raises(TrainingError, match="again during the backward pass"):
        out.sum().backward()


@pytest.mark.filterwarnings(
    "ignore:The .grad attribute"
)  # torch hides its own warning by a filter of lower rank
def test_keyed_dropout_runs_under_torch_compile() -> None:
    """A compiled model draws the same masks as the plain one, compiled before or after keying."""
    net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
    compiled = cast("nn.Module", torch.compile(net, backend="eager"))
    keys = key_dropouts_(compiled, 0)
    plain = net(torch.ones(3, 4))
    keys.step = 0
    assert torch.equal(compiled(torch.ones(3, 4)), plain)
