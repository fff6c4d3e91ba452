# SPDX-License-Identifier: Apache-2.0
"""Arms that begin at the best checkpoint of another arm: the first as `tune` begins, then a step up as long as it helps.

Where the first arm's curve points far up, the second is trained from the start, since what ratings need lies there. All
others begin where the arm before was best and drop two fifths of the units more that it kept, so that a step costs a few epochs.
"""

from dataclasses import dataclass, field

from dose_bed import Bed, Course, Picked, nearest
from way_parts import SHORT, answer, drop_at, forked, to_best

from goodfit.tuning import first_rate, higher_rate, milder_rate
from goodfit.values import Patience

KEPT = 0.6  # of the units that an arm keeps are kept by the next
FAR = 0.75  # a rate from which on an arm is trained from the start
BEYOND = 0.25  # of the plan that an arm begun late may train beyond its end


@dataclass(slots=True)
class _Search:
    """The arms of one search."""

    bed: Bed
    arms: list[Course] = field(default_factory=list)
    rates: dict[int, float] = field(default_factory=dict)  # of the arms, by identity

    def begun(self, rate: float, at: Course | None = None) -> tuple[Course, float, int]:
        """Train an arm: (a copy at its best checkpoint, its lowest loss, its best epoch counted from 1)."""
        if at is None:
            course, most, patience = Course(self.bed, rate), self.bed.horizon, Patience()
        else:
            left = self.bed.horizon - at.epochs + round(BEYOND * self.bed.horizon)
            course, most, patience = drop_at(forked(at), rate), max(SHORT.floor, left), SHORT
        ended, best = to_best(course, most, patience)
        self.arms.append(ended)
        self.rates[id(ended)] = rate
        lowest = min(ended.validation)
        return best, lowest, ended.validation.index(lowest) + 1


@dataclass(frozen=True)
class BegunLate:
    """The search."""

    name: str = "arms begun at another's best"

    def search(self, bed: Bed) -> Picked:
        """Search; the rate that is given is that of the arm with the lowest loss, and none for a training from the start."""
        own, at = bed.own, bed.own.best() + 1
        search, first = _Search(bed), nearest(first_rate((0.0, at), bed.horizon))
        best, lowest, epoch = search.begun(first)
        if lowest >= own.validation[own.best()]:
            search.begun(nearest(milder_rate(0.0, first)))
        else:
            found = higher_rate((0.0, at), (first, epoch), bed.horizon)
            rate = first
            if found is not None and found >= FAR:
                far, there, _ = search.begun(nearest(found))
                if there < lowest:
                    best, lowest, rate = far, there, nearest(found)
            for _ in range(2):
                rate = 1 - (1 - rate) * KEPT
                best, there, _ = search.begun(rate, at=best)
                if there >= lowest:
                    break
                lowest = there
        winner = min(search.arms, key=lambda arm: min(arm.validation))
        picked = answer(bed, search.arms)
        rate_of_winner = 0.0 if picked.rate == 0.0 else search.rates[id(winner)]
        return Picked(
            rate_of_winner, picked.epochs, picked.seconds, picked.validation, picked.test, picked.note
        )


WAYS = (BegunLate(),)
