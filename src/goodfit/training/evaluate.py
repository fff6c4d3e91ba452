# SPDX-License-Identifier: Apache-2.0
"""Losses and metric of a model on some examples, in evaluation mode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.training.examples import Examples, Indices
from goodfit.training.losses import per_example
from goodfit.training.task import Task

EVALUATION_BATCH = 512  # examples; only speed and memory depend on it


@dataclass(frozen=True, slots=True)
class Measured:
    """What one pass over some examples gave."""

    losses: np.ndarray[Any, np.dtype[np.float64]]  # shape (n,), in the order of the indices
    metric: float | None  # of the whole pass, None when the task has no metric

    @property
    def loss(self) -> float:
        """Mean over the examples."""
        return float(self.losses.mean())


def evaluate(
    model: nn.Module, task: Task, examples: Examples, indices: Indices, device: torch.device
) -> Measured:
    """Measure `model` on the given examples, dropout off and batch statistics frozen; its mode is given back."""
    was_training = model.training
    each = per_example(task.loss)
    losses: list[Tensor] = []
    kept: list[tuple[Any, Any]] = []
    model.eval()
    try:
        with torch.no_grad():
            for start in range(0, len(indices), EVALUATION_BATCH):
                inputs, targets = to_device(examples.batch(indices[start : start + EVALUATION_BATCH]), device)
                outputs, found = _asked(task, model, inputs, targets, each)
                losses.append(found.cpu().double())
                if task.metric is not None:
                    kept.append((outputs, targets))
            metric = _score(task, kept) if task.metric is not None else None
    finally:
        model.train(was_training)
    return Measured(torch.cat(losses).numpy(), metric)


def _asked(
    task: Task, model: nn.Module, inputs: Any, targets: Any, each: Callable[[Any, Any], Tensor]
) -> tuple[Any, Tensor]:
    try:
        outputs = forward(model, inputs)
        return outputs, each(outputs, targets)
    except Exception as error:
        raise fault_of(task, error) from error


def fault_of(task: Task, error: Exception) -> TaskError:
    """Name an exception of the user's model or loss as theirs."""
    return TaskError(
        f"the model or its loss raised {type(error).__name__}: {error}",
        where=f"Task {task.name!r}",
        todo="run the model on one batch by hand and compare shapes and types of outputs and targets",
    )


def forward(model: nn.Module, inputs: Any) -> Any:
    """Call the model as its inputs ask: a tuple is spread, a dict goes by name."""
    if isinstance(inputs, tuple | list):
        return model(*inputs)
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(inputs)


def to_device(batch: Any, device: torch.device) -> Any:
    """Move a nested batch of tensors."""
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, tuple | list):
        return tuple(to_device(part, device) for part in batch)
    if isinstance(batch, dict):
        return {key: to_device(part, device) for key, part in batch.items()}
    return batch


def _score(task: Task, kept: list[tuple[Any, Any]]) -> float:
    assert task.metric is not None  # noqa: S101 - the caller asked
    outputs, targets = _join([o for o, _ in kept]), _join([t for _, t in kept])
    try:
        scores = torch.as_tensor(task.metric.score(outputs, targets), dtype=torch.float64)
    except Exception as error:
        raise TaskError(
            f"metric {task.metric.name!r} raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error
    return float(scores.mean())


def _join(parts: list[Any]) -> Any:
    if isinstance(parts[0], tuple | list):
        return tuple(_join(list(column)) for column in zip(*parts, strict=True))
    return torch.cat(parts)
