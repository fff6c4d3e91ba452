# SPDX-License-Identifier: Apache-2.0
"""A stack trains each arm as it would be trained alone, but for rounding."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import DivergedError, TrainingError
from goodfit.training import Metric, Patience, Settings, Task, TaskSource, Trained, prepare, train
from goodfit.training.stacked import train_stacked
from goodfit.values import Edit, EditKind, Prescription, RunStatus, Treatment
from stacking import assert_same, both, dosed, small, treated
from toy_task import data, decayed


class Wrapped(nn.Module):
    """A class with a forward of its own, which is mapped by vmap."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last, self.drop = nn.Linear(10, 32), nn.Linear(32, 2), nn.Dropout(0.1)
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        hidden = self.drop(self.first(x).relu())
        out: Tensor = self.last(hidden) * self.scale
        return out


def _normed(activation: type[nn.Module] = nn.ReLU) -> nn.Module:
    """Batch norm without a bias before it: its gradient is nothing but rounding."""
    front = nn.Linear(10, 32, bias=False)
    return nn.Sequential(front, nn.BatchNorm1d(32), activation(), nn.Dropout(0.1), nn.Linear(32, 2))


_normed_and_mapped = partial(_normed, nn.Softsign)  # an activation that a chain does not know


def _convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 10)),
        nn.Conv1d(1, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(32, 2),
    )


@pytest.mark.parametrize("model", [None, Wrapped, _normed, _normed_and_mapped, _convolutional])
def test_arms_and_seeds_are_what_they_are_alone(model: Callable[[], nn.Module] | None) -> None:
    """Histories, best epochs, losses per example and weights agree, early stopping and all, over 5 epochs."""
    given = small(5) if model is None else replace(small(5), model=model)
    settings = [
        dosed(given, rate, seed, patience=Patience(floor=1)) for rate in (0.2, 0.6) for seed in (0, 1)
    ]
    for stacked, alone in both(given, settings):
        assert_same(stacked, alone)


def test_a_rate_of_one_seed_does_not_touch_another() -> None:
    """Arms of one seed share a draw, seeds have their own: the stack of one arm is the arm in a stack of many."""
    given = small(4)
    prepared = prepare(TaskSource(task=given))
    many = train_stacked(
        given, prepared.pool, [dosed(given, rate, seed) for seed in (3, 4) for rate in (0.0, 0.9)]
    )
    (one,) = train_stacked(given, prepared.pool, [dosed(given, 0.9, 4)])
    assert isinstance(one, Trained)
    assert isinstance(many[3], Trained)
    assert one.run.per_example == pytest.approx(many[3].run.per_example, rel=1e-4)
    scores = [each.run.score for each in many if isinstance(each, Trained)]
    assert len(set(scores)) == 4


@pytest.mark.parametrize(
    "optimizer",
    [
        partial(torch.optim.SGD, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3),
        partial(torch.optim.Adam, lr=3e-3, amsgrad=True, weight_decay=1e-3),
        partial(torch.optim.AdamW, lr=3e-3),
        partial(torch.optim.NAdam, lr=3e-3),
        partial(torch.optim.RMSprop, lr=1e-3, momentum=0.5),
    ],
)
def test_optimisers_schedules_and_clipping(optimizer: Any) -> None:
    """Each arm is clipped by its own norm and follows its own schedule; groups of the optimiser keep their settings."""

    def grouped(parameters: Any) -> torch.optim.Optimizer:
        front, *rest = parameters
        made: torch.optim.Optimizer = optimizer([{"params": rest}, {"params": [front], "lr": 1e-3}])
        return made

    given = replace(
        small(6),
        optimizer=grouped,
        clip_norm=0.3,
        scheduler=partial(torch.optim.lr_scheduler.StepLR, step_size=2, gamma=0.5),
    )
    settings = [dosed(given, 0.3, max_epochs=most) for most in (3, 6)] + [dosed(given, 0.6, 1)]
    for stacked, alone in both(given, settings):
        assert_same(stacked, alone)


def _edited(kind: EditKind, after: float, before: float | None = None) -> Treatment:
    edit = Edit(path="", kind=kind, before=before, after=after, code="")
    return Treatment(prescription=Prescription(remedy=kind.value), edits=(edit,))


@pytest.mark.parametrize(
    "treatments",
    [
        [decayed(0.3), decayed(0.03)],
        [_edited(EditKind.L1, 0.01), _edited(EditKind.L1, 0.1)],
        [_edited(EditKind.LABEL_SMOOTHING, 0.1, 0.0), _edited(EditKind.LABEL_SMOOTHING, 0.3, 0.0)],
        [_edited(EditKind.LEARNING_RATE, 0.1), _edited(EditKind.LEARNING_RATE, 2.0)],
        [_edited(EditKind.EPOCHS, 3.0, 6.0), _edited(EditKind.EPOCHS, 9.0, 6.0)],
    ],
    ids=lambda each: each[0].edits[0].kind.value,
)
def test_doses_of_the_training_are_each_arms_own(treatments: list[Treatment]) -> None:
    """Weight decay, L1, label smoothing, learning rate and length differ from arm to arm, schedules with them."""
    given = replace(small(6), scheduler=partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=6))
    pairs = both(
        given, [treated(treatments[0]), treated(treatments[1], 1), treated(treatments[1]), Settings(seed=0)]
    )
    for stacked, alone in pairs:
        assert_same(stacked, alone)
    assert len({alone.run.history.curves["train_loss"].values for _, alone in pairs}) == 4


def test_a_stopped_arm_leaves_and_the_others_go_on() -> None:
    """Arms end in their own epochs, are told of as they do, and are handed out in the order asked for."""
    given = small(30)
    prepared = prepare(TaskSource(task=given))
    settings = [
        dosed(given, 0.8, max_epochs=9),
        dosed(given, 0.3, max_epochs=2),
        dosed(given, 0.0, patience=Patience()),
    ]
    heard: list[int] = []
    told: list[tuple[int, int]] = []
    stacked = train_stacked(
        given,
        prepared.pool,
        settings,
        on_epoch=lambda place, epoch, _planned, _noted: told.append((place, epoch)),
        on_end=lambda place, _: heard.append(place),
    )
    epochs = [each.run.epochs for each in stacked if isinstance(each, Trained)]
    assert epochs[:2] == [9, 2]
    assert heard[0] == 1
    assert sorted(told) == [(place, epoch + 1) for place in range(3) for epoch in range(epochs[place])]
    for each, alone in zip(stacked, settings, strict=True):
        assert_same(each, train(given, prepared.pool, alone))
    assert all(each.run.status is RunStatus.STOPPED_EARLY for each in stacked if isinstance(each, Trained))


def test_a_diverging_arm_is_dropped_with_its_error() -> None:
    """It says what it would say alone, and the others are as if it had not been there."""
    given = replace(small(4), optimizer=partial(torch.optim.SGD, lr=0.1))
    prepared = prepare(TaskSource(task=given))
    settings = [treated(decayed(0.1)), treated(decayed(1e30)), treated(decayed(0.01), 1)]
    first, second, third = train_stacked(given, prepared.pool, settings)
    with pytest.raises(DivergedError) as alone:
        train(given, prepared.pool, settings[1])
    assert isinstance(second, DivergedError)
    assert str(second) == str(alone.value)
    for stacked, each in ((first, settings[0]), (third, settings[2])):
        assert_same(stacked, train(given, prepared.pool, each))


def test_losses_of_any_kind_and_several_inputs() -> None:
    """A loss of the user's own, two inputs by position, a layer called twice, float targets and a metric over the whole split."""

    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc, self.drop = nn.Linear(10, 1), nn.Dropout(0.3)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            out: Tensor = self.fc(self.drop(a) + self.drop(b)).squeeze(1)
            return out

    x, y = data(150)
    given = replace(
        small(4),
        model=Sum,
        train=(x, x.flip(0), y.float()),
        loss=lambda outputs, targets: (outputs - targets).abs().pow(1.5).mean(),
        metric=Metric(name="spread", score=lambda outputs, _: outputs.std()),
    )
    for stacked, alone in both(given, [Settings(seed=seed) for seed in (0, 1, 2)]):
        assert_same(stacked, alone)


def test_the_users_random_numbers_are_left_alone() -> None:
    """Training a stack inside somebody's program must not change what that program draws next."""
    prepared = prepare(TaskSource(task=small(1)))
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - the legacy generator is what is tested
    random.seed(5)
    expected = (torch.rand(1).item(), np.random.rand(), random.random())  # noqa: NPY002 - as above
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - as above
    random.seed(5)
    train_stacked(prepared.task, prepared.pool, [Settings(seed=0), Settings(seed=1)])
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected  # noqa: NPY002 - as above


def test_what_cannot_be_stacked_is_an_error_that_says_why() -> None:
    """Whoever asks without asking `can_stack` first is told."""
    given = replace(small(2), optimizer=torch.optim.Adagrad)
    prepared = prepare(TaskSource(task=given))
    with pytest.raises(TrainingError, match="cannot be stacked: Adagrad is none of the optimisers"):
        train_stacked(given, prepared.pool, [Settings(seed=0)])


def _wide() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 10)), nn.Conv1d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)
    )


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="32 arms at three times one run's time are meant for a GPU"
)
def test_thirty_two_arms_on_a_gpu_cost_three_runs() -> None:
    """A small convolutional network leaves a GPU idle: 32 arms fit beside one another."""
    import time

    given: Task = replace(small(4), model=_wide, device="cuda")
    prepared = prepare(TaskSource(task=given))

    def seconds(arms: int) -> float:
        began = time.perf_counter()
        train_stacked(given, prepared.pool, [Settings(seed=seed) for seed in range(arms)])
        torch.cuda.synchronize()
        return time.perf_counter() - began

    seconds(32)
    began = time.perf_counter()
    train(given, prepared.pool, Settings(seed=0))
    torch.cuda.synchronize()
    assert seconds(32) <= 3 * (time.perf_counter() - began)
