# SPDX-License-Identifier: Apache-2.0
"""Losses per example, for any loss; and the loss of the best constant prediction."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.training.losses import batch_mean, chance_level, per_example

OUTPUTS, CLASSES = (
    torch.randn(6, 3, generator=torch.Generator().manual_seed(0)),
    torch.tensor([0, 1, 2, 0, 1, 2]),
)


def _own_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets)  # has no `reduction` of its own


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(reduction="sum"), functional.cross_entropy, _own_loss]
)
def test_losses_per_example(loss: Callable[[Any, Any], Tensor]) -> None:
    """Every way of writing cross entropy gives the same losses per example."""
    expected = functional.cross_entropy(OUTPUTS, CLASSES, reduction="none")
    assert torch.allclose(per_example(loss)(OUTPUTS, CLASSES), expected)
    assert torch.allclose(batch_mean(loss, OUTPUTS, CLASSES), expected.mean())


def test_other_shapes() -> None:
    """Losses over several targets are averaged within an example; outputs may be nested."""
    outputs, targets = torch.randn(5, 4), torch.randn(5, 4)
    expected = ((outputs - targets) ** 2).mean(dim=1)
    assert torch.allclose(per_example(nn.MSELoss())(outputs, targets), expected)

    def nested(pair: tuple[Tensor, Tensor], t: Tensor) -> Tensor:
        return ((pair[0] + pair[1] - t) ** 2).mean()

    assert torch.allclose(per_example(nested)((outputs, torch.zeros(5, 4)), targets), expected)


def test_chance_levels() -> None:
    """The best constant prediction: class frequencies, mean, median or base rate, computed by hand."""
    assert chance_level(nn.CrossEntropyLoss(), CLASSES.numpy()) == pytest.approx(1.0986, abs=1e-4)  # ln 3
    values = torch.tensor([0.0, 0.0, 3.0]).numpy()
    assert chance_level(nn.MSELoss(), values) == pytest.approx(2.0)
    assert chance_level(functional.l1_loss, values) == pytest.approx(1.0)
    halves = torch.tensor([0.0, 1.0]).numpy()
    assert chance_level(nn.BCEWithLogitsLoss(), halves) == pytest.approx(0.6931, abs=1e-4)  # ln 2
    assert chance_level(_own_loss, CLASSES.numpy()) is None
    assert chance_level(nn.CrossEntropyLoss(), None) is None
