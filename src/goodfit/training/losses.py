# SPDX-License-Identifier: Apache-2.0
"""The loss of each example alone, for any loss that gives one number a batch.

A paired comparison needs losses per example. Torch's losses give them with `reduction="none"`; any other loss is
asked example by example, which is slower: the loss of a batch of one. With class weights or ignored targets torch
divides by the sum of the weights, so every example carries its weight, and the mean over a split is torch's mean.
"""

import inspect
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.errors import TaskError
from goodfit.training.task import Loss
from goodfit.training.tree import tree_map

_ELEMENTWISE = (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCELoss, nn.BCEWithLogitsLoss)
_ELEMENTWISE_FUNCTIONS = (
    functional.mse_loss,
    functional.l1_loss,
    functional.smooth_l1_loss,
    functional.huber_loss,
)

Weighted = tuple[Tensor, Tensor]  # summed loss and summed weight of each example, both of shape (n,)


def per_example(loss: Loss) -> Callable[[Any, Any], Weighted]:
    """Turn `loss` into a function (outputs, targets) -> (losses, weights); their quotient of sums is the mean loss."""
    unreduced = _unreduced(loss)

    def each(outputs: Any, targets: Any) -> Weighted:
        if unreduced is not None:
            found = unreduced(outputs, targets)
            if found.ndim and len(found) == len(targets):
                weights = _weights(loss, found, targets)
                return found.flatten(start_dim=1).sum(dim=1) if found.ndim > 1 else found, weights
        rows = [
            tree_map(lambda tensor, at=i: tensor[at : at + 1], (outputs, targets))
            for i in range(len(targets))
        ]
        losses = torch.stack([loss(*row).reshape(()) for row in rows])
        return losses, torch.ones_like(losses)

    return each


def share_of_batch(loss: Loss, size: int) -> float:
    """What turns the loss of a batch into a mean over its examples: 1, or 1/size for a loss that sums."""
    return 1 / size if getattr(loss, "reduction", "mean") == "sum" else 1.0


def check_shapes(loss: Loss, outputs: Any, targets: Any) -> None:
    """Refuse what torch would broadcast: outputs (n, 1) against targets (n,) make an (n, n) loss in silence.

    Raises:
        TaskError: a loss that compares element by element got two shapes.
    """
    pair = isinstance(outputs, Tensor) and isinstance(targets, Tensor)
    elementwise = isinstance(loss, _ELEMENTWISE) or loss in _ELEMENTWISE_FUNCTIONS
    if pair and elementwise and outputs.shape != targets.shape:
        raise TaskError(
            f"outputs have shape {tuple(outputs.shape)} and targets {tuple(targets.shape)}, which would be broadcast",
            todo="give both the same shape, for instance targets.unsqueeze(1)",
        )


def chance_level(loss: Loss, targets: Any) -> float | None:
    """Loss of the best constant prediction, for the losses where that is known; else None.

    Args:
        loss: the task's loss; class weights, label smoothing and ignored targets make its chance level unknown.
        targets: array of shape (n,), or None when targets are not single numbers.
    """
    if targets is None or not len(targets) or _is_adjusted(loss):
        return None
    values = torch.as_tensor(targets)
    if _is(loss, nn.CrossEntropyLoss, functional.cross_entropy):
        if values.is_floating_point() or bool((values < 0).any()):
            return None
        shares = torch.bincount(values).double() / len(values)
        return float(
            -(shares[shares > 0] * shares[shares > 0].log()).sum()
        )  # entropy of the class frequencies
    if _is(loss, nn.MSELoss, functional.mse_loss):
        return float(values.double().var(correction=0))
    if _is(loss, nn.L1Loss, functional.l1_loss):
        return float((values.double() - values.double().median()).abs().mean())
    if _is(loss, nn.BCEWithLogitsLoss, functional.binary_cross_entropy_with_logits):
        share = values.double().mean()
        return float(functional.binary_cross_entropy(share, share))
    return None


def _is(loss: Loss, kind: type[nn.Module], function: Callable[..., Tensor]) -> bool:
    return type(loss) is kind or loss is function


def _is_adjusted(loss: Loss) -> bool:
    """Whether a loss of torch's has settings that move its chance level."""
    weighted = any(getattr(loss, name, None) is not None for name in ("weight", "pos_weight"))
    return (
        weighted or bool(getattr(loss, "label_smoothing", 0.0)) or getattr(loss, "reduction", "mean") == "sum"
    )


def _weights(loss: Loss, found: Tensor, targets: Any) -> Tensor:
    """What torch divides by: the class weights of the targets that are not ignored, else how many there are."""
    counted = torch.ones_like(found)
    if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss) and not targets.is_floating_point():
        kept = targets != loss.ignore_index
        classes = loss.weight[targets.clamp(min=0)] if loss.weight is not None else counted
        counted = classes * kept
    return counted.flatten(start_dim=1).sum(dim=1) if counted.ndim > 1 else counted


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
