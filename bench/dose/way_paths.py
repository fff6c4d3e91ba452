# SPDX-License-Identifier: Apache-2.0
"""The rate follows a path: when validation stalls at one rate, training goes on at the next, from the best checkpoint.

down    from a high rate at the initialisation towards none
up      from the user's best checkpoint (his run overfits behind it) towards a high rate
ramp    from the initialisation or an early checkpoint of his, a little higher after each epoch
"""

from dataclasses import dataclass

from dose_bed import Bed, Course, Picked
from way_parts import SHORT, answer, drop_at, forked, own_best, randomly, to_best


@dataclass(frozen=True)
class Path:
    """A rate after the other, each till validation stalls; the next begins at the best checkpoint so far, or goes on."""

    rates: tuple[float, ...]
    fork: bool = False  # begin at the user's best checkpoint
    back: bool = True  # roll back to the best checkpoint before the next rate
    random: bool = False  # rates of examples, up to the rate

    @property
    def name(self) -> str:
        """As in the table."""
        words = [f"path {'-'.join(f'{rate:g}' for rate in self.rates)}"]
        words += ["random"] * self.random + ["fork"] * self.fork + ["no rollback"] * (not self.back)
        return " ".join(words)

    def search(self, bed: Bed) -> Picked:
        """Go along the path, and end when a whole stage brings nothing better."""
        course = own_best(bed) if self.fork else Course(bed, self.rates[0])
        if self.random:
            randomly(course)
        lowest = bed.own.validation[bed.own.best()] if self.fork else float("inf")
        stages = []
        left = bed.horizon
        for rate in self.rates:
            ended, best = to_best(drop_at(course, rate), left, SHORT)
            stages.append(ended)
            left -= len(ended.validation)
            better = best.validation[-1] < lowest
            if not better and self.fork and len(stages) > 1:
                break
            lowest = min(lowest, best.validation[-1])
            if left <= 0:
                break
            if not self.back:
                course = forked(ended)
            elif better:
                course = forked(best)
            else:
                course = forked(own_best(bed)) if len(stages) == 1 and self.fork else forked(best)
        return answer(bed, stages, f"{len(stages)} stages")


@dataclass(frozen=True)
class Ramp:
    """The rate grows linearly with the epochs, over `times` the user's best epoch, to `high`, and stays there.

    Training without dropout is fast, and what it learns by heart it learns last: so the noise comes when it is needed.
    The first epochs at no rate are those of the user's own run, which is there: a ramp may begin from its checkpoint.
    """

    high: float
    times: float = 2.0
    begin: float = 0.0  # at the checkpoint of the user's run after this share of its best epoch
    random: bool = False  # rates of examples, up to the rate

    @property
    def name(self) -> str:
        """As in the table."""
        word = "random ramp" if self.random else "ramp"
        return f"{word} to {self.high:g} in {self.times:g}" + (f" from {self.begin:g}" if self.begin else "")

    def search(self, bed: Bed) -> Picked:
        """Train with the rate growing epoch by epoch; patience begins with the end of the ramp."""
        own = bed.own.best() + 1
        begun = round(self.begin * own)
        course = forked(Course(bed, 0.0).run(begun)) if begun else Course(bed, 0.0)
        if self.random:
            randomly(course)
        rising = max(1, round(self.times * own))
        for epoch in range(1, bed.horizon + 1 - begun):
            drop_at(course, self.high * min(1.0, epoch / rising))
            course.epoch()
            best = min(range(epoch), key=course.validation.__getitem__) + 1
            if epoch >= rising and SHORT.is_over(best, epoch):
                break
        return answer(bed, [course], f"best at {best}")


WAYS = (
    Path((0.8, 0.6, 0.4, 0.2)),
    Path((0.9, 0.6, 0.3), random=True),
    Path((0.3, 0.5, 0.7, 0.85), fork=True),
    Path((0.3, 0.5, 0.7, 0.85), fork=True, back=False),
    Ramp(0.7),
    Ramp(0.8),
    Ramp(0.9, random=True),
    Ramp(0.7, begin=0.5),
    Ramp(0.7, times=1.0),
    Ramp(0.9, begin=0.5, random=True),
)
