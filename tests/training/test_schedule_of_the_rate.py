# SPDX-License-Identifier: Apache-2.0
"""Trainings whose drop probability follows a schedule, from the start or from where another one was best: the same run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from goodfit.execution import Job, RunStore, StoredRun, carry_out
from goodfit.surgery import at_dose, in_stages, plan
from goodfit.training import Patience, Settings, Task, TaskSource, build_model, passed_on, prepare, train
from goodfit.values import Prescription, RateStage, Run, Treatment
from toy_task import data, model, task

PATIENT = Patience(floor=4, share=0.4)


def _momentum(parameters: object) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)  # type: ignore[arg-type]


def _cosine(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)


def _normed() -> nn.Module:
    return nn.Sequential(
        nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2)
    )


class _Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.out = nn.LSTM(5, 12, num_layers=2, dropout=0.1, batch_first=True), nn.Linear(12, 2)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(self.lstm(x.view(-1, 2, 5))[0][:, -1])
        return found


def _task(made: Callable[[], nn.Module] = model, **changed: object) -> Task:
    return replace(task(epochs=20), name="scheduled", model=made, **changed)  # type: ignore[arg-type]


TASKS = {
    "plain": _task(),
    "cosine and momentum": _task(optimizer=_momentum, scheduler=_cosine),
    "batch norm": _task(_normed),
    "recurrent": _task(_Recurrent),
}


def _treatment(this: Task, rate: float) -> Treatment:
    made, raised = build_model(this, Settings(seed=0)), Prescription(remedy="raise-dropout")
    return at_dose(plan(made, raised, dose=0.95, example=data(4)[0]), rate)


def _at(this: Task, rate: float, *earlier: RateStage, **settings: object) -> Settings:
    treatment = in_stages(_treatment(this, rate), earlier)
    return Settings(seed=0, treatment=treatment, patience=PATIENT, **settings)  # type: ignore[arg-type]


def _measured(run: Run) -> tuple[object, ...]:
    return run.score, run.best_epoch, run.epochs, run.per_example, run.history.curves, run.status


def _same_weights(one: StoredRun, other: StoredRun) -> bool:
    mine, theirs = one.weights(), other.weights()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


@pytest.mark.parametrize("name", TASKS)
def test_an_arm_that_goes_on_is_the_run_from_the_start(name: str, tmp_path: Path) -> None:
    """Up to the last bit, over two stages: curves, losses of every example, weights; and fewer epochs are trained."""
    this = TASKS[name]
    source, fingerprint = TaskSource(task=this), prepare(TaskSource(task=this)).fingerprint
    first = _at(this, 0.3)
    before = carry_out(Job(source, first, tmp_path / "on", fingerprint, hand_on=True)).run
    stages: tuple[RateStage, ...] = (RateStage(rate=0.3, epochs=before.best_epoch),)
    for rate in (0.5, 0.7):
        settings, trained = _at(this, rate, *stages), list[int]()
        job = Job(source, settings, tmp_path / "on", fingerprint, after=first, hand_on=True)
        on = carry_out(job, lambda epoch, *_: trained.append(epoch))  # noqa: B023 - called before the next turn
        whole = carry_out(Job(source, settings, tmp_path / "whole", fingerprint))
        assert _measured(on.run) == _measured(whole.run)
        assert _same_weights(on, whole)
        begun = sum(stage.epochs for stage in stages)
        assert trained == list(range(begun + 1, on.run.epochs + 1))
        if on.run.best_epoch == begun:
            break
        first, stages = settings, (*stages, RateStage(rate=rate, epochs=on.run.best_epoch - begun))


def test_without_what_was_handed_on_it_is_the_same_run(tmp_path: Path) -> None:
    """Where the other arm kept nothing, or something else, the training begins at its first epoch."""
    this = TASKS["plain"]
    source, fingerprint = TaskSource(task=this), prepare(TaskSource(task=this)).fingerprint
    first = _at(this, 0.3)
    before = carry_out(Job(source, first, tmp_path, fingerprint)).run
    settings, trained = _at(this, 0.6, RateStage(rate=0.3, epochs=before.best_epoch)), list[int]()
    run = carry_out(
        Job(source, settings, tmp_path, fingerprint, after=first), lambda epoch, *_: trained.append(epoch)
    ).run
    assert trained == list(range(1, run.epochs + 1))
    assert passed_on(b"no checkpoint", "mark", before.best_epoch) is None


def test_what_is_handed_on_is_of_the_best_epoch_and_can_go(tmp_path: Path) -> None:
    """It is passed on where so many epochs were trained, and removed when the search is over."""
    this, store = TASKS["plain"], RunStore(tmp_path)
    source, fingerprint = TaskSource(task=this), prepare(TaskSource(task=this)).fingerprint
    settings = _at(this, 0.3)
    best = carry_out(Job(source, settings, tmp_path, fingerprint, hand_on=True)).run.best_epoch
    content = store.handed_on(fingerprint, settings)
    assert content is not None
    assert passed_on(content, "another", best) is not None
    assert passed_on(content, "another", best + 1) is None
    store.hand_on_no_more(fingerprint, settings)
    assert store.handed_on(fingerprint, settings) is None
    assert store.find(fingerprint, settings) is not None


def test_patience_is_counted_from_the_last_stage() -> None:
    """A training that is past its best is not ended before its last rate is tried, and soon after."""
    this = TASKS["plain"]
    prepared = prepare(TaskSource(task=this))
    fixed = train(this, prepared.pool, _at(this, 0.3)).run
    begun = fixed.epochs + 2
    assert begun < this.epochs
    late = train(this, prepared.pool, _at(this, 0.6, RateStage(rate=0.3, epochs=begun))).run
    assert late.epochs > begun
    assert late.history.curves["val_loss"].values[: fixed.epochs] == fixed.history.curves["val_loss"].values


def test_a_schedule_that_ends_late_takes_longer_and_leaves_the_learning_rate() -> None:
    """The last rate has a fifth of the plan; the cosine of the learning rate is not stretched, nor does it rise again."""
    this = TASKS["cosine and momentum"]
    prepared = prepare(TaskSource(task=this))
    plain = Settings(seed=0, treatment=_treatment(this, 0.3))
    late = replace(plain, treatment=in_stages(_treatment(this, 0.5), (RateStage(rate=0.3, epochs=19),)))
    one, other = (train(this, prepared.pool, each).run for each in (plain, late))
    assert (one.epochs, other.epochs, other.history.context.epochs_planned) == (20, 23, 23)
    values = [run.history.curves["val_loss"].values for run in (one, other)]
    assert values[1][:19] == values[0][:19]
    assert max(values[1][20:]) == pytest.approx(
        min(values[1][20:]), rel=1e-3
    )  # its learning rate is nothing by then


def test_the_store_tells_schedules_apart(tmp_path: Path) -> None:
    """Another number of epochs is another training; no stage is the key that there was before."""
    this, store = TASKS["plain"], RunStore(tmp_path)
    settings = [_at(this, 0.6, *([RateStage(rate=0.3, epochs=n)] if n else [])) for n in (0, 3, 4)]
    assert len({store.key("task", each) for each in settings}) == 3
