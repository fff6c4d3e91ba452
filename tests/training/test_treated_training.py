# SPDX-License-Identifier: Apache-2.0
"""goodfit's own training carries each training edit out, and shows what it should; validation is measured as without it."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.surgery import plan
from goodfit.training import (
    Patience,
    Settings,
    Task,
    TaskSource,
    Trained,
    build_model,
    build_subject,
    draw,
    load_task,
    prepare,
    train,
)
from goodfit.values import Prescription, RunStatus, Treatment


@pytest.fixture(scope="module")
def task(toy: str) -> Task:
    """The toy task."""
    return load_task(f"{toy}:task")


@pytest.fixture(scope="module")
def control(task: Task) -> Trained:
    """The untreated run."""
    return trained(task)


def treatment_for(task: Task, remedy: str, dose: float) -> Treatment:
    """The remedy worked out for the task."""
    own = Settings(seed=0)
    subject = build_subject(task, build_model(task, own), own)
    return plan(subject, Prescription(remedy=remedy), dose=dose)


def trained(task: Task, treatment: Treatment | None = None, **settings: Any) -> Trained:
    """One run."""
    prepared = prepare(TaskSource(task=task))
    return train(prepared.task, prepared.pool, Settings(seed=0, treatment=treatment, **settings))


def weights(run: Trained) -> Tensor:
    """All weights that the run ended with."""
    return torch.cat([tensor.flatten() for tensor in run.last.values() if tensor.dim() > 1])


def test_weight_decay_makes_weights_smaller(task: Task, control: Trained) -> None:
    """The norm of the weights falls with the coefficient; the context names a decoupled optimiser and its coefficient."""
    runs = [trained(task, treatment_for(task, "weight-decay", dose)) for dose in (0.1, 1.0)]
    norms = [float(weights(run).norm()) for run in (control, *runs)]
    assert norms == sorted(norms, reverse=True)
    assert norms[2] < 0.8 * norms[0]
    context = runs[1].run.history.context
    assert (context.weight_decay, context.optimizer) == (1.0, "AdamW")
    assert "weight decay" in (context.regularisers or ())
    assert control.run.history.context.optimizer == "Adam"


def test_l1_makes_weights_zero(task: Task, control: Trained) -> None:
    """A share of the weights is exactly zero; without it none is; the best checkpoint holds zeros too."""
    run = trained(task, treatment_for(task, "l1", 0.3))
    share = float((weights(run) == 0).float().mean())
    assert 0.2 < share < 1
    assert float((weights(control) == 0).float().mean()) == 0
    assert any((tensor == 0).any() for tensor in run.state.values())
    assert "L1" in (run.run.history.context.regularisers or ())


def test_only_the_training_loss_is_smoothed(task: Task, control: Trained) -> None:
    """The logged training loss holds the smoothing; training and validation in evaluation mode are the plain loss of the weights."""
    run = trained(task, treatment_for(task, "label-smoothing", 0.4))
    logged, plain = (run.run.history.curves[name].values[-1] for name in ("train_loss", "train_loss_eval"))
    assert logged > 1.3 * plain
    prepared = prepare(TaskSource(task=task))
    x, y = prepared.pool.examples.batch(draw(prepared.task, prepared.pool, 0).validation)
    model = task.model()
    model.load_state_dict(run.state)
    with torch.no_grad():
        by_hand = float(nn.functional.cross_entropy(model.eval()(x), y))
    assert run.run.score == pytest.approx(by_hand, rel=1e-5)
    context = run.run.history.context
    assert "label smoothing" in (context.regularisers or ())
    assert context.chance_level == control.run.history.context.chance_level
    assert isinstance(prepared.task.loss, nn.CrossEntropyLoss)
    assert prepared.task.loss.label_smoothing == 0


def test_a_smoothed_network_is_less_certain(task: Task, control: Trained) -> None:
    """Trained to the same end, its largest probability is lower on average."""
    x = prepare(TaskSource(task=task)).pool.examples.batch(prepare(TaskSource(task=task)).pool.indices)[0]
    sure = []
    for each in (control, trained(task, treatment_for(task, "label-smoothing", 0.2))):
        model = task.model()
        model.load_state_dict(each.last)
        with torch.no_grad():
            sure.append(float(model(x).softmax(dim=1).max(dim=1).values.mean()))
    assert sure[1] < sure[0] - 0.02


def test_early_stopping_ends_a_run_and_keeps_the_best(task: Task) -> None:
    """The treatment's patience ends the run, also where the settings have another one; the weights kept are those of the best epoch."""
    treatment = treatment_for(task, "early-stopping", 3)
    long = replace(task, epochs=60)
    run = trained(long, treatment).run
    assert run.status is RunStatus.STOPPED_EARLY
    assert run.epochs - run.best_epoch == max(3, int(0.5 * run.best_epoch)) + 1
    assert trained(long, treatment, patience=Patience(floor=50)).run.epochs == run.epochs


def test_training_goes_on_for_longer(task: Task, control: Trained) -> None:
    """Twice the epochs, the first of them the same as without; the run is finished when they are done."""
    run = trained(task, treatment_for(task, "train-longer", 2)).run
    assert (run.epochs, run.status, run.history.context.epochs_planned) == (24, RunStatus.FINISHED, 24)
    first = run.history.curves["val_loss"].values[:12]
    assert first == control.run.history.curves["val_loss"].values
    assert trained(task, treatment_for(task, "train-longer", 2), max_epochs=5).run.epochs == 5


@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_a_schedule_is_stretched_over_a_longer_training(task: Task, factor: float) -> None:
    """The rate falls as the schedule says, over all of the epochs: the last one trains at the rate that the last one did before."""
    seen: list[float] = []

    class Noted(torch.optim.Adam):
        def step(self, *args: Any, **options: Any) -> Any:
            seen.append(float(self.param_groups[0]["lr"]))
            return super().step(*args, **options)

    scheduled = replace(
        task,
        epochs=4,
        optimizer=lambda parameters: Noted(parameters, lr=1e-2),
        scheduler=lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4),
    )
    trained(scheduled)
    short = list(dict.fromkeys(seen))
    seen.clear()
    run = trained(scheduled, treatment_for(scheduled, "train-longer", factor)).run
    assert run.epochs == round(4 * factor)
    assert list(dict.fromkeys(seen)) == short
    assert len(short) == 4


@pytest.mark.parametrize(("remedy", "factor"), [("raise-learning-rate", 3.0), ("lower-learning-rate", 0.1)])
def test_learning_rates_are_scaled_with_their_schedule(task: Task, remedy: str, factor: float) -> None:
    """The run starts at the scaled rate, also where the schedule sets rates of its own; lower rates move weights less."""
    context = trained(task, treatment_for(task, remedy, factor), max_epochs=1).run.history.context
    assert context.learning_rate == pytest.approx(1e-2 * factor)
    seen: list[float] = []

    def cycle(optimizer: torch.optim.Optimizer) -> Any:
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=4)
        optimizer.register_step_post_hook(lambda o, *_: seen.append(float(o.param_groups[0]["lr"])))
        return schedule

    cycled = replace(task, epochs=3, scheduler=cycle)
    trained(cycled)
    plain = list(seen)
    seen.clear()
    trained(cycled, treatment_for(cycled, remedy, factor))
    assert seen == pytest.approx([factor * each for each in plain])


def test_a_treatment_of_another_training_is_refused(task: Task) -> None:
    """Weight decay planned for one optimiser does not go to one that has another."""
    treatment = treatment_for(task, "weight-decay", 0.1)
    other = replace(task, optimizer=lambda parameters: torch.optim.AdamW(parameters, lr=1e-2))
    with pytest.raises(SurgeryError, match=r"weight decay of 0\.0 was expected, and 0\.01 found"):
        trained(other, treatment)


def test_edits_of_model_and_training_go_together(task: Task) -> None:
    """One treatment may raise dropout and decay weights; either part is carried out in its place."""
    dropout = plan(build_model(task, Settings(seed=0)), Prescription(remedy="raise-dropout"), dose=0.4)
    decay = treatment_for(task, "weight-decay", 0.1)
    both = replace(dropout, edits=(*dropout.edits, *decay.edits))
    context = trained(task, both).run.history.context
    assert context.dropout_rates == (0.4, 0.4)
    assert context.weight_decay == 0.1
