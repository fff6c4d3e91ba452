# SPDX-License-Identifier: Apache-2.0
"""The rate follows a path: when validation stalls at one rate, training goes on at the next, from the best checkpoint.

    down    from a high rate at the initialisation towards none
    up      from the user's best checkpoint (his run overfits behind it) towards a high rate
    ramp    from the initialisation or that checkpoint, a little higher after each epoch
"""

from dataclasses import dataclass

from dose_bed import Bed, Course, Picked
from way_parts import SHORT, answer, drop_at, forked, own_best, randomly, to_best

from goodfit.values import Patience


@dataclass(frozen=True)
class Path:
    """A rate after the other, each till validation stalls; the next begins at the best checkpoint so far, or goes on."""

    rates: tuple[float, ...]
    fork: bool = False  # begin at the user's best checkpoint
    back: bool = True  # roll back to the best checkpoint before the next rate
    random: bool = False  # rates of examples, up to the rate

    @property
    def name(self) -> str:
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
    """The rate grows linearly to `high` over `share` of the horizon, and stays there; early stopped after that."""

    high: float
    share: float = 0.3
    fork: bool = True
    random: bool = False

    @property
    def name(self) -> str:
        return f"ramp to {self.high:g} in {self.share:g}" + " random" * self.random + " fork" * self.fork

    def search(self, bed: Bed) -> Picked:
        """Train with the rate growing epoch by epoch."""
        course = own_best(bed) if self.fork else Course(bed, 0.0)
        if self.random:
            randomly(course)
        rising = max(1, round(self.share * bed.horizon))
        for epoch in range(1, bed.horizon + 1):
            drop_at(course, self.high * min(1.0, epoch / rising))
            course.epoch()
            best = min(range(epoch), key=course.validation.__getitem__) + 1
            if Patience().is_over(best, epoch):
                break
        return answer(bed, [course])


WAYS = (
    Path((0.8, 0.6, 0.4, 0.2)),
    Path((0.8, 0.6, 0.4, 0.2), back=False),
    Path((0.9, 0.6, 0.3), random=True),
    Path((0.3, 0.5, 0.7, 0.85), fork=True),
    Path((0.3, 0.5, 0.7, 0.85), fork=True, back=False),
    Path((0.5, 0.7, 0.85), fork=True),
    Ramp(0.8),
    Ramp(0.9, random=True),
    Ramp(0.8, fork=False),
)
