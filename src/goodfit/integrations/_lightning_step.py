# SPDX-License-Identifier: Apache-2.0
"""The loss of a LightningModule's `training_step` for a batch, without the traces that a step leaves."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn


def step_loss(trainer: Any, module: nn.Module, batch: Any) -> Any:
    """Call `training_step` in the precision of the Trainer.

    Args:
        trainer: whose precision it is.
        module: a LightningModule with automatic optimisation.
        batch: on the module's device.
    """
    step: Any = module.training_step
    arguments = (batch, 0) if len(inspect.signature(step).parameters) > 1 else (batch,)
    with _unheard(module), trainer.precision_plugin.val_step_context():
        output = step(*arguments)
    return output["loss"] if isinstance(output, Mapping) else output


@contextmanager
def _unheard(module: nn.Module) -> Iterator[None]:
    """Nothing is logged meanwhile, and torchmetrics keep what they have counted."""
    metrics = [each for each in module.modules() if hasattr(each, "metric_state")]
    kept = [{k: _copied(v) for k, v in vars(each).items() if _is_count(each, k)} for each in metrics]
    for name in ("log", "log_dict"):
        module.__dict__[name] = lambda *_, **__: None
    try:
        yield
    finally:
        for name in ("log", "log_dict"):
            module.__dict__.pop(name, None)
        for metric, counts in zip(metrics, kept, strict=True):
            metric.__dict__.update(counts)


def _is_count(metric: Any, name: str) -> bool:
    return name in metric.metric_state or name in ("_computed", "_update_count", "_forward_cache")


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value.clone() if hasattr(value, "clone") else value
