# SPDX-License-Identifier: Apache-2.0
"""Losses and metric of a model on some examples, in evaluation mode."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import GoodfitError, TaskError
from goodfit.training.examples import Examples, Indices
from goodfit.training.losses import per_example
from goodfit.training.task import Task
from goodfit.training.tree import tree_map

LARGEST_BATCH = 512  # examples; evaluation keeps no activations, so more than the training batch fits


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pass over some examples gave."""

    losses: np.ndarray[Any, np.dtype[np.float64]]  # shape (n,), in the order of the indices
    metric: float | None  # of the whole pass, None when the task has no metric
    metrics: Mapping[str, float] = field(
        default_factory=dict
    )  # further ones by name, of a command that scores itself

    @property
    def loss(self) -> float:
        """Mean over the examples."""
        return float(self.losses.mean())


def on_device(task: Task, device: torch.device) -> Task:
    """The task with a loss of its own on the device: class weights move along, and no state leaks between runs."""
    if not isinstance(task.loss, nn.Module):
        return task
    return replace(task, loss=deepcopy(task.loss).to(device))


def evaluate(
    model: nn.Module, task: Task, examples: Examples, indices: Indices, device: torch.device
) -> Measured:
    """Measure `model` on the given examples, dropout off and batch statistics frozen; its mode is given back.

    Raises:
        TaskError: the data, the model, the loss or the metric of the task raised.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            return _measure(model, task, examples, indices, device)
    except GoodfitError:
        raise
    except Exception as error:
        raise fault_of(task, error) from error
    finally:
        model.train(was_training)


def fault_of(task: Task, error: Exception) -> TaskError:
    """Name an exception of the user's data, model, loss or optimiser as theirs."""
    return TaskError(
        f"the model, its loss, optimiser or data raised {type(error).__name__}: {error}",
        where=f"Task {task.name!r}",
        todo="run one training step on one batch by hand and compare shapes and types of outputs and targets",
    )


def forward(model: nn.Module, inputs: Any) -> Any:
    """Call the model as its inputs ask: a tuple is spread, a dict goes by name."""
    if isinstance(inputs, tuple | list):
        return model(*inputs)
    if isinstance(inputs, Mapping):
        return model(**inputs)
    return model(inputs)


def to_device(batch: Any, device: torch.device) -> Any:
    """Move a nested batch of tensors."""
    return tree_map(lambda tensor: tensor.to(device), batch)


def evaluation_size(task: Task) -> int:
    """How many examples are measured at a time."""
    return min(LARGEST_BATCH, max(4 * task.batch_size, 32))


def _measure(
    model: nn.Module, task: Task, examples: Examples, indices: Indices, device: torch.device
) -> Measured:
    each, size = per_example(task.loss), evaluation_size(task)
    losses, weights, kept = list[Tensor](), list[Tensor](), list[Any]()
    for start in range(0, len(indices), size):
        inputs, targets = to_device(examples.batch(indices[start : start + size]), device)
        outputs = forward(model, inputs)
        loss, weight = each(outputs, targets)
        losses.append(loss.cpu().double())
        weights.append(weight.cpu().double())
        if task.metric is not None:
            kept.append((outputs, targets))
    weighed = torch.cat(losses) / torch.cat(weights).mean()
    return Measured(weighed.numpy(), score_of(task, kept) if task.metric is not None else None)


def score_of(task: Task, kept: list[Any]) -> float:
    """The metric of the outputs and targets of some batches.

    Raises:
        TaskError: the metric raised.
    """
    assert task.metric is not None  # noqa: S101 - the caller asked
    outputs, targets = tree_map(lambda *parts: torch.cat(parts), *kept)
    try:
        scores = torch.as_tensor(task.metric.score(outputs, targets), dtype=torch.float64)
    except Exception as error:
        raise TaskError(
            f"metric {task.metric.name!r} raised {type(error).__name__}: {error}",
            where=f"Task {task.name!r}",
            todo="call it on the outputs and targets of one batch by hand",
        ) from error
    return float(scores.mean())
