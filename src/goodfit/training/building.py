# SPDX-License-Identifier: Apache-2.0
"""What the task's factories build for one run: model, optimiser, schedule, and the device they live on.

A treatment's edits of the model are made before the optimiser takes its parameters, those of the training after the
schedule is there.
"""

import torch
from torch import nn

from goodfit.errors import TaskError
from goodfit.surgery import Subject, treat_
from goodfit.training.seeds import derive, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.task import Task


def build_model(task: Task, settings: Settings) -> nn.Module:
    """The task's model at this seed's initialisation, with the model edits of the settings.

    Raises:
        TaskError: the task's model factory raised, or gave something else than a module.
        SurgeryError: the treatment does not fit the model.
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
    if settings.treatment is not None and (of_model := settings.treatment.of_model()).edits:
        treat_(model, of_model)
    return model


def build_subject(task: Task, model: nn.Module, settings: Settings) -> Subject:
    """A model with all that trains it, with the training edits of the settings.

    Raises:
        TaskError: a factory of the task raised.
        SurgeryError: the treatment does not fit the optimiser, the loss or the loop.
    """
    optimizer = build_optimizer(task, model)
    subject = Subject(
        model=model,
        optimizer=optimizer,
        loss=task.loss,
        epochs=task.epochs,
        scheduler=build_scheduler(task, optimizer),
    )
    if settings.treatment is not None and (of_training := settings.treatment.of_training()).edits:
        treat_(subject, of_training)
    return subject


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
