# SPDX-License-Identifier: Apache-2.0
"""What a planner is asked, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from goodfit.surgery.facts import Survey
from goodfit.surgery.places import Wanted
from goodfit.surgery.subject import Subject
from goodfit.values import Edit, Prescription, Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """This remedy, at this dose, in these places of this model."""

    subject: Subject
    seen: Survey
    prescription: Prescription
    dose: float
    wanted: Wanted  # whether the user's choice of places takes in this dotted name
    example: Any = None  # one batch as the model takes it

    @property
    def model(self) -> nn.Module:
        """The model to be treated."""
        return self.subject.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The edits worked out, the places left alone, and, when there is no edit, why and what to do instead."""

    edits: tuple[Edit, ...]
    skipped: tuple[Skip, ...] = ()
    cause: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """How one remedy is worked out for a model."""

    plan: Callable[[Request], Planned]
    dose: Callable[[float | None], float]  # checks a dose; raises SettingsError naming the range
    needs_dose: bool = True  # whether the remedy is one of more or less
    of_training: bool = False  # changes what trains the model, so that a compiled model is no obstacle
