# SPDX-License-Identifier: Apache-2.0
"""Weights are averaged along the way: a mean over the last part of the steps, which the noise of dropout does not shake.

The mean is a running one whose window grows with the training: step n enters with the weight 1 / (1 + n / 5), so that it
covers about the last fifth of the steps. It is what validation and test see; training goes on with the plain
weights. At a fixed rate it says what averaging alone brings.
"""

from dataclasses import dataclass, field

import torch
from dose_bed import Bed, Course, Floats, Part, Picked
from torch import Tensor
from way_parts import SHORT, answer, drop_at, randomly

SHARE = 0.2  # of the steps that the mean covers


@dataclass
class Mean:
    """The running mean of a course's weights; takes the place of its `step` and `measure`."""

    course: Course
    rows: list[Tensor] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        self._step, self._measure = self.course.step, self.course.measure
        self.course.step = self.step  # type: ignore[method-assign]
        self.course.measure = self.measure  # type: ignore[method-assign]

    def step(self, rows: Tensor) -> None:
        """A step of the optimiser, and of the mean."""
        self._step(rows)
        self.steps += 1
        weights = [each.detach() for each in self.course.model.parameters()]
        if not self.rows:
            self.rows = [each.clone() for each in weights]
        for mean, now in zip(self.rows, weights, strict=True):
            mean.lerp_(now, 1 / (1 + SHARE * self.steps))

    def measure(self, part: Part) -> Floats:
        """Measure the mean."""
        self._swap()
        found = self._measure(part)
        self._swap()
        return found

    def _swap(self) -> None:
        with torch.no_grad():
            for mean, weight in zip(self.rows, self.course.model.parameters(), strict=True):
                now = weight.detach().clone()
                weight.copy_(mean)
                mean.copy_(now)


@dataclass(frozen=True)
class Averaged:
    """One run with averaged weights: at a fixed rate, at random rates, or on a ramp over `times` the user's best epoch."""

    high: float
    times: float = 0.0
    random: bool = False

    @property
    def name(self) -> str:
        """As in the table."""
        words = ["random"] * self.random + [f"ramp in {self.times:g} to"] * bool(self.times)
        return "averaged " + " ".join([*words, f"{self.high:g}"])

    def search(self, bed: Bed) -> Picked:
        """Train it, early stopped after the ramp."""
        course = Course(bed, 0.0)
        if self.random:
            randomly(course)
        Mean(course)
        rising = max(1, round(self.times * (bed.own.best() + 1)))
        for epoch in range(1, bed.horizon + 1):
            drop_at(course, self.high * min(1.0, epoch / rising) if self.times else self.high)
            course.epoch()
            best = min(range(epoch), key=course.validation.__getitem__) + 1
            if epoch >= rising and SHORT.is_over(best, epoch):
                break
        return answer(bed, [course], f"best at {best}")


WAYS = (
    Averaged(0.0),
    Averaged(0.5),
    Averaged(0.7, times=1.0),
    Averaged(0.9, random=True),
    Averaged(0.9, times=1.0, random=True),
)
