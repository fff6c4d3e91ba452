# SPDX-License-Identifier: Apache-2.0
"""A training that was interrupted ends as if it never had been, to the last bit."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.surgery import plan
from goodfit.training import (
    Patience,
    Settings,
    Task,
    TaskSource,
    Trained,
    build_model,
    build_subject,
    interrupted,
    load_task,
    prepare,
    train,
)
from goodfit.values import Prescription

STOPS = (2, 4)  # epochs in whose middle the power fails, one after another


class Kept:
    """A place in memory."""

    mark = "a run"

    def __init__(self) -> None:
        self.content: bytes | None = None
        self.writes = 0

    def read(self) -> bytes | None:
        """Give what was written."""
        return self.content

    def write(self, content: bytes) -> None:
        """Keep it."""
        self.content, self.writes = content, self.writes + 1


class Reading(nn.Module):
    """Recurrent, with torch's own dropout between its layers, a keyed one, and a buffer that state_dict leaves out."""

    drift: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(2, 8, num_layers=2, dropout=0.3, batch_first=True)
        self.drop, self.out = nn.Dropout(0.4), nn.Linear(8, 2)
        self.register_buffer("drift", torch.zeros(8), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Read ten numbers as five pairs."""
        read: Tensor = self.lstm(x.reshape(-1, 5, 2))[0][:, -1]
        if self.training:
            self.drift += 0.01 * read.detach().mean(0)
        scores: Tensor = self.out(self.drop(read) - self.drift)
        return scores


class Weighing(nn.Module):
    """A loss that changes as it is used in training."""

    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(()))

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Weigh a batch by how often one was weighed."""
        if torch.is_grad_enabled():
            self.scale *= 1.001
        return nn.functional.cross_entropy(outputs, targets) * self.scale


def normed() -> nn.Module:
    """With batch statistics."""
    return nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "cosine": partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=10),
    "steps": partial(torch.optim.lr_scheduler.StepLR, step_size=2, gamma=0.5),
    "one cycle": partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=0.02, total_steps=30),
    "lambda": partial(torch.optim.lr_scheduler.LambdaLR, lr_lambda=lambda epoch: 0.9**epoch),
    "two in turn": lambda optimizer: torch.optim.lr_scheduler.SequentialLR(
        optimizer,
        [
            torch.optim.lr_scheduler.LinearLR(optimizer, total_iters=3),
            torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9),
        ],
        milestones=[3],
    ),
}


@dataclass(frozen=True)
class Case:
    """What the toy task is changed to."""

    name: str
    task: dict[str, Any]
    remedy: tuple[str, float] | None = None
    patience: Patience | None = None


CASES = [
    Case("adam", {}),
    Case("amsgrad", {"optimizer": partial(torch.optim.AdamW, lr=1e-2, amsgrad=True)}),
    Case("momentum", {"optimizer": partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True)}),
    Case("batch norm, clipped", {"model": normed, "clip_norm": 0.5}),
    Case("recurrent dropout", {"model": Reading}),
    Case("early stopping", {"epochs": 12}, patience=Patience(floor=2)),
    Case("a loss with a state", {"loss": Weighing()}),
    *(Case(f"schedule: {name}", {"scheduler": schedule}) for name, schedule in SCHEDULES.items()),
    Case("l1", {}, ("l1", 0.02)),
    Case("weight decay", {}, ("weight-decay", 0.2)),
    Case("label smoothing", {}, ("label-smoothing", 0.1)),
    Case("longer, scheduled", {"scheduler": SCHEDULES["cosine"]}, ("train-longer", 1.5)),
    Case("higher rate, scheduled", {"scheduler": SCHEDULES["steps"]}, ("raise-learning-rate", 3.0)),
    Case("more dropout", {"model": normed}, ("raise-dropout", 0.7)),
]


@pytest.fixture(autouse=True)
def _after_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupted, "EVERY", 0.0)
    monkeypatch.setattr(interrupted, "SHARE", 0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_to_the_last_bit(toy: str, case: Case) -> None:
    """Weights, history, losses of every example: two interruptions change nothing."""
    task, settings = _made(toy, case)
    whole, kept = _train(task, settings), Kept()
    for stop in STOPS:
        assert _train_until(stop, task, settings, kept) > 0
    heard: list[int] = []
    rest = _train(task, settings, lambda epoch, *_: heard.append(epoch), kept)
    assert heard[0] == STOPS[-1]  # the epoch that was cut off is the first to be done again
    assert replace(rest.run, seconds=0) == replace(whole.run, seconds=0)
    for ours, theirs in ((rest.state, whole.state), (rest.last, whole.last)):
        assert all(torch.equal(ours[name], theirs[name]) for name in whole.state)


def test_seconds_add_up(toy: str) -> None:
    """The time that an earlier process took is counted, and what was repeated is not."""
    task, settings = _made(toy, CASES[0])
    kept = Kept()
    _train_until(5, task, settings, kept)
    assert kept.content is not None
    before = torch.load(io.BytesIO(kept.content), weights_only=True)["seconds"]
    run = _train(task, settings, place=kept).run
    assert before < run.seconds


def test_a_short_run_writes_nothing(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the time is up nothing is written, and nothing after the last epoch."""
    task, settings = _made(toy, CASES[0])
    kept = Kept()
    _train(task, settings, place=kept)
    assert kept.writes == task.epochs - 1
    monkeypatch.setattr(interrupted, "EVERY", 60.0)
    short = Kept()
    _train(task, settings, place=short)
    assert short.writes == 0


def _rubbish(_: bytes) -> bytes:
    return b"rubbish"


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _changed(**what: Any) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        state = torch.load(io.BytesIO(content), weights_only=True)
        written = io.BytesIO()
        torch.save({**state, **what}, written)
        return written.getvalue()

    return change


@pytest.mark.parametrize(
    "spoil",
    [_rubbish, _cut, _changed(mark="another run"), _changed(loop="0"), _changed(best_epoch=nn.Identity)],
    ids=["rubbish", "cut short", "another run", "another loop", "code"],
)
def test_what_cannot_be_used_is_passed_over(
    toy: str, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """A broken or foreign file, or one with code in it, is named, and the training is the same as without it."""
    task, settings = _made(toy, CASES[0])
    kept = Kept()
    _train_until(3, task, settings, kept)
    assert kept.content is not None
    kept.content = spoil(kept.content)
    with caplog.at_level(logging.WARNING, logger="goodfit"):
        again = _train(task, settings, place=kept)
    assert "begins anew" in caplog.text
    assert replace(again.run, seconds=0) == replace(_train(task, settings).run, seconds=0)


def test_half_of_another_model_is_not_taken(toy: str, caplog: pytest.LogCaptureFixture) -> None:
    """When loading fails in the middle, nothing of what was loaded stays."""
    task, settings = _made(toy, CASES[0])
    kept = Kept()
    _train_until(3, task, settings, kept)
    other = replace(
        task, optimizer=partial(torch.optim.SGD, lr=0.1), clip_norm=1.0, scheduler=SCHEDULES["steps"]
    )
    with caplog.at_level(logging.WARNING, logger="goodfit"):
        again = _train(other, settings, place=kept)
    assert "begins anew" in caplog.text
    assert replace(again.run, seconds=0) == replace(_train(other, settings).run, seconds=0)


def test_a_place_that_takes_nothing_costs_nothing(toy: str, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk in the middle of a training is told, and the training goes on."""

    class Full(Kept):
        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    task, settings = _made(toy, CASES[0])
    with caplog.at_level(logging.WARNING, logger="goodfit"):
        run = _train(task, settings, place=Full()).run
    assert "No space left" in caplog.text
    assert run.epochs == task.epochs


def _made(toy: str, case: Case) -> tuple[Task, Settings]:
    task = replace(load_task(f"{toy}:task"), **{"epochs": 5, **case.task})
    own, treatment = Settings(seed=0), None
    if case.remedy is not None:
        subject = build_subject(task, build_model(task, own), own)
        treatment = plan(subject, Prescription(remedy=case.remedy[0]), dose=case.remedy[1])
    return task, replace(own, seed=3, treatment=treatment, patience=case.patience)


def _train(task: Task, settings: Settings, on_epoch: Any = None, place: Any = None) -> Trained:
    prepared = prepare(TaskSource(task=task))
    return train(prepared.task, prepared.pool, settings, on_epoch, place)


def _train_until(stop: int, task: Task, settings: Settings, kept: Kept) -> int:
    """Train until the end of an epoch, of which nothing is kept any more; how often something was kept."""

    def fail(epoch: int, *_: object) -> None:
        if epoch == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _train(task, settings, fail, kept)
    return kept.writes
