# SPDX-License-Identifier: Apache-2.0
"""Late dropout: no rate at first, then one rate at once.

What is common to the examples is learned first and fast without noise, what is learned by heart comes later. The first
part is a piece of the user's own run, which is there: its checkpoint after a share of its best epoch is where this begins,
with weights, optimiser and buffers. Liu et al. 2023 begin dropout late in large models.
"""

from dataclasses import dataclass

from dose_bed import Bed, Course, Picked
from dose_replay import USUAL
from way_parts import answer, drop_at, forked, randomly, train_on

from goodfit.values import Patience


@dataclass(frozen=True)
class Late:
    """One rate, or random rates up to it, from the user's run after `begin` of its best epoch."""

    rate: float
    begin: float = 0.5
    random: bool = False
    patience: Patience = USUAL
    times: float = 1.0  # the learning rate

    @property
    def name(self) -> str:
        """As in the table."""
        words = ["late", f"{self.rate:g}", f"from {self.begin:g}"]
        words += ["random"] * self.random + [f"learning rate times {self.times:g}"] * (self.times != 1)
        if self.patience != USUAL:
            words.append(f"patience {self.patience.floor} {self.patience.share:g}")
        return " ".join(words)

    def search(self, bed: Bed) -> Picked:
        """Train on from there, early stopped."""
        begun = round(self.begin * (bed.own.best() + 1))
        course = drop_at(forked(Course(bed, 0.0).run(begun)) if begun else Course(bed, 0.0), self.rate)
        if self.random:
            randomly(course)
        for group in course.optimizer.param_groups:
            group["lr"] *= self.times
        return answer(bed, [train_on(course, bed.horizon - begun, self.patience)], f"from epoch {begun}")


WAYS = (
    Late(0.5),
    Late(0.6),
    Late(0.9, random=True),
    Late(0.6, times=2.0),
    Late(0.6, begin=0.75),
    Late(0.7),
    Late(0.4),
    Late(0.6, begin=0.25),
    Late(0.8, random=True),
)
