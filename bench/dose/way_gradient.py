# SPDX-License-Identifier: Apache-2.0
"""One-run control: the rate moves along the gradient of the validation loss through one step of the optimiser.

Every few steps the training gradient of the batch is taken at two rates with the same mask uniforms. Their difference, as
Adam would scale it, against the gradient of the validation loss on a batch of it says whether a step at a higher rate would have
left validation lower: dL/dp is about -lr * <g_val, d(scaled g_train)/dp>. A small step of logit(rate), of a size that
its own running mean square sets, follows. One rate is shared by all places. The extra passes are counted as epochs.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import torch
from dose_bed import HIGHEST, Bed, Course, Picked
from torch import Tensor
from way_parts import answer, drop_at, own_best, randomly

from goodfit.values import Patience

EVERY = 4  # steps of training to one of control: 3 passes more, so that an epoch costs 7/4
APART = 0.1  # in rate, from the middle to either side: wide enough to be seen over rounding
BATCH = 128  # validation examples of one estimate
PASSES = 3
FIRST_RATE, FORGET = 0.1, 0.1  # of logit(rate) per control step; share of the newest in running means


@dataclass
class Control:
    """Turns the rate of a course while it trains."""

    rate: float
    pace: float = FIRST_RATE
    mean: float = 0.0
    square: float = 0.0
    steps: int = 0
    calls: int = 0

    def __call__(self, course: Course, rows: Tensor) -> None:
        """Before a step: now and then measure and turn, always set."""
        self.steps += 1
        if self.steps % EVERY == 0:
            self._turn(course, rows)
        drop_at(course, self.rate)

    def _turn(self, course: Course, rows: Tensor) -> None:
        low, high = max(0.0, self.rate - APART), min(HIGHEST, self.rate + APART)
        part, validation = course.bed.parts[0], course.bed.parts[1]
        chosen = torch.randperm(len(validation.y), generator=torch.Generator().manual_seed(self.steps))[
            :BATCH
        ]
        course.model.eval()
        wanted = _gradients(course, validation.x[chosen], validation.y[chosen])
        course.model.train()
        found = []
        for rate in (low, high):
            course.keys.step = course.steps  # the same uniforms at both rates
            drop_at(course, rate)
            found.append(_gradients(course, part.x[rows], part.y[rows]))
        course.keys.step = course.steps
        slope = 0.0
        for parameter, target, one, other in zip(course.model.parameters(), wanted, *found, strict=True):
            state = course.optimizer.state.get(parameter, {})
            size = state["exp_avg_sq"].sqrt().add(1e-8) if "exp_avg_sq" in state else torch.ones(())
            slope -= float((target * (other - one) / size).sum()) / (high - low)
        self._move(slope * self.rate * (1 - self.rate))

    def _move(self, slope: float) -> None:
        """A step of Adam's kind: the running mean of the slopes over the root of their running mean square."""
        self.calls += 1
        self.mean += FORGET * (slope - self.mean)
        self.square += FORGET * (slope**2 - self.square)
        correction = 1 - (1 - FORGET) ** self.calls
        step = (self.mean / correction) / (sqrt(self.square / correction) + 1e-12)
        moved = log(self.rate / (1 - self.rate)) - self.pace * step
        self.rate = min(0.9, max(0.02, 1 / (1 + exp(-moved))))


def _gradients(course: Course, x: Tensor, y: Tensor) -> list[Tensor]:
    loss = course.bed.task.loss(course.model(x), y)
    parameters = [each for each in course.model.parameters() if each.requires_grad]
    return list(torch.autograd.grad(loss, parameters, allow_unused=False))


@dataclass(frozen=True)
class Gradient:
    """Control from the initialisation, or on from the user's best checkpoint."""

    start: float = 0.4
    fork: bool = False
    random: bool = False

    @property
    def name(self) -> str:
        """As in the table."""
        return f"gradient from {self.start:g}" + " random" * self.random + " fork" * self.fork

    def search(self, bed: Bed) -> Picked:
        """Train one run under control, early stopped."""
        course = own_best(bed) if self.fork else Course(bed, self.start)
        if self.random:
            randomly(course)
        control = Control(self.start)
        course.before_step = control
        for epoch in range(1, bed.horizon + 1):
            course.epoch()
            best = min(range(epoch), key=course.validation.__getitem__) + 1
            if Patience().is_over(best, epoch):
                break
        extra = len(course.validation) * PASSES / EVERY
        return answer(bed, [course], f"ended at {control.rate:.2f}", extra)


WAYS = (Gradient(), Gradient(fork=True), Gradient(start=0.7, random=True))
