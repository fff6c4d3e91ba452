# SPDX-License-Identifier: Apache-2.0
"""The loss of each example alone, for any loss that gives one number a batch.

A paired comparison needs losses per example. Torch's losses give them with `reduction="none"`; any other loss is
asked example by example, which is slower and exact by definition: the loss of a batch of one.
"""

import inspect
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.training.task import Loss


def per_example(loss: Loss) -> Callable[[Any, Any], Tensor]:
    """Turn `loss` into a function (outputs, targets) -> losses of shape (n,)."""
    unreduced = _unreduced(loss)

    def each(outputs: Any, targets: Any) -> Tensor:
        if unreduced is not None:
            found = unreduced(outputs, targets)
            if found.ndim and len(found) == len(targets):
                return found.flatten(start_dim=1).mean(dim=1) if found.ndim > 1 else found
        rows = range(len(targets))
        return torch.stack([loss(_row(outputs, i), targets[i : i + 1]).reshape(()) for i in rows])

    return each


def batch_mean(loss: Loss, outputs: Any, targets: Any) -> Tensor:
    """The loss of a batch as a mean over its examples, also when the loss itself sums."""
    value = loss(outputs, targets)
    return value / len(targets) if getattr(loss, "reduction", "mean") == "sum" else value


def chance_level(loss: Loss, targets: Any) -> float | None:
    """Loss of the best constant prediction, for the losses where that is known; else None.

    Args:
        loss: the task's loss.
        targets: array of shape (n,), or None when targets are not single numbers.
    """
    if targets is None or not len(targets):
        return None
    values = torch.as_tensor(targets)
    if _is(loss, nn.CrossEntropyLoss, nn.functional.cross_entropy) and not values.is_floating_point():
        shares = torch.bincount(values).double() / len(values)
        return float(
            -(shares[shares > 0] * shares[shares > 0].log()).sum()
        )  # entropy of the class frequencies
    if _is(loss, nn.MSELoss, nn.functional.mse_loss):
        return float(values.double().var(correction=0))
    if _is(loss, nn.L1Loss, nn.functional.l1_loss):
        return float((values.double() - values.double().median()).abs().mean())
    if _is(loss, nn.BCEWithLogitsLoss, nn.functional.binary_cross_entropy_with_logits):
        share = values.double().mean()
        return float(nn.functional.binary_cross_entropy(share, share))
    return None


def _is(loss: Loss, kind: type[nn.Module], function: Callable[..., Tensor]) -> bool:
    return type(loss) is kind or loss is function


def _unreduced(loss: Loss) -> Callable[[Any, Any], Tensor] | None:
    if isinstance(loss, nn.Module) and hasattr(loss, "reduction"):
        plain: Any = copy(loss)
        plain.reduction = "none"
        return plain  # type: ignore[no-any-return]  # a module is callable
    try:
        accepts = "reduction" in inspect.signature(loss).parameters
    except (TypeError, ValueError):  # a builtin without a signature
        accepts = False
    return partial(loss, reduction="none") if accepts else None  # type: ignore[call-arg]  # as its signature says


def _row(outputs: Any, i: int) -> Any:
    if isinstance(outputs, tuple | list):
        return type(outputs)(_row(part, i) for part in outputs)
    return outputs[i : i + 1]
