# SPDX-License-Identifier: Apache-2.0
"""Late dropout: nothing drops at first, then all does, and a training taken up again knows where it is."""

import copy

import pytest
import torch
from torch import Tensor, nn

from goodfit.nn import Dropout, UniformShare, fixed_rates_, key_dropouts_, late_dropout_


def _model(rate: float = 0.5) -> nn.Sequential:
    return nn.Sequential(nn.Dropout(rate), nn.Identity(), Dropout(0.0))


def _share(out: Tensor) -> float:
    return float((out == 0).double().mean())


def test_the_first_steps_drop_nothing_and_the_next_all() -> None:
    """After so many passes in training mode the layer drops at its p; passes in evaluation mode do not count."""
    torch.manual_seed(0)
    model, x = _model(), torch.ones(8, 500)
    shares = late_dropout_(model, 2)
    assert [_share(model(x)) for _ in range(2)] == [0, 0]
    model.eval()(x)
    assert shares.passes == 2
    assert _share(model.train()(x)) == pytest.approx(0.5, abs=0.05)
    shares.passes = 0
    assert _share(model(x)) == 0


def test_keyed_layers_go_by_the_step_of_the_keys() -> None:
    """With keys the step decides, whatever was passed before: the masks are those of a model that always drops."""
    model, plain, x = _model(), _model(), torch.ones(8, 500)
    late_dropout_(model, 2)
    keys, others = key_dropouts_(model, 7), key_dropouts_(plain, 7)
    for step in (3, 1, 2, 3):
        keys.step = others.step = step
        expected = x if step <= 2 else plain(x)
        assert torch.equal(model(x), expected)


def test_random_rates_may_follow() -> None:
    """What comes then is what is given: here each example drops at a rate of its own."""
    torch.manual_seed(0)
    model, x = _model(0.9), torch.ones(200, 500)
    late_dropout_(model, 1, UniformShare())
    assert _share(model(x)) == 0
    shares = (model(x) == 0).double().mean(1)
    assert shares.min() < 0.1
    assert shares.max() > 0.8


def test_it_is_copied_and_taken_back() -> None:
    """A deep copy counts for itself; taken back, the layers are as they were."""
    torch.manual_seed(0)
    model, x = _model(), torch.ones(8, 500)
    late_dropout_(model, 1)
    twin = copy.deepcopy(model)
    model(x)
    assert _share(twin(x)) == 0
    assert _share(model(x)) > 0
    fixed_rates_(model)
    assert type(model[0]) is nn.Dropout
    assert not model._forward_pre_hooks


def test_negative_steps_are_refused() -> None:
    """Fewer than no steps is a ValueError, and nothing was changed."""
    model = _model()
    with pytest.raises(ValueError, match="0 or more"):
        late_dropout_(model, -1)
    assert type(model[0]) is nn.Dropout
