# SPDX-License-Identifier: Apache-2.0
"""The facts of a training that are not curves, read off its task and model."""

import torch
from torch import nn

from goodfit.training.losses import chance_level
from goodfit.training.splits import Pool, Split
from goodfit.training.task import Task
from goodfit.values import RunContext


def run_context(
    task: Task,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    pool: Pool,
    split: Split,
    *,
    finished: bool,
) -> RunContext:
    """Collect what rules and remedies may want to know about a run."""
    targets = pool.examples.targets()
    chosen = targets[split.train] if targets is not None else None
    rates = tuple(m.p for m in model.modules() if isinstance(m, nn.modules.dropout._DropoutNd))  # noqa: SLF001 - torch's own base class
    decay = optimizer.param_groups[0].get("weight_decay")
    norms = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules())  # noqa: SLF001 - the same
    present = {"dropout": any(rates), "weight decay": bool(decay), "batch norm": norms}
    return RunContext(
        train_size=len(split.train),
        validation_size=len(split.validation),
        classes=len(set(chosen.tolist())) if chosen is not None and pool.labels is not None else None,
        chance_level=chance_level(task.loss, chosen),
        batch_size=task.batch_size,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        learning_rate=optimizer.param_groups[0].get("lr"),
        weight_decay=decay,
        optimizer=type(optimizer).__name__,
        dropout_rates=rates,
        regularisers=tuple(name for name, there in present.items() if there),
        epochs_planned=task.epochs,
        finished=finished,
    )
