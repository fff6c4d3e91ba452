# SPDX-License-Identifier: Apache-2.0
"""Arms are forked from the user's best checkpoint, where overfitting sets in, and race for a short while.

The fork copies weights, optimiser and buffers. The winner is trained on, or its rate is trained anew from the
initialisation.
"""

from dataclasses import dataclass

import numpy as np
from dose_bed import Bed, Course, Picked
from way_parts import answer, drop_at, forked, own_best, train_on

from goodfit.values import Patience

ARMS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Fork:
    """Arms of a short horizon, then the best of them goes on."""

    short: float = 0.1  # of the horizon
    anew: bool = False  # train the winner's rate from the initialisation
    arms: tuple[float, ...] = ARMS

    @property
    def name(self) -> str:
        """As in the table."""
        return f"fork {len(self.arms)} arms of {self.short:g}, " + ("anew" if self.anew else "on")

    def search(self, bed: Bed) -> Picked:
        """Race, and train the winner."""
        start = own_best(bed)
        epochs = max(2, round(self.short * bed.horizon))
        arms = [train_on(drop_at(forked(start), rate), epochs) for rate in self.arms]
        winner = int(np.argmin([min(arm.validation) for arm in arms]))
        rate = self.arms[winner]
        if self.anew:
            fresh = train_on(Course(bed, rate), bed.horizon, Patience())
            return answer(bed, [*arms, fresh], f"rate {rate:g}")
        on = train_on(arms[winner], bed.horizon, Patience())
        return answer(bed, [*(arm for arm in arms if arm is not on), on], f"rate {rate:g}")


@dataclass(frozen=True)
class OneFork:
    """A single fork at one rate, early stopped."""

    rate: float

    @property
    def name(self) -> str:
        """As in the table."""
        return f"fork at {self.rate:g}"

    def search(self, bed: Bed) -> Picked:
        """Train it on."""
        return answer(bed, [train_on(drop_at(own_best(bed), self.rate), bed.horizon, Patience())])


WAYS = (Fork(), Fork(anew=True), Fork(short=0.25), OneFork(0.5), OneFork(0.7))
