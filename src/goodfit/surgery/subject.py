# SPDX-License-Identifier: Apache-2.0
"""What a treatment may change: a model, and what trains it.

subject = Subject(model=model, optimizer=optimizer, loss=loss, epochs=60, scheduler=scheduler)
treat_(subject, treatment)
for epoch in range(subject.epochs):
    ...
    subject.loss(model(inputs), targets).backward()  # validation keeps the plain loss
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.values import Patience, RateStage

Loss = Callable[[Any, Any], Tensor]  # (outputs, targets) -> one number


@dataclass(slots=True, kw_only=True)
class Subject:
    """A model with what trains it, as far as it is given; edits of the training change its fields in place.

    The loss is that of training alone: validation keeps the user's own, or the two could not be compared.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer | None = None
    loss: Loss | None = None  # what training minimises
    epochs: int | None = None  # planned length
    patience: Patience | None = None  # None: train to the planned end
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None  # made on the optimiser already
    earlier: tuple[RateStage, ...] = ()  # the rates that dropout begins with, see `RateSchedule`
    unextended: int | None = None  # the planned length where such a schedule takes longer


def subject_of(given: nn.Module | Subject) -> Subject:
    """A subject as it is; a model alone as a subject without anything that trains it."""
    return given if isinstance(given, Subject) else Subject(model=given)


def optimizer_of(subject: Subject, asking: str) -> torch.optim.Optimizer:
    """The optimiser, which is to be changed.

    Args:
        subject: what is treated.
        asking: the remedy or edit that needs it, for the message.

    Raises:
        SurgeryError: none was given, or it is none of torch's and cannot carry hooks.
    """
    optimizer = subject.optimizer
    if optimizer is None:
        raise _missing(asking, "optimiser", "optimizer=optimizer")
    # Wrappers of other libraries inherit the methods for hooks and have nowhere to keep them.
    if not hasattr(optimizer, "_optimizer_step_pre_hooks"):
        raise SurgeryError(
            f"{asking} changes the optimiser, and a {type(optimizer).__name__} carries no hooks of torch's optimisers",
            where="optimizer",
            todo="give the torch optimiser that it wraps",
        )
    return optimizer


def skips_step(optimizer: torch.optim.Optimizer) -> bool:
    """Whether torch's gradient scaler told a fused optimiser that its gradients overflowed, so that it leaves its step out."""
    found = getattr(optimizer, "found_inf", None)
    return found is not None and bool(found)


def loss_of(subject: Subject, asking: str) -> Loss:
    """The training loss, which is to be changed.

    Raises:
        SurgeryError: none was given.
    """
    if subject.loss is None:
        raise _missing(asking, "training loss", "loss=loss")
    return subject.loss


def epochs_of(subject: Subject, asking: str) -> int:
    """The planned number of epochs, which is to be changed.

    Raises:
        SurgeryError: none was given.
    """
    if subject.epochs is None:
        raise _missing(asking, "number of epochs", "epochs=60")
    return subject.epochs


def not_as_planned(what: str, expected: object, found: object) -> SurgeryError:
    """The error of an edit that finds its place changed since it was planned."""
    return SurgeryError(
        f"{what} of {expected} was expected, and {found} found",
        todo="plan the treatment anew for the training as it is now",
    )


def _missing(asking: str, what: str, argument: str) -> SurgeryError:
    return SurgeryError(
        f"{asking} changes the {what}, and none was given",
        todo=f"give Subject(model=model, {argument}) in place of the model",
    )
