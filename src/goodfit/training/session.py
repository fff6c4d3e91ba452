# SPDX-License-Identifier: Apache-2.0
"""What the loop holds while it runs one training: the model and what trains it, the data, and how far it has come."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from goodfit.nn import MaskKeys, key_dropouts_
from goodfit.surgery import RateSchedule, Subject
from goodfit.training.building import build_model, build_subject, choose_device
from goodfit.training.evaluate import on_device
from goodfit.training.interrupted import Course
from goodfit.training.seeds import derive, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool, Split, draw
from goodfit.training.stopping import EarlyStopping
from goodfit.training.task import Loss, Task


@dataclass(slots=True)
class Session:
    """What the loop holds while it runs."""

    task: Task
    pool: Pool
    split: Split
    settings: Settings
    device: torch.device
    subject: Subject
    optimizer: torch.optim.Optimizer
    loss: Loss  # what training minimises
    epochs: int  # planned
    masks: MaskKeys
    course: Course
    schedule: RateSchedule | None = None  # of the treatment's drop probability

    @property
    def model(self) -> nn.Module:
        """What is trained."""
        return self.subject.model

    def parts(self) -> dict[str, Any]:
        """All that has a state of its own, besides the course."""
        parts = {"model": self.model, "optimizer": self.optimizer, "scheduler": self.subject.scheduler}
        losses = {"loss": self.loss, "task loss": self.task.loss}
        parts.update({name: loss for name, loss in losses.items() if isinstance(loss, nn.Module)})
        return {name: part for name, part in parts.items() if part is not None}

    def seed(self, *stream: object) -> None:
        """Seed the global generators for one stream of this run."""
        seed_everything(derive(self.settings.seed, *stream))


def begin(task: Task, pool: Pool, settings: Settings) -> Session:
    """All that one training needs before its first step; to be called with `own_randomness`."""
    device = choose_device(task.device)
    task = on_device(task, device)
    model = build_model(task, settings).to(device)
    masks = key_dropouts_(model, derive(settings.seed, "masks"))
    subject = build_subject(task, model, settings)
    assert subject.optimizer is not None  # noqa: S101 - all three are always built
    assert subject.loss is not None  # noqa: S101 - the same
    assert subject.epochs is not None  # noqa: S101 - the same
    split = draw(task, pool, settings.seed)
    trained = subject.optimizer, subject.loss, subject.epochs
    course = Course(EarlyStopping(subject.patience or settings.patience))
    schedule = RateSchedule(model, settings.treatment) if subject.earlier and settings.treatment else None
    return Session(task, pool, split, settings, device, subject, *trained, masks, course, schedule)
