# SPDX-License-Identifier: Apache-2.0
"""What cannot be stacked, or does not pay, is said in words."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from goodfit.nn import SpatialDropout
from goodfit.surgery import plan
from goodfit.training import Settings, Task, TaskSource, build_model, prepare
from goodfit.training.stacked import can_stack, work_of, worth_stacking
from goodfit.training.stacked.worth import MOST_ON_CPU, Work
from goodfit.values import Prescription
from toy_task import data, task


class Recurrent(nn.Module):
    """A recurrent layer over the features."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.out = nn.LSTM(1, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        out: Tensor = self.out(self.lstm(x.unsqueeze(2))[0][:, -1])
        return out


class Through(nn.Module):
    """A linear layer with something between its input and its output that `step` does."""

    def __init__(self, step: Any) -> None:
        super().__init__()
        self.fc, self.unused = nn.Linear(10, 2), nn.Linear(2, 2)
        self.seen: Tensor
        self.register_buffer("seen", torch.zeros(2))
        self.step = step

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        out: Tensor = self.unused(self.step(self, self.fc(x)))
        return out


def _noisy(_: Through, x: Tensor) -> Tensor:
    return x + torch.randn_like(x)


def _depends(_: Through, x: Tensor) -> Tensor:
    return x if x.sum() > 0 else -x


def _replaces(self: Through, x: Tensor) -> Tensor:
    if self.training:
        self.seen = 0.9 * self.seen + x.detach().mean(0)
    return x - self.seen


class NoGradient(nn.Module):
    """One of its layers is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.fc, self.spare = nn.Linear(10, 2), nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        out: Tensor = self.fc(x)
        return out


class Learned(nn.CrossEntropyLoss):
    """A loss with a number of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"model": Recurrent}, "lstm is a LSTM, which torch.func.vmap cannot map"),
        ({"train": TensorDataset(*data())}, "the data are a Dataset"),
        ({"optimizer": partial(torch.optim.Adadelta, lr=torch.tensor(0.1))}, "learning rate as a tensor"),
        ({"optimizer": torch.optim.Adagrad}, "Adagrad is none of the optimisers"),
        ({"loss": Learned()}, "the loss Learned holds numbers of its own"),
        ({"model": lambda: nn.Sequential(nn.Linear(10, 2), SpatialDropout(0.2))}, "1 is a SpatialDropout"),
        ({"model": lambda: nn.Sequential(nn.Linear(10, 2), nn.AlphaDropout(0.2))}, "torch's own random"),
        ({"model": partial(Through, _noisy)}, "cannot be stacked .RuntimeError: vmap: called random"),
        ({"model": partial(Through, _depends)}, "cannot be stacked .RuntimeError: vmap"),
        ({"model": partial(Through, _replaces)}, "the buffer seen of its first step differs"),
        ({"model": NoGradient}, "cannot be stacked .RuntimeError: .*not have been used"),
        (
            {"optimizer": lambda parameters: torch.optim.SGD(list(parameters)[:2])},
            "does not hold each trained",
        ),
    ],
)
def test_the_reason_is_named(changes: dict[str, Any], because: str) -> None:
    """Each kind of model, data, loss and optimiser that a stack would get wrong is refused."""
    prepared = prepare(TaskSource(task=replace(task(2), **changes)))
    found = can_stack(prepared.task, prepared.pool, [Settings(seed=0), Settings(seed=1)])
    assert found is not None
    assert re.search(because, found), found


def test_other_structures_and_samples_are_refused() -> None:
    """A widened arm has other shapes, and groups of unequal size give seeds samples of unequal size."""
    given = task(2)
    prepared = prepare(TaskSource(task=given))
    model = build_model(given, Settings(seed=0))
    wider = plan(model, Prescription(remedy="more-nodes"), dose=2.0, example=data()[0][:4])
    found = can_stack(given, prepared.pool, [Settings(seed=0), Settings(seed=0, treatment=wider)])
    assert found is not None
    assert "differ in more than their numbers: 0.bias is (64,) and (128,)" in found
    sizes = [index % 7 if index < 300 else 7 + index % 3 for index in range(400)]
    grouped = replace(given, groups=sizes)
    prepared = prepare(TaskSource(task=grouped))
    found = can_stack(grouped, prepared.pool, [Settings(seed=seed) for seed in range(6)])
    assert found is not None
    assert "samples of different sizes" in found


def test_what_is_trained_alike_can_be_stacked() -> None:
    """Nothing is said against it, and nothing of the models is left changed."""
    prepared = prepare(TaskSource(task=task(2)))
    assert can_stack(prepared.task, prepared.pool, [Settings(seed=0), Settings(seed=1)]) is None
    assert can_stack(prepared.task, prepared.pool, []) == "there are none"


def test_the_choice_goes_by_the_work_of_a_step() -> None:
    """Small products are stacked; large ones, convolutions on a CPU, and a single arm are not."""
    given: Task = task(2)
    prepared = prepare(TaskSource(task=given))
    work = work_of(given, prepared.pool, Settings(seed=0))
    assert work == Work(products=32 * (10 * 64 + 64 * 64 + 64 * 2), convolutions=False, device="cpu")
    assert worth_stacking(work, 4).stack
    assert not worth_stacking(work, 1).stack
    large = replace(work, products=int(MOST_ON_CPU) + 1)
    assert "22 million multiply-adds" in worth_stacking(large, 4).because
    assert not worth_stacking(large, 4).stack
    convolved = replace(work, convolutions=True)
    assert "convolutions" in worth_stacking(convolved, 8).because
    assert not worth_stacking(convolved, 8).stack
    assert worth_stacking(replace(convolved, device="cuda"), 8).stack
