# SPDX-License-Identifier: Apache-2.0
"""What one training does differently from the task as the user wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from goodfit.values import Arm, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Stop when the validation minimum is older than `max(floor, share * its epoch)`.

    A floor alone punishes slow arms: at drop rate p the best epoch comes about 1/(1-p)^2 times later
    (a pilot with two hidden layers), so the patience grows with the best epoch itself.
    """

    floor: int = 5  # epochs
    share: float = 0.5  # of the best epoch

    def is_over(self, best_epoch: int, epoch: int) -> bool:
        """Whether a run whose minimum was in `best_epoch` stops after `epoch` (both 1-based)."""
        return epoch - best_epoch > max(self.floor, self.share * best_epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One training, apart from the task: it is the key under which the run is stored."""

    seed: int
    arm: Arm = Arm.CONTROL
    knobs: Mapping[str, float] = field(
        default_factory=dict
    )  # what was set, for the record: {"dropout rate": 0.4}
    treatment: Treatment | None = None  # edits of the model
    weight_decay: float | None = None  # replaces the optimiser's own
    patience: Patience | None = None  # None: train to the planned end
    max_epochs: int | None = None  # a cap below the task's epochs
