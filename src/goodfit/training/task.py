# SPDX-License-Identifier: Apache-2.0
"""A training as data: what to train, on what, by which loss, and for how long.

    def task() -> Task:
        return Task(
            name="digits",
            model=lambda: nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)),
            train=(x, y),
            loss=nn.CrossEntropyLoss(),
            metric=accuracy,
            epochs=60,
        )

goodfit trains it many times over (other rates, other seeds), so the model is a factory.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.training.examples import Data
from goodfit.values import Goal

Loss = Callable[[Any, Any], Tensor]
MakeOptimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
MakeScheduler = Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]
_IN_ONE_KERNEL = (
    "cpu",
    "cuda",
)  # where torch has Adam's update in one kernel, which takes a third of the time


def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam (Kingma & Ba 2015) with its usual learning rate of 0.001, in one kernel where torch has one."""
    trained = list(parameters)
    one_kernel = all(each.device.type in _IN_ONE_KERNEL and each.is_floating_point() for each in trained)
    return torch.optim.Adam(trained, lr=1e-3, fused=one_kernel or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number to report beside the loss."""

    name: str
    score: Callable[[Any, Any], Any]  # (outputs, targets) of a whole split -> one score each, or one number
    goal: Goal = Goal.MAXIMIZE


def _hits(outputs: Tensor, targets: Tensor) -> Tensor:
    """Whether each class was predicted, shape (n,)."""
    return (outputs.argmax(dim=1) == targets).float()


accuracy = Metric(name="accuracy", score=_hits, goal=Goal.MAXIMIZE)
"""The share of examples whose most likely class is the true one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One training as its user would run it.

    Raises:
        TaskError: a field is out of its range, or not callable where it must be.
    """

    name: str
    model: Callable[[], nn.Module]  # a fresh, untrained model at each call
    train: Data  # (inputs, targets) tensors, or a map-style Dataset
    validation: Data | None = None  # cut from `train` when None
    test: Data | None = None  # cut from `train` first, and locked, when None
    loss: Loss  # (outputs, targets) -> one number
    metric: Metric | None = None
    optimizer: MakeOptimizer = adam
    scheduler: MakeScheduler | None = None  # stepped after every epoch
    clip_norm: float | None = None  # largest norm of the gradient
    epochs: int
    batch_size: int = 32
    device: str = "auto"
    groups: Sequence[Any] | None = None  # one label per training example; a group is never split
    test_groups: Sequence[Any] | None = None  # the same for `test`, the independent units of the proof
    times: Sequence[Any] | None = None  # one number or date per training example; nobody looks ahead of them
    train_size: int | None = None  # examples drawn from `train` for each seed; None: all that is left
    validation_size: int | None = None  # examples; None: a fifth of what is left after the test cut
    resample: bool = True  # False: keep the given sets at every seed (time series); needs validation and test

    def __post_init__(self) -> None:
        where = f"Task {self.name!r}"
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise TaskError(
                    f"{name} is {value!r}, not a whole number", where=where, todo="give 1 or more"
                )
        if not self.resample and (self.validation is None or self.test is None):
            raise TaskError(
                "resample=False keeps the given sets, and validation or test is missing",
                where=where,
                todo="give both; a random cut would mix the order that is to be kept",
            )
        for name in ("model", "loss", "optimizer"):
            if not callable(getattr(self, name)):
                found = type(getattr(self, name)).__name__
                raise TaskError(f"{name} is a {found}, not callable", where=where, todo="give a function")
        if isinstance(self.model, nn.Module):
            raise TaskError(
                "model is a finished nn.Module",
                where=where,
                todo="give a function that builds a fresh one: goodfit trains it once per arm and seed",
            )
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise TaskError(f"{name} is {getattr(self, name)}", where=where, todo="give 1 or more")
