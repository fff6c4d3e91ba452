# SPDX-License-Identifier: Apache-2.0
"""How long a training may go on without a better validation."""

from dataclasses import dataclass


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
