# SPDX-License-Identifier: Apache-2.0
"""The training loss of each arm: torch's cross-entropy for all arms in one call, any other loss arm by arm."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from goodfit.training.losses import check_shapes
from goodfit.training.session import Session
from goodfit.training.stacked.batches import Batch
from goodfit.training.tree import tree_map


def arm_losses(sessions: Sequence[Session], outputs: Any, batch: Batch) -> Tensor:
    """The loss that each arm minimises, of shape (arms,).

    Args:
        sessions: of the arms.
        outputs: of shape (arms, examples, *).
        batch: what they are the outputs of.

    Raises:
        TaskError: outputs and targets have shapes that torch would broadcast.
    """
    targets = batch.for_arms(batch.targets)
    if all(_is_plain(session.loss) for session in sessions) and _are_classes(outputs, targets):
        found = functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none")
        return found.view(len(sessions), -1).mean(1)
    losses = []
    for row, session in enumerate(sessions):
        own, theirs = (tree_map(lambda tensor, at=row: tensor[at], tree) for tree in (outputs, targets))
        check_shapes(session.task.loss, own, theirs)
        losses.append(session.loss(own, theirs))
    return torch.stack([loss.reshape(()) for loss in losses])


def _is_plain(loss: object) -> bool:
    """Whether it is cross-entropy without weights, smoothing, or classes to ignore that can occur."""
    if loss is functional.cross_entropy:
        return True
    return (
        type(loss) is nn.CrossEntropyLoss
        and loss.weight is None
        and loss.reduction == "mean"
        and not loss.label_smoothing
        and loss.ignore_index < 0
    )


def _are_classes(outputs: Any, targets: Any) -> bool:
    """Whether outputs are (arms, examples, classes) and targets whole numbers, none of them ignored."""
    if not isinstance(outputs, Tensor) or not isinstance(targets, Tensor):
        return False
    fits = outputs.dim() == 3 and targets.dim() == 2 and not targets.is_floating_point()  # noqa: PLR2004 - see above
    return fits and bool((targets >= 0).all())
