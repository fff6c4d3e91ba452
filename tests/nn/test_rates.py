# SPDX-License-Identifier: Apache-2.0
"""Rates of rows and shared draws: many rates tried at once, on the same uniform numbers."""

import pytest
import torch

from goodfit.nn import Dropout, key_dropouts_


def test_each_row_has_its_rate() -> None:
    """Rows drop their own share and keep their mean; 0 and 1 are exact."""
    torch.manual_seed(0)
    layer = Dropout(0.5)
    layer.rates = torch.tensor([0.0, 0.2, 0.7, 1.0])
    out = layer(torch.ones(4, 50, 800))
    assert (out == 0).double().mean((1, 2)).tolist() == pytest.approx(
        [0, 0.2, 0.7, 1], abs=0.012
    )  # 5 standard errors
    assert out.double().mean((1, 2)).tolist() == pytest.approx([1, 1, 1, 0], abs=0.04)


def test_arms_that_share_a_draw_have_masks_that_nest() -> None:
    """With `shared`, what the arm of the lower rate drops, that of the higher one drops too."""
    layer = Dropout()
    layer.rates, layer.shared = [0.1, 0.4, 0.8], True
    dropped = layer(torch.ones(3, 64, 64)) == 0
    assert not (dropped[0] & ~dropped[1]).any()
    assert not (dropped[1] & ~dropped[2]).any()
    layer.shared = False
    dropped = layer(torch.ones(3, 64, 64)) == 0
    assert (dropped[0] & ~dropped[1]).any()


def test_layers_may_share_a_given_draw() -> None:
    """Two layers with one draw drop alike; a draw broadcasts over the batch, and None goes back to chance."""
    draw = torch.rand(100)
    first, second = Dropout(0.3), Dropout(0.3)
    first.draws = second.draws = draw
    assert torch.equal(first(torch.ones(5, 100)), second(torch.ones(5, 100)))
    assert torch.equal(first(torch.ones(5, 100))[0] == 0, draw < 0.3)
    first.draws = None
    assert not torch.equal(first(torch.ones(5, 100)), second(torch.ones(5, 100)))


def test_rates_of_keyed_layers_nest_with_the_plain_rate() -> None:
    """A keyed layer with rates compares the numbers that the same key gives without them."""
    layer = Dropout(0.4)
    keys = key_dropouts_(layer, 7)
    plain = layer(torch.ones(2, 500))
    keys.step = 0
    layer.rates = [0.4, 0.1]
    varied = layer(torch.ones(2, 500))
    assert torch.equal(varied[0], plain[0])
    assert not ((varied[1] == 0) & (plain[1] != 0)).any()


def test_gradients_and_types() -> None:
    """The gradient of a row carries the row's factors; the type of the input stays."""
    layer = Dropout()
    layer.rates = [0.5, 0.9]
    x = torch.ones(2, 1000, dtype=torch.bfloat16, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert out.dtype is torch.bfloat16
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach())


@pytest.mark.parametrize("rates", [[0.5, 1.2], [-0.1], [float("nan")], [[0.1], [0.2]]])
def test_bad_rates_are_refused(rates: list[float]) -> None:
    """Rates outside [0, 1], NaN, and tables of rates are ValueErrors, and leave the layer as it was."""
    layer = Dropout()
    with pytest.raises(ValueError, match="between 0 and 1"):
        layer.rates = rates
    assert layer.rates is None


def test_rates_that_do_not_fit_the_input() -> None:
    """A number of rates that is not the number of rows is a ValueError."""
    layer = Dropout()
    layer.rates = [0.1, 0.2, 0.3]
    with pytest.raises(ValueError, match="3 rates"):
        layer(torch.ones(2, 5))
