# SPDX-License-Identifier: Apache-2.0
"""Synthetic histories for the rules' own examples: a clean course times a little noise, the same every time."""

from collections.abc import Callable, Sequence
from math import exp
from random import Random

from goodfit.values import Curve, History, MeasuredAs, RunContext, Split

EPOCHS = 40
NOISE = 0.005  # relative: a validation set of some thousand examples


def falling(start: float, end: float, pace: float) -> Callable[[float], float]:
    """A loss that falls from `start` towards `end`, by 63 % of the way in each `pace` epochs."""
    return lambda epoch: end + (start - end) * exp(-epoch / pace)


def turning(start: float, end: float, pace: float, onset: float, slope: float) -> Callable[[float], float]:
    """The same, rising by the share `slope` of `end` an epoch from `onset` on."""
    fall = falling(start, end, pace)
    return lambda epoch: fall(epoch) + slope * end * max(epoch - onset, 0.0)


def line(start: float, end: float) -> Callable[[float], float]:
    """A straight line from `start` to `end` over the whole example."""
    return lambda epoch: start + (end - start) * epoch / (EPOCHS - 1)


def example(
    train: Callable[[float], float] | None,
    val: Callable[[float], float] | None,
    *,
    noise: float = NOISE,
    epochs: int = EPOCHS,
    chance_level: float | None = None,
) -> History:
    """Draw a history of `epochs` epochs; the noise of validation is `noise`, that of training a fifth of it."""
    curves = {}
    random = Random(7)  # any number; fixed, so that the page never changes
    if train is not None:
        drawn = _noisy(train, noise / 5, epochs, random)
        curves["train_loss"] = _curve(drawn, Split.TRAIN)
    if val is not None:
        curves["val_loss"] = _curve(_noisy(val, noise, epochs, random), Split.VALIDATION)
    return History(curves=curves, context=RunContext(chance_level=chance_level), source="a drawn example")


def _noisy(course: Callable[[float], float], noise: float, epochs: int, random: Random) -> list[float]:
    return [course(epoch) * (1 + noise * random.gauss(0, 1)) for epoch in range(epochs)]


def _curve(values: Sequence[float], split: Split) -> Curve:
    epochs = [float(epoch + 1) for epoch in range(len(values))]
    return Curve.of(values, x=epochs, split=split, measured_as=MeasuredAs.EVAL_MODE)
