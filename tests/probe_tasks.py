# SPDX-License-Identifier: Apache-2.0
"""Tasks for the probes that measure anew: train-in-eval-mode to duplicates."""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

import toy_task
from goodfit.testing.probes import ProbeCase
from goodfit.training import Task


def calm() -> Task:
    """A linear model at a low rate: it hardly moves, in either mode."""
    optimizer: Any = partial(torch.optim.SGD, lr=1e-3)
    return replace(toy_task.task(epochs=3), name="calm", model=lambda: nn.Linear(10, 2), optimizer=optimizer)


def drops() -> Task:
    """Half of the units are dropped in training: the logged training loss is far too high."""

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.7), nn.Linear(64, 2))

    return replace(toy_task.task(epochs=6), name="drops", model=model)


class AlwaysDrops(nn.Module):
    """Dropout that was forgotten to be tied to the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(10, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Drop, whatever the mode."""
        return self.net(functional.dropout(x, 0.3))  # type: ignore[no-any-return]


class StaysInTraining(nn.Sequential):
    """Batch norm that keeps using the batch, because train() is overridden."""

    def train(self, mode: bool = True) -> "StaysInTraining":  # noqa: ARG002 - that is the fault
        """Ignore what is asked."""
        return super().train(mode=True)


def ignores_eval() -> Task:
    """Evaluation is random."""
    return replace(toy_task.task(epochs=2), name="ignores eval", model=AlwaysDrops)


def uses_the_batch() -> Task:
    """Evaluation depends on which examples share a batch."""

    def model() -> nn.Module:
        return StaysInTraining(nn.Linear(10, 16), nn.BatchNorm1d(16), nn.Linear(16, 2))

    return replace(toy_task.task(epochs=2), name="uses the batch", model=model)


def starts_loud() -> Task:
    """The last layer is a hundred times too large."""

    def model() -> nn.Module:
        net = toy_task.model()
        with torch.no_grad():
            next(net[4].parameters()).mul_(100)  # type: ignore[index]
        return net

    return replace(toy_task.task(epochs=2), name="starts loud", model=model)


def own_loss() -> Task:
    """A loss whose chance level nobody knows."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.multi_margin_loss(outputs, targets)

    return replace(toy_task.task(epochs=2), name="own loss", loss=loss)


def overconfident() -> Task:
    """Few clear examples and many epochs: the answers are good, and far too sure."""
    draws = torch.Generator().manual_seed(3)
    x = torch.randn(2000, 10, generator=draws)
    noisy = x[:, 0] + x[:, 1] + 0.3 * torch.randn(2000, generator=draws)
    return replace(
        toy_task.task(epochs=40),
        name="overconfident",
        train=(x, (noisy > 0).long()),
        train_size=150,
        validation_size=1200,
    )


def copied() -> Task:
    """A tenth of the validation examples was trained on, some with another label."""
    x, y = toy_task.data(300)
    own = torch.randn(100, 10, generator=torch.Generator().manual_seed(8))
    held = torch.cat([x[:5], x[5:10] + 0.01, own])
    labels = torch.cat([1 - y[:2], y[2:10], (own[:, 0] > 0).long()])
    return replace(
        toy_task.task(epochs=1),
        name="copied",
        train=(x, y),
        validation=(held, labels),
        test=toy_task.data(40),
    )


class Jittered(Dataset[tuple[Tensor, int]]):
    """Inputs that are drawn anew at each reading, as augmentation does."""

    def __init__(self, x: Tensor, y: Tensor, transform: Any = None) -> None:
        self.x, self.y, self.transform = x, y, transform

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        x = self.x[i]
        return (x if self.transform is None else self.transform(x)), int(self.y[i])


def shaken(x: Tensor) -> Tensor:
    """Add strong noise."""
    return x + 2 * torch.randn_like(x)


def augmented() -> Task:
    """Training inputs are shaken, validation inputs are not."""
    x, y = toy_task.data(300)
    return replace(
        toy_task.task(epochs=3),
        name="augmented",
        train=Jittered(x[:200], y[:200], shaken),
        validation=Jittered(x[200:], y[200:]),
        test=toy_task.data(40),
    )


CASES = {
    "train-in-eval-mode": ProbeCase(shows=drops, silent=calm),
    "repeated-evaluation": ProbeCase(shows=ignores_eval, silent=calm),
    "initial-loss": ProbeCase(shows=starts_loud, silent=toy_task.task, not_applicable=own_loss),
    "paired-noise": ProbeCase(shows=overconfident, silent=calm, not_applicable=toy_task.diverges),
    "temperature": ProbeCase(shows=overconfident, silent=calm, not_applicable=own_loss),
    "duplicates": ProbeCase(shows=copied, silent=calm, not_applicable=augmented),
}
