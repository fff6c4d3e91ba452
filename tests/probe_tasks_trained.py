# SPDX-License-Identifier: Apache-2.0
"""Tasks for the probes that train or take the model apart: split-classifier to input-noise."""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

import toy_task
from goodfit.testing.probes import ProbeCase
from goodfit.training import Task

SGD: Any = partial(torch.optim.SGD, lr=0.1)


def drawn(size: int, seed: int, *, noise: float = 0.0, shift: float = 0.0) -> tuple[Tensor, Tensor]:
    """Two classes by the sign of a sum, with noise in it; all inputs shifted."""
    draws = torch.Generator().manual_seed(seed)
    x = torch.randn(size, 10, generator=draws)
    y = (x[:, 0] + x[:, 1] + noise * torch.randn(size, generator=draws) > 0).long()
    return x + shift, y


def split(
    name: str, train: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor], epochs: int = 3
) -> Task:
    """A task with given splits."""
    return replace(
        toy_task.task(epochs=epochs), name=name, train=train, validation=validation, test=drawn(40, 9)
    )


def shifted() -> Task:
    """Every validation input is higher by half a standard deviation."""
    return split("shifted", drawn(400, 1), drawn(400, 2, shift=0.5))


def alike() -> Task:
    """Both splits are drawn alike."""
    return split("alike", drawn(800, 1), drawn(800, 2))


def tiny() -> Task:
    """Six training examples."""
    return split("tiny", drawn(6, 1), drawn(6, 2))


def hungry() -> Task:
    """Forty examples of a rule in ten inputs, where eighty are better by much."""
    return split("hungry", drawn(60, 1, noise=0.1), drawn(1000, 2, noise=0.1), epochs=8)


def fed() -> Task:
    """A linear model with examples in plenty."""
    return replace(
        split("fed", drawn(2000, 1, noise=1.0), drawn(1000, 2, noise=1.0), epochs=6),
        model=lambda: nn.Linear(10, 2),
        optimizer=SGD,
    )


def no_signal() -> Task:
    """Labels that have nothing to do with the inputs."""
    x, _ = drawn(300, 1)
    labels = torch.randint(0, 2, (300,), generator=torch.Generator().manual_seed(5))
    return split("no signal", (x, labels), drawn(200, 2), epochs=20)


def never_learns() -> Task:
    """A rate of next to nothing."""
    slow: Any = partial(torch.optim.SGD, lr=1e-9)
    return replace(alike(), name="never learns", optimizer=slow)


class Stuck(nn.Module):
    """A product of two zero vectors a hidden unit: the gradient is 0 and a way down is left."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(10, 8, bias=False), nn.Linear(8, 2, bias=False)
        for layer in (self.first, self.second):
            nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Linear in x, in two steps."""
        return self.second(self.first(x))  # type: ignore[no-any-return]


def saddle() -> Task:
    """All weights are 0 and stay there."""
    return replace(alike(), name="saddle", model=Stuck, optimizer=SGD)


def at_rest() -> Task:
    """Logistic regression on noisy labels, trained until nothing moves."""
    return replace(
        split("at rest", drawn(1000, 1, noise=1.0), drawn(200, 2, noise=1.0), epochs=10),
        model=lambda: nn.Linear(10, 2),
        optimizer=partial(torch.optim.SGD, lr=0.3),
    )


def one_unit() -> Task:
    """A hidden layer of many units of which one carries all."""

    def model() -> nn.Module:
        first, last = nn.Linear(10, 40), nn.Linear(40, 2)
        with torch.no_grad():
            first.weight.zero_()
            first.weight[7, :2] = 1.0
            last.weight[:, 7] = torch.tensor([-2.0, 2.0])
        return nn.Sequential(first, nn.Tanh(), last)

    still: Any = partial(torch.optim.SGD, lr=1e-6)
    return replace(alike(), name="one unit", model=model, optimizer=still)


def many_units() -> Task:
    """A wide layer that hardly moved from its initialisation, where each unit is one of many."""
    still: Any = partial(torch.optim.SGD, lr=1e-3)
    return replace(alike(), name="many units", model=toy_task.model, optimizer=still)


def no_hidden() -> Task:
    """A linear model."""
    return replace(alike(), name="no hidden", model=lambda: nn.Linear(10, 2))


class Sharp(nn.Module):
    """A fast wave of the inputs, which the least noise turns over."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Waves with a length of a third of a standard deviation."""
        return self.last(torch.sin(20 * x))  # type: ignore[no-any-return]


def sharp() -> Task:
    """Labels by fast waves of the inputs, which the model knows."""
    (x, _), (held, _) = drawn(800, 1), drawn(400, 2)
    return replace(
        split(
            "sharp",
            (x, (torch.sin(20 * x[:, 0]) > 0).long()),
            (held, (torch.sin(20 * held[:, 0]) > 0).long()),
        ),
        model=Sharp,
        optimizer=partial(torch.optim.Adam, lr=0.05),
        epochs=8,
    )


def tokens() -> Task:
    """Inputs that are the numbers of words."""

    def numbers(size: int, seed: int) -> tuple[Tensor, Tensor]:
        x = torch.randint(0, 50, (size, 12), generator=torch.Generator().manual_seed(seed))
        return x, (x[:, 0] > 24).long()

    def model() -> nn.Module:
        return nn.Sequential(nn.Embedding(50, 8), nn.Flatten(), nn.Linear(96, 2))

    return replace(split("tokens", numbers(200, 1), numbers(100, 2)), model=model, test=numbers(40, 3))


CASES = {
    "split-classifier": ProbeCase(shows=shifted, silent=alike, not_applicable=tiny),
    "half-data": ProbeCase(shows=hungry, silent=fed, not_applicable=tiny),
    "random-labels": ProbeCase(shows=no_signal, silent=alike, not_applicable=never_learns),
    "plateau-slope": ProbeCase(shows=saddle, silent=at_rest, not_applicable=tiny),
    "single-units": ProbeCase(shows=one_unit, silent=many_units, not_applicable=no_hidden),
    "input-noise": ProbeCase(shows=sharp, silent=fed, not_applicable=tokens),
}
