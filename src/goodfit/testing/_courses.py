# SPDX-License-Identifier: Apache-2.0
"""Trainings whose course is known beforehand, for the contract of integrations.

In most of them the model's single weight goes from 0 to 1 in a fixed way, whatever trains it (plain SGD on squared
error), so that it says how many epochs are done; validation answers with a number read from a script.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

STEPS = 4  # an epoch
BATCH = 8
PACE = 0.9  # what an epoch leaves of the distance between the weight and 1
LOUD = 0.3  # what training mode adds to and takes from the answers, as dropout would


class Scripted(nn.Module):
    """A network of one weight; on validation rows its squared error is the script's number for the epoch.

    Args:
        script: validation loss at the beginning and after each epoch.
    """

    def __init__(self, script: tuple[float, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.script: Tensor
        self.register_buffer("script", torch.tensor(script), persistent=False)

    @property
    def epoch(self) -> float:
        """How many epochs the weight has seen."""
        return math.log(1 - float(self.weight.detach())) / math.log(PACE)

    def forward(self, rows: Tensor) -> Tensor:
        """Give the weight for training rows, (kind 0, sign), and the script's root for validation rows (kind 1)."""
        kind, sign = rows[:, :1], rows[:, 1:2]
        loud = LOUD * sign + 0 * torch.rand(()) if self.training else torch.zeros(())
        place = (
            max(0, min(round(self.epoch), len(self.script) - 1)) if float(self.weight.detach()) < 1 else -1
        )
        answer = self.script[place].sqrt()
        return torch.where(kind > 0, answer + 0 * self.weight, self.weight + loud)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A training to be carried out: SGD without momentum, mean squared error, batches in order and never shuffled."""

    build: Callable[[], nn.Module]  # the same weights each time
    train: tuple[Tensor, Tensor]  # inputs (n, k), targets (n, 1)
    validation: tuple[Tensor, Tensor]
    epochs: int
    rate: float  # learning rate
    batch: int = BATCH  # examples, of training and of validation
    options: Mapping[str, Any] = field(default_factory=dict)  # for GoodfitCallback
    folder: Path = Path()  # for checkpoints

    def batches(self) -> list[tuple[Tensor, Tensor]]:
        """The training data in their order."""
        count = len(self.train[0]) // self.batch
        return list(zip(*(part.tensor_split(count) for part in self.train), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A training that was carried out."""

    model: nn.Module
    run: Any = None  # the Watch; None when nothing watched


def scripted(script: tuple[float, ...], **facts: Any) -> Course:
    """A course whose validation loss is `script`, from before the first epoch on."""
    rows = torch.tensor([[0.0, 1.0], [0.0, -1.0]]).repeat(STEPS * BATCH // 2, 1)
    rate = (1 - PACE ** (1 / STEPS)) / 2  # of the error's slope, which is twice the distance
    return Course(
        build=lambda: Scripted(script),
        train=(rows, torch.ones(len(rows), 1)),
        validation=(torch.ones(BATCH, 2), torch.zeros(BATCH, 1)),
        epochs=len(script) - 1,
        rate=rate,
        **facts,
    )


def small_network(**facts: Any) -> Course:
    """A real network on a line with noise."""
    draws = torch.Generator().manual_seed(0)
    rows = torch.randn(STEPS * BATCH + 2 * BATCH, 4, generator=draws)
    targets = rows @ torch.tensor([[1.0], [-2.0], [0.5], [0.0]]) + 0.3 * torch.randn(
        len(rows), 1, generator=draws
    )
    cut = STEPS * BATCH

    def build() -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.BatchNorm1d(8), nn.Linear(8, 1))

    return Course(
        build=build,
        train=(rows[:cut], targets[:cut]),
        validation=(rows[cut:], targets[cut:]),
        epochs=4,
        rate=0.05,
        **facts,
    )


def falling(epochs: int) -> tuple[float, ...]:
    """Validation that stays a little above training."""
    return tuple(1.1 * PACE ** (2 * epoch) for epoch in range(epochs + 1))


def turning(epochs: int, *, best: int = 4) -> tuple[float, ...]:
    """Validation that gets better up to `best`, and worse from there on."""
    return tuple(0.5 + 0.08 * abs(epoch - best) for epoch in range(epochs + 1))


def recovering() -> tuple[float, ...]:
    """Validation that turns, and makes a new best in the end."""
    risen = turning(11)
    return (*risen, 0.3, 0.25, 0.24)


def breaking(epochs: int, *, at: int = 8) -> tuple[float, ...]:
    """Validation that is NaN after epoch `at`."""
    return tuple(value if epoch <= at else math.nan for epoch, value in enumerate(falling(epochs)))
