# SPDX-License-Identifier: Apache-2.0
"""The facts of a training that are not curves, read off its task and model."""

from torch import nn

from goodfit.surgery import Subject, optimizer_name, training_regularisers
from goodfit.training.losses import chance_level
from goodfit.training.splits import Pool, Split
from goodfit.training.task import Task
from goodfit.values import RunContext


def run_context(task: Task, subject: Subject, pool: Pool, split: Split, *, finished: bool) -> RunContext:
    """Collect what rules and remedies may want to know about a run."""
    model, optimizer = subject.model, subject.optimizer
    assert optimizer is not None  # noqa: S101 - a training has one
    group = optimizer.param_groups[0]
    targets = pool.examples.targets()
    chosen = targets[split.train] if targets is not None else None
    rates = tuple(m.p for m in model.modules() if isinstance(m, nn.modules.dropout._DropoutNd))  # noqa: SLF001 - torch's own base class
    norms = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules())  # noqa: SLF001 - the same
    present = {"dropout": any(rates), "batch norm": norms, **training_regularisers(subject)}
    return RunContext(
        train_size=len(split.train),
        validation_size=len(split.validation),
        classes=len(set(chosen.tolist())) if chosen is not None and pool.labels is not None else None,
        chance_level=chance_level(task.loss, chosen),
        batch_size=task.batch_size,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        learning_rate=group.get("initial_lr", group.get("lr")),  # a schedule has moved the latter
        weight_decay=group.get("weight_decay"),
        optimizer=optimizer_name(optimizer),
        dropout_rates=rates,
        regularisers=tuple(name for name, there in present.items() if there),
        epochs_planned=subject.epochs,
        finished=finished,
    )
