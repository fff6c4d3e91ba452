# SPDX-License-Identifier: Apache-2.0
"""A task that trains in a fraction of a second and overfits: noisy labels, a wide network, few examples."""

import os

import torch
from torch import Tensor, nn

from goodfit.training import Task, accuracy
from goodfit.values import Edit, EditKind, Prescription, Treatment


def data(size: int = 400) -> tuple[Tensor, Tensor]:
    """Two classes, one in five labels wrong."""
    draws = torch.Generator().manual_seed(1)
    x = torch.randn(size, 10, generator=draws)
    y = (x[:, 0] + x[:, 1] > 0).long()
    return x, torch.where(torch.rand(size, generator=draws) < 0.2, 1 - y, y)


def model() -> nn.Module:
    """A wide network."""
    return nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def optimizer(parameters: object) -> torch.optim.Optimizer:
    """A high rate, so that a few epochs are enough."""
    return torch.optim.Adam(parameters, lr=1e-2)  # type: ignore[arg-type]


def task(epochs: int = 12) -> Task:
    """The task, small."""
    return Task(
        name="toy",
        model=model,
        train=data(),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        optimizer=optimizer,
        epochs=epochs,
    )


def raises() -> Task:
    """A task function with a fault in it."""
    raise RuntimeError("the disk is full of bees")


def not_a_task() -> int:
    """A function that gives something else."""
    return 3


def bad_model() -> Task:
    """Outputs and targets do not fit."""
    return Task(name="bad", model=lambda: nn.Linear(3, 2), train=data(), loss=nn.CrossEntropyLoss(), epochs=2)


def diverges() -> Task:
    """A learning rate that blows the weights up."""
    return Task(
        name="diverges",
        model=model,
        train=data(),
        loss=nn.CrossEntropyLoss(),
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=1e18),
        epochs=5,
    )


def decayed(value: float) -> Treatment:
    """Weight decay for the toy task's optimiser."""
    edit = Edit(path="optimizer", kind=EditKind.WEIGHT_DECAY, before=0.0, after=value, code="")
    return Treatment(prescription=Prescription(remedy="weight-decay"), edits=(edit,))


def slow() -> Task:
    """Long enough to be interrupted."""
    return task(epochs=400)


def dies() -> Task:
    """Takes the process down with it."""
    os._exit(9)
