# SPDX-License-Identifier: Apache-2.0
"""What is compared: a loss, or a score of another name of which more is better."""

from dataclasses import dataclass

from goodfit.values import Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The name of the per-example numbers, and which way is better."""

    name: str = "loss"
    goal: Goal = Goal.MINIMIZE

    @property
    def sign(self) -> float:
        """What turns it into a loss, and back."""
        return 1.0 if self.goal is Goal.MINIMIZE else -1.0


LOSS = Measure()
