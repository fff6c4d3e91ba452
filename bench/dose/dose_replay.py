# SPDX-License-Identifier: Apache-2.0
"""What replayed ways have in common: arms that are read no further than they would have been trained, and choosing among them.

The user's own run is arm 0: it is there, and costs nothing. Every other arm costs the epochs that were read of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from dose_bed import Bed, Curve, Picked

from goodfit.values import Patience

USUAL = Patience()  # goodfit's: max(5 epochs, half of the best epoch)


@dataclass(slots=True)
class Arm:
    """One training at a fixed rate, as far as it was carried out."""

    whole: Curve
    epochs: int = 0

    @property
    def rate(self) -> float:
        """Its dropout rate."""
        return self.whole.rate

    @property
    def best(self) -> int:
        """Its best epoch so far, counted from 0."""
        return self.whole.best(self.epochs)

    @property
    def lowest(self) -> float:
        """Its lowest validation loss so far; infinite before the first epoch, or where all was NaN."""
        if not self.epochs:
            return float("inf")
        found = float(self.whole.validation[self.best])
        return found if np.isfinite(found) else float("inf")

    def is_over(self, patience: Patience) -> bool:
        """Whether it is trained no further: at the planned end, or its minimum is too old."""
        return self.epochs >= len(self.whole) or (
            self.epochs > 0 and patience.is_over(self.best + 1, self.epochs)
        )


Hopeless = Callable[[Arm, float, int], bool]  # (arm, lowest loss of the leader, horizon)


@dataclass(slots=True)
class Ledger:
    """The arms of one search and what they cost."""

    bed: Bed
    arms: list[Arm] = field(default_factory=list)

    def start(self, rate: float) -> Arm:
        """A new training at a rate; at 0 it is the user's own, complete and free."""
        arm = Arm(self.bed.curve(rate))
        if rate == 0.0:
            arm.epochs = len(arm.whole)
        else:
            self.arms.append(arm)
        return arm

    def train(
        self,
        arm: Arm,
        patience: Patience | None = USUAL,
        *,
        upto: int | None = None,
        hopeless: Hopeless | None = None,
        budget: int | None = None,
    ) -> Arm:
        """Go on with an arm until it is over, `upto` epochs are done, it is hopeless, or the budget is spent."""
        leader = min((each.lowest for each in self.arms if each is not arm), default=float("inf"))
        last = min(upto or self.bed.horizon, self.bed.horizon)
        while arm.epochs < last and (budget is None or self.epochs < budget):
            if patience is not None and arm.is_over(patience):
                break
            if hopeless is not None and hopeless(arm, leader, self.bed.horizon):
                break
            arm.epochs += 1
        return arm

    @property
    def epochs(self) -> int:
        """Trained in all."""
        return sum(arm.epochs for arm in self.arms)

    def picked(self, arm: Arm | None, note: str = "") -> Picked:
        """The arm at its best checkpoint, with what all cost; None: the user's own run."""
        chosen = arm if arm is not None and np.isfinite(arm.lowest) else self.start(0.0)
        seconds = sum(float(each.whole.seconds[: each.epochs].sum()) for each in self.arms)
        return Picked(
            chosen.rate, self.epochs, seconds, chosen.lowest, float(chosen.whole.test[chosen.best]), note
        )


def lowest(arms: Iterable[Arm]) -> Arm:
    """The arm of the lowest validation loss; of equals the first."""
    return min(arms, key=lambda arm: arm.lowest)


def mildest(arms: Iterable[Arm]) -> Arm:
    """The lowest rate within one paired standard error of the best (Breiman et al. 1984, section 3.4.3)."""
    arms = list(arms)
    best = lowest(arms)
    level = [arm for arm in arms if arm is best or not is_worse(arm, best)]
    return min(level, key=lambda arm: arm.rate)


def is_worse(arm: Arm, best: Arm, errors: float = 1.0) -> bool:
    """Whether an arm's validation loss lies more than so many paired standard errors above another's."""
    if not np.isfinite(arm.lowest):
        return True
    row = arm.whole.losses[arm.best].astype(float) - best.whole.losses[best.best].astype(float)
    error = float(row.std(ddof=1)) / len(row) ** 0.5
    return bool(arm.lowest - best.lowest > errors * error)


def cannot_reach(reach: float, least: int = 5) -> Hopeless:
    """Hopeless when `reach` times what the last third of the epochs brought would not make it the leader."""

    def hopeless(arm: Arm, leader: float, _: int) -> bool:
        if arm.epochs < least or not np.isfinite(leader):
            return False
        before = float(np.min(arm.whole.validation[: max(1, round(arm.epochs * 2 / 3))]))
        return arm.lowest - reach * (before - arm.lowest) > leader

    return hopeless
