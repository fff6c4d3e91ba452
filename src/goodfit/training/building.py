# SPDX-License-Identifier: Apache-2.0
"""What the task's factories build for one run: model, optimiser, schedule, and the device they live on."""

import torch
from torch import nn

from goodfit.errors import TaskError
from goodfit.surgery import treat_
from goodfit.training.seeds import derive, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.task import Task


def build_model(task: Task, settings: Settings) -> nn.Module:
    """The task's model at this seed's initialisation, with the edits of the settings.

    Raises:
        TaskError: the task's model factory raised, or gave something else than a module.
    """
    seed_everything(derive(settings.seed, "initialisation"))
    try:
        model = task.model()
    except Exception as error:
        raise TaskError(
            f"model() raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error
    if not isinstance(model, nn.Module):
        raise TaskError(
            f"model() gave a {type(model).__name__}", where=f"Task {task.name!r}", todo="return a module"
        )
    if settings.treatment is not None:
        treat_(model, settings.treatment)
    return model


def build_optimizer(task: Task, model: nn.Module) -> torch.optim.Optimizer:
    """The task's optimiser over the parameters that are trained.

    Raises:
        TaskError: the task's optimiser factory raised.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        optimizer = task.optimizer(trained)
    except Exception as error:
        raise TaskError(
            f"optimizer() raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TaskError(
            f"optimizer() gave a {type(optimizer).__name__}",
            where=f"Task {task.name!r}",
            todo="return a torch.optim.Optimizer over the parameters it is given",
        )
    return optimizer


def build_scheduler(
    task: Task, optimizer: torch.optim.Optimizer
) -> torch.optim.lr_scheduler.LRScheduler | None:
    """The task's schedule of the learning rate, if it has one.

    Raises:
        TaskError: the task's scheduler factory raised.
    """
    if task.scheduler is None:
        return None
    try:
        return task.scheduler(optimizer)
    except Exception as error:
        raise TaskError(
            f"scheduler() raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error


def set_weight_decay(task: Task, optimizer: torch.optim.Optimizer, value: float) -> None:
    """Give the groups that decay like the first one another coefficient; groups set apart stay.

    Raises:
        TaskError: the optimiser has no weight decay.
    """
    own = optimizer.param_groups[0].get("weight_decay")
    if own is None:
        raise TaskError(
            f"{type(optimizer).__name__} has no weight decay",
            where=f"Task {task.name!r}",
            todo="use an optimiser that has it, such as AdamW, or another remedy",
        )
    for group in optimizer.param_groups:
        if group.get("weight_decay") == own:
            group["weight_decay"] = value


def choose_device(name: str) -> torch.device:
    """Turn "auto" into the GPU when there is one, else the CPU.

    Raises:
        TaskError: the device that was named is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise TaskError(
            f"device {name!r} cannot be used: {reason}", todo='give "auto", "cpu" or "cuda"'
        ) from error
