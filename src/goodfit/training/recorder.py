# SPDX-License-Identifier: Apache-2.0
"""Collects what each epoch measured and turns it into a History."""

from dataclasses import dataclass, field

from goodfit.training.task import Task
from goodfit.values import Curve, Goal, History, MeasuredAs, RunContext, Split


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch measured."""

    train_loss: float  # mean over the epoch, in train mode
    train_loss_eval: float  # after the epoch, in evaluation mode
    val_loss: float
    grad_norm: float  # mean over the epoch's steps
    train_metric: float | None
    val_metric: float | None


@dataclass(slots=True)
class Recorder:
    """The epochs so far, and the best of them by validation loss."""

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0  # 1-based; 0 before the first epoch

    def add(self, epoch: Epoch) -> bool:
        """Note an epoch; True when its validation loss is the lowest so far."""
        self.epochs.append(epoch)
        is_best = self.best_epoch == 0 or epoch.val_loss < self.best.val_loss
        if is_best:
            self.best_epoch = len(self.epochs)
        return is_best

    @property
    def best(self) -> Epoch:
        """The epoch with the lowest validation loss."""
        return self.epochs[self.best_epoch - 1]

    def history(self, task: Task, context: RunContext) -> History:
        """All curves, x in epochs done, counted from 1."""
        curves = {
            "train_loss": self._curve("train_loss", Split.TRAIN, "loss", MeasuredAs.EPOCH_MEAN),
            "train_loss_eval": self._curve("train_loss_eval", Split.TRAIN, "loss", MeasuredAs.EVAL_MODE),
            "val_loss": self._curve("val_loss", Split.VALIDATION, "loss", MeasuredAs.EVAL_MODE),
            "train_grad_norm": self._curve("grad_norm", Split.TRAIN, "grad_norm", MeasuredAs.EPOCH_MEAN),
        }
        if task.metric is not None:
            name, goal = task.metric.name, task.metric.goal
            for side, split in (("train", Split.TRAIN), ("val", Split.VALIDATION)):
                curves[f"{side}_{name}"] = self._curve(
                    f"{side}_metric", split, name, MeasuredAs.EVAL_MODE, goal
                )
        return History(curves=curves, context=context, source=f"task {task.name}")

    def _curve(
        self, field_name: str, split: Split, metric: str, measured_as: MeasuredAs, goal: Goal = Goal.MINIMIZE
    ) -> Curve:
        return Curve.of(
            [getattr(epoch, field_name) for epoch in self.epochs],
            x=range(1, len(self.epochs) + 1),
            split=split,
            metric=metric,
            goal=goal,
            measured_as=measured_as,
        )
