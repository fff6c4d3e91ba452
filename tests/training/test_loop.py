# SPDX-License-Identifier: Apache-2.0
"""The loop: reproducible, paired across arms, honest about how the training loss is measured."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import DivergedError, TaskError
from goodfit.surgery import plan
from goodfit.training import Patience, Settings, Task, TaskSource, build_model, load_task, prepare, train
from goodfit.values import Arm, MeasuredAs, Prescription, RunStatus


@pytest.fixture
def task(toy: str) -> Task:
    """The toy task."""
    return load_task(f"{toy}:task")


def _train(task: Task, settings: Settings, **options: Any) -> Any:
    prepared = prepare(TaskSource(task=task))
    return train(prepared.task, prepared.pool, settings, **options)


def test_the_same_settings_give_the_same_run(task: Task) -> None:
    """A run is a function of task and settings, whatever the global generators were at."""
    torch.manual_seed(1)
    first = _train(task, Settings(seed=3))
    torch.manual_seed(2)
    second = _train(task, Settings(seed=3))
    assert replace(first.run, seconds=0) == replace(second.run, seconds=0)
    assert all(torch.equal(first.state[name], second.state[name]) for name in first.state)
    assert _train(task, Settings(seed=4)).run.score != first.run.score


def test_the_users_random_numbers_are_left_alone(task: Task) -> None:
    """Training inside somebody's program must not change what that program draws next."""
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - the legacy generator is what is tested
    random.seed(5)
    expected = (torch.rand(1).item(), np.random.rand(), random.random())  # noqa: NPY002 - as above
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002 - as above
    random.seed(5)
    _train(replace(task, epochs=1), Settings(seed=0))
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected  # noqa: NPY002 - as above


def test_arms_share_everything_but_the_dose(task: Task) -> None:
    """Initialisation, batch order and sample are the same: with a rate of 0 the treated arm equals the control."""
    model = build_model(task, Settings(seed=0))
    treatment = plan(model, Prescription(remedy="raise-dropout"), dose=0.5)
    nothing = replace(treatment, edits=tuple(replace(edit, after=0.0) for edit in treatment.edits))
    control = _train(task, Settings(seed=1)).run
    undosed = _train(task, Settings(seed=1, arm=Arm.TREATMENT, treatment=nothing)).run
    treated = _train(task, Settings(seed=1, arm=Arm.TREATMENT, treatment=treatment)).run
    assert undosed.per_example == control.per_example
    assert treated.per_example != control.per_example
    assert treated.history.context.dropout_rates == (0.5, 0.5)


def test_training_loss_is_measured_in_evaluation_mode_too(task: Task) -> None:
    """With dropout on, the logged mean is far above the loss of the same weights in evaluation mode."""
    treatment = plan(build_model(task, Settings(seed=0)), Prescription(remedy="raise-dropout"), dose=0.6)
    curves = _train(task, Settings(seed=0, treatment=treatment)).run.history.curves
    assert curves["train_loss_eval"].measured_as is MeasuredAs.EVAL_MODE
    assert curves["train_loss"].values[-1] > curves["train_loss_eval"].values[-1]
    assert curves["val_loss"].x == tuple(float(i) for i in range(1, 13))
    assert min(curves["train_grad_norm"].values) > 0


def test_the_best_checkpoint_is_kept(task: Task) -> None:
    """Score, losses per example and weights are those of the epoch with the lowest validation loss."""
    trained = _train(task, Settings(seed=0))
    run, losses = trained.run, trained.run.history.curves["val_loss"].values
    assert run.score == min(losses) == losses[run.best_epoch - 1]
    assert np.mean(run.per_example) == pytest.approx(run.score)
    assert run.status is RunStatus.FINISHED
    assert run.scores["accuracy"] == run.history.curves["val_accuracy"].values[run.best_epoch - 1]
    assert run.best_epoch < run.epochs, "the toy task overfits, else this test shows nothing"


def test_patience_stops_after_the_minimum(task: Task) -> None:
    """A run stops once its minimum is older than max(floor, share of its epoch), and says so."""
    run = _train(replace(task, epochs=60), Settings(seed=0, patience=Patience())).run
    assert run.status is RunStatus.STOPPED_EARLY
    assert run.epochs - run.best_epoch == max(5, int(0.5 * run.best_epoch)) + 1
    assert not Patience().is_over(40, 60)
    assert Patience().is_over(40, 61)


def test_a_cap_on_the_epochs(task: Task) -> None:
    """Settings cap the epochs, and the run is not called finished."""
    run = _train(task, Settings(seed=0, max_epochs=3)).run
    assert run.epochs == 3
    assert run.history.context.finished is False
    heard: list[int] = []
    _train(task, Settings(seed=0, max_epochs=2), on_epoch=lambda *told: heard.append(told[0]))
    assert heard == [1, 2]


def test_nan_is_named_with_its_place(toy: str) -> None:
    """A loss that stops being a number ends the run with epoch, step and learning rate."""
    with pytest.raises(DivergedError, match=r"became (nan|inf).*epoch 1(.|\n)*learning rate 1e\+18"):
        _train(load_task(f"{toy}:diverges"), Settings(seed=0))


def _fails(*_: object) -> Any:
    raise ValueError("no")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": _fails}, r"model\(\) raised ValueError: no"),
        ({"model": lambda: 3}, r"model\(\) gave a int"),
        ({"optimizer": _fails}, r"optimizer\(\) raised ValueError: no"),
        ({"model": lambda: nn.Linear(3, 2)}, "the model, its loss, optimiser or data raised RuntimeError"),
    ],
)
def test_faults_of_the_task_are_the_tasks(
    task: Task, change: dict[str, Callable[..., Any]], message: str
) -> None:
    """An exception in the user's code names the part it came from."""
    with pytest.raises(TaskError, match=message):
        _train(replace(task, **change), Settings(seed=0))  # type: ignore[arg-type]


def test_several_inputs_and_dictionaries() -> None:
    """A tuple of inputs is spread over the model's arguments."""

    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(2, 1)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            out: Tensor = self.fc(a + b)
            return out

    x, y = torch.randn(50, 2), torch.randn(50, 1)
    task = Task(name="sum", model=Sum, train=(x, x, y), loss=nn.MSELoss(), epochs=2)
    run = _train(task, Settings(seed=0)).run
    assert run.history.context.chance_level is None
    assert run.history.val_metric is None
