# SPDX-License-Identifier: Apache-2.0
"""Dropout of whole channels, words and branches: what goes together goes together, at the stated rate."""

import copy
import pickle

import pytest
import torch
from torch import nn

from goodfit.nn import EmbeddingDropout, SpatialDropout, StochasticDepth, depth_rates


@pytest.mark.parametrize("places", [(), (9,), (4, 5), (2, 3, 4)])
def test_whole_channels(places: tuple[int, ...]) -> None:
    """A channel of an example is all there or all gone, each at the rate, and kept ones are scaled."""
    torch.manual_seed(0)
    out = SpatialDropout(0.25)(torch.ones(40, 50, *places)).view(40, 50, -1)
    gone = out[..., 0] == 0
    assert torch.equal(gone[..., None].expand_as(out), out == 0)
    assert torch.allclose(out[~gone], torch.tensor(4 / 3))
    assert gone.double().mean().item() == pytest.approx(0.25, abs=5 * 0.433 / 2000**0.5)


def test_whole_words() -> None:
    """All places of an id go together, different ids do not, and the rate is that of ids."""
    torch.manual_seed(0)
    ids = torch.arange(2000).repeat(2).view(40, 100)
    out = EmbeddingDropout(2000, 0.2)(torch.ones(40, 100, 3), ids).view(2, 2000, 3)
    assert torch.equal(out[0], out[1])
    gone = (out[0] == 0).all(1)
    assert torch.equal(gone, (out[0] == 0).any(1))
    assert torch.allclose(out[0][~gone], torch.tensor(1.25))
    assert gone.double().mean().item() == pytest.approx(0.2, abs=5 * 0.4 / 2000**0.5)


def test_whole_branches() -> None:
    """An example's branch is all there or all gone."""
    torch.manual_seed(0)
    out = StochasticDepth(0.5)(torch.ones(400, 3, 4)).flatten(1)
    gone = out[:, 0] == 0
    assert torch.equal(gone[:, None].expand_as(out), out == 0)
    assert torch.equal(out[~gone], torch.full_like(out[~gone], 2.0))
    assert gone.double().mean().item() == pytest.approx(0.5, abs=5 * 0.5 / 20)


def test_the_linear_rule() -> None:
    """Rates grow by the same step from block to block up to the last one; bad arguments are ValueErrors."""
    assert depth_rates(4, 0.2) == pytest.approx((0.05, 0.1, 0.15, 0.2))
    for blocks, last in ((0, 0.2), (3, 1.2)):
        with pytest.raises(ValueError, match="has to be"):
            depth_rates(blocks, last)


@pytest.mark.parametrize("layer", [SpatialDropout(0.3), EmbeddingDropout(5, 0.3), StochasticDepth(0.3)])
def test_evaluation_copies_gradients_and_ends(layer: nn.Module) -> None:
    """Evaluation gives the very input, copies drop alike, the gradient is the factor, and p = 1 drops all."""
    x = torch.ones(64, 5, requires_grad=True)
    extra = (torch.arange(64) % 5,) if isinstance(layer, EmbeddingDropout) else ()
    outs = []
    for other in (layer, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):  # noqa: S301 - our own bytes
        torch.manual_seed(1)
        outs.append(other(x, *extra))
    assert torch.equal(outs[0], outs[1])
    assert torch.equal(outs[0], outs[2])
    assert torch.equal(torch.autograd.grad(outs[0].sum(), x)[0], outs[0].detach())
    assert copy.deepcopy(layer).eval()(x, *extra) is x
    whole = copy.deepcopy(layer)
    whole.p = 1.0  # type: ignore[assignment]
    assert not whole(x, *extra).any()
    assert "p=0.3" in str(layer)


def test_bad_input_is_refused() -> None:
    """Rates outside [0, 1] and shapes without the dimension that is dropped are ValueErrors."""
    for kind in (SpatialDropout, StochasticDepth):
        with pytest.raises(ValueError, match="between 0 and 1"):
            kind(-0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        EmbeddingDropout(5, 2.0)
    with pytest.raises(ValueError, match="N, C"):
        SpatialDropout(0.5)(torch.ones(3))
    with pytest.raises(ValueError, match="single number"):
        StochasticDepth(0.5)(torch.ones(()))
    with pytest.raises(ValueError, match="not those of ids"):
        EmbeddingDropout(5, 0.5)(torch.ones(3, 4, 2), torch.zeros(3, dtype=torch.int64))
