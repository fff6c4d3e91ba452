# SPDX-License-Identifier: Apache-2.0
"""Losses per example, for any loss; and the loss of the best constant prediction."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.errors import TaskError
from goodfit.training.losses import chance_level, check_shapes, per_example, share_of_batch

OUTPUTS, CLASSES = (
    torch.randn(6, 3, generator=torch.Generator().manual_seed(0)),
    torch.tensor([0, 1, 2, 0, 1, 2]),
)


def _own_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets)  # has no `reduction` of its own


def _each(loss: Callable[[Any, Any], Tensor], outputs: Any, targets: Any) -> Tensor:
    losses, weights = per_example(loss)(outputs, targets)
    scaled: Tensor = losses / weights.mean()
    return scaled


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(reduction="sum"), functional.cross_entropy, _own_loss]
)
def test_losses_per_example(loss: Callable[[Any, Any], Tensor]) -> None:
    """Every way of writing cross entropy gives the same losses per example."""
    expected = functional.cross_entropy(OUTPUTS, CLASSES, reduction="none")
    assert torch.allclose(_each(loss, OUTPUTS, CLASSES), expected)
    assert float(loss(OUTPUTS, CLASSES)) * share_of_batch(loss, 6) == pytest.approx(float(expected.mean()))


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0, 2.0])),
        nn.CrossEntropyLoss(ignore_index=1),
        nn.CrossEntropyLoss(ignore_index=-100, weight=torch.tensor([1.0, 9.0, 2.0])),
        nn.CrossEntropyLoss(label_smoothing=0.2),
    ],
)
@pytest.mark.parametrize("tokens", [1, 4])
def test_the_mean_over_examples_is_torchs_mean(loss: nn.CrossEntropyLoss, tokens: int) -> None:
    """Class weights and ignored targets: torch divides by the sum of the weights, and so do we."""
    outputs = torch.randn(8, 3, tokens) if tokens > 1 else torch.randn(8, 3)
    targets = torch.randint(0, 3, (8, tokens)) if tokens > 1 else torch.randint(0, 3, (8,))
    if loss.ignore_index == -100:
        targets.flatten()[0] = -100
    assert float(_each(loss, outputs, targets).mean()) == pytest.approx(
        float(loss(outputs, targets)), rel=1e-5
    )


def test_other_shapes() -> None:
    """Losses over several targets are averaged within an example; outputs may be nested in any way."""
    outputs, targets = torch.randn(5, 4), torch.randn(5, 4)
    expected = ((outputs - targets) ** 2).mean(dim=1)
    assert torch.allclose(_each(nn.MSELoss(), outputs, targets), expected)

    class Pair(NamedTuple):
        a: Tensor
        b: Tensor

    for pair in (Pair(outputs, torch.zeros(5, 4)), {"a": outputs, "b": torch.zeros(5, 4)}):

        def nested(found: Any, t: Tensor) -> Tensor:
            a, b = (found["a"], found["b"]) if isinstance(found, dict) else found
            mean: Tensor = ((a + b - t) ** 2).mean()
            return mean

        assert torch.allclose(_each(nested, pair, targets), expected)


def test_broadcasting_by_accident_is_refused() -> None:
    """Outputs (n, 1) against targets (n,) would be compared all with all."""
    with pytest.raises(TaskError, match=r"\(5, 1\) and targets \(5,\)"):
        check_shapes(nn.MSELoss(), torch.zeros(5, 1), torch.zeros(5))
    check_shapes(nn.CrossEntropyLoss(), OUTPUTS, CLASSES)


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
    assert chance_level(nn.CrossEntropyLoss(weight=torch.ones(3)), CLASSES.numpy()) is None
    assert chance_level(nn.CrossEntropyLoss(), torch.tensor([0, -100]).numpy()) is None
