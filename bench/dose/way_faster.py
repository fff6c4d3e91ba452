# SPDX-License-Identifier: Apache-2.0
"""A fixed rate with a higher learning rate: noise cancels in the sum of the steps, so larger steps may be taken.

Dropout nets were trained at 10 to 100 times the learning rate of plain ones with SGD (Srivastava et al. 2014, appendix
A.2). Adam divides a step by the size of the noisy gradient, so that something of the kind may hold there too.
"""

from dataclasses import dataclass

from dose_bed import Bed, Course, Picked
from way_average import Mean
from way_parts import answer, drop_at, forked, randomly, train_on

from goodfit.values import Patience


@dataclass(frozen=True)
class Faster:
    """One run at a rate, the learning rate times `times`; from the user's run after `begin` of its best epoch."""

    rate: float
    times: float
    begin: float = 0.0
    averaged: bool = False
    random: bool = False  # rates of examples, up to the rate

    @property
    def name(self) -> str:
        """As in the table."""
        begun = f" from {self.begin:g}" if self.begin else ""
        kind = "averaged " * self.averaged + "random " * self.random
        return f"{kind}{self.rate:g} at {self.times:g} times the learning rate{begun}"

    def search(self, bed: Bed) -> Picked:
        """Train it, early stopped."""
        begun = round(self.begin * (bed.own.best() + 1))
        course = forked(Course(bed, 0.0).run(begun)) if begun else Course(bed, 0.0)
        if self.averaged:
            Mean(course)
        drop_at(course, self.rate)
        if self.random:
            randomly(course)
        for group in course.optimizer.param_groups:
            group["lr"] *= self.times
        return answer(bed, [train_on(course, bed.horizon, Patience())])


WAYS = (
    Faster(0.5, 2.0),
    Faster(0.6, 2.0),
    Faster(0.0, 2.0),
    Faster(0.5, 1.0, 0.5),
    Faster(0.5, 2.0, 0.5),
    Faster(0.6, 3.0),
    Faster(0.9, 2.0, random=True),
    Faster(0.6, 2.0, averaged=True),
)
