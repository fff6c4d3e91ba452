# SPDX-License-Identifier: Apache-2.0
"""What a treatment may change: a model, and what trains it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.values import Edit, Patience


@dataclass(slots=True, kw_only=True)
class Subject:
    """A model with what trains it, as far as it is given; edits of the training change its fields in place.

    The loss is that of training alone: validation keeps the user's own, or the two could not be compared.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer | None = None
    loss: Callable[[Any, Any], Tensor] | None = None  # (outputs, targets) -> what training minimises
    epochs: int | None = None  # planned length
    patience: Patience | None = None  # None: train to the planned end


def subject_of(given: nn.Module | Subject) -> Subject:
    """A subject as it is; a model alone as a subject without anything that trains it."""
    return given if isinstance(given, Subject) else Subject(model=given)


def optimizer_of(subject: Subject, edit: Edit) -> torch.optim.Optimizer:
    """The optimiser that an edit changes.

    Raises:
        SurgeryError: none was given.
    """
    if subject.optimizer is None:
        raise SurgeryError(
            f"the edit {edit.kind.value!r} changes the optimiser, and none was given",
            where=edit.path,
            todo="give Subject(model=model, optimizer=optimizer) instead of the model",
        )
    return subject.optimizer
