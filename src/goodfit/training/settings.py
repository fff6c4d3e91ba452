# SPDX-License-Identifier: Apache-2.0
"""What one training does differently from the task as the user wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goodfit.values import Arm, Patience, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One training, apart from the task: it is the key under which the run is stored."""

    seed: int
    arm: Arm = Arm.CONTROL
    knobs: Mapping[str, float] = field(
        default_factory=dict
    )  # what was set, for the record: {"dropout rate": 0.4}
    treatment: Treatment | None = None  # edits of the model, its optimiser, training loss, or loop
    patience: Patience | None = None  # None: train to the planned end, unless the treatment has a patience
    max_epochs: int | None = None  # a cap below the planned epochs
    placeholders: Mapping[str, str] = field(default_factory=dict)  # of a command: {"dropout": "0.4"}
