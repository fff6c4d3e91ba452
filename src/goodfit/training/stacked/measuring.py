# SPDX-License-Identifier: Apache-2.0
"""Losses per example and metric of all arms at once, in evaluation mode; what `evaluate` measures of one."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from goodfit.training.evaluate import Measured, score_of
from goodfit.training.losses import per_example
from goodfit.training.stacked.batches import Batch
from goodfit.training.task import Task
from goodfit.training.tree import tree_map

Forward = Callable[[Batch], Any]  # outputs of shape (arms, examples, *), in evaluation mode


def measure(task: Task, forward: Forward, batches: Iterable[Batch]) -> list[Measured]:
    """One Measured for each arm, in order.

    Raises:
        TaskError: the metric raised.
    """
    each = per_example(task.loss)
    losses, weights, kept = list[Tensor](), list[Tensor](), list[tuple[Any, Any]]()
    with torch.no_grad():
        for batch in batches:
            outputs, targets = forward(batch), batch.for_arms(batch.targets)
            together = (tree_map(lambda tensor: tensor.flatten(0, 1), tree) for tree in (outputs, targets))
            loss, weight = (found.view(len(batch.place), -1).cpu().double() for found in each(*together))
            losses.append(loss)
            weights.append(weight)
            if task.metric is not None:
                kept.append((outputs, targets))
        weight_means = torch.cat(weights, dim=1).mean(1, keepdim=True)
        weighed = torch.cat(losses, dim=1) / weight_means
        return [Measured(row.numpy(), _metric(task, kept, at)) for at, row in enumerate(weighed)]


def _metric(task: Task, kept: list[tuple[Any, Any]], row: int) -> float | None:
    if task.metric is None:
        return None
    return score_of(task, [tree_map(lambda tensor: tensor[row], pair) for pair in kept])
