# SPDX-License-Identifier: Apache-2.0
"""What tests of stacked training share: arms of a task, and that a stacked run is the one trained alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from goodfit.surgery import plan
from goodfit.training import Patience, Settings, Task, TaskSource, Trained, build_model, prepare, train
from goodfit.training.stacked import Ended, train_stacked
from goodfit.values import Arm, Prescription, Treatment
from toy_task import data, task

# Of every number, relative, over up to 30 epochs of 3 steps: float32 has 7 digits, and each step may lose of the last.
CLOSE = 1e-4


def small(epochs: int) -> Task:
    """The toy task with 96 examples to train on."""
    return replace(task(epochs), train=data(150))


def dosed(task: Task, rate: float, seed: int = 0, **options: Any) -> Settings:
    """An arm with a dropout rate."""
    example = task.train[0][:4]
    model = build_model(task, Settings(seed=0))
    treatment = plan(model, Prescription(remedy="raise-dropout"), dose=rate, example=example)
    return Settings(seed=seed, arm=Arm.TREATMENT, treatment=treatment, **options)


def treated(treatment: Treatment, seed: int = 0) -> Settings:
    """An arm under another treatment."""
    return Settings(seed=seed, arm=Arm.TREATMENT, treatment=treatment, patience=Patience())


def both(task: Task, settings: Sequence[Settings]) -> list[tuple[Ended, Trained]]:
    """Each arm as the stack trained it, and alone."""
    prepared = prepare(TaskSource(task=task))
    stacked = train_stacked(prepared.task, prepared.pool, settings)
    return [
        (one, train(prepared.task, prepared.pool, each)) for one, each in zip(stacked, settings, strict=True)
    ]


def assert_same(stacked: Ended, alone: Trained, close: float = CLOSE) -> None:
    """Everything that was measured agrees within `close`, and everything counted is equal."""
    assert isinstance(stacked, Trained)
    one, other = stacked.run, alone.run
    assert (one.epochs, one.best_epoch, one.status) == (other.epochs, other.best_epoch, other.status)
    assert (one.seed, one.arm, one.setting) == (other.seed, other.arm, other.setting)
    assert one.history.context == other.history.context
    assert one.per_example == pytest.approx(other.per_example, rel=close, abs=close)
    assert set(one.history.curves) == set(other.history.curves)
    for name, curve in one.history.curves.items():
        slack = close
        if "accuracy" in name:
            slack = 0.05  # one example of a small split may fall to the other side
        assert curve.values == pytest.approx(other.history.curves[name].values, rel=close, abs=slack), name
    for mine, theirs in ((stacked.state, alone.state), (stacked.last, alone.last)):
        assert list(mine) == list(theirs)
        for name, tensor in mine.items():
            assert torch.allclose(tensor.double(), theirs[name].double(), rtol=close, atol=close), name
