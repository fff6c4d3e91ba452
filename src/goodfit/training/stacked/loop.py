# SPDX-License-Identifier: Apache-2.0
"""Several settings of one task, trained in lockstep as a stack.

Each arm has the initialisation, order, masks, schedule, patience and best weights that it would have alone; an arm that is done, or
whose loss is no number any more, leaves the stack, and the others go on. Batched products add up in another order than
an arm's own, so results agree with `train` within the rounding of the numbers' type, not bit for bit.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from goodfit.errors import DivergedError, GoodfitError, TrainingError
from goodfit.training.evaluate import Measured, evaluation_size, fault_of
from goodfit.training.halting import check_halted, finished_epoch, is_asked, kept, under_way
from goodfit.training.interrupted import EVERY, SHARE, Bookmark, Place
from goodfit.training.loop import LOOP, Trained, as_run, diverged, move_schedule
from goodfit.training.recorder import Epoch
from goodfit.training.seeds import own_randomness
from goodfit.training.session import Session, begin
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool
from goodfit.training.stacked.measuring import measure
from goodfit.training.stacked.refusing import can_stack
from goodfit.training.stacked.stack import Stack
from goodfit.training.stacked.updates import settings_of
from goodfit.training.stopping import copied
from goodfit.training.task import Task

Ended = Trained | DivergedError
OnArmEpoch = Callable[
    [int, int, int, Epoch], None
]  # (place of the settings, epoch, epochs planned, what it measured)
OnEnd = Callable[[int, Ended], None]  # (place of the settings, how it ended), as soon as it ends


@dataclass(slots=True)
class _Arm:
    """One training of the stack."""

    place: int  # of its settings among those asked for
    session: Session
    planned: int
    fitted: tuple[float, float] = (
        0.0,
        0.0,
    )  # mean loss in train mode and mean gradient norm of the present epoch
    seconds: float = 0.0  # its share of the stack's time
    ended: Ended | None = None


def train_stacked(
    task: Task,
    pool: Pool,
    settings: Sequence[Settings],
    on_epoch: OnArmEpoch | None = None,
    on_end: OnEnd | None = None,
    places: Sequence[Place] = (),
) -> list[Ended]:
    """Train `task` under several settings at once.

    Args:
        task: what to train.
        pool: the data that may be used.
        settings: that `can_stack` has nothing against.
        on_epoch: called after every epoch of every arm.
        on_end: called with every arm as it ends, before the others do.
        places: where each arm is kept from time to time; an interrupted one goes on from there alone.

    Returns:
        For each of the settings what `train` gives or, where an arm's loss became NaN or infinite, the DivergedError
        that it raises.

    Raises:
        TrainingError: these settings cannot be stacked; the message says why.
        HaltedError: the stack was asked to end, and did so after an epoch.
        TaskError: the data, the model, the loss or the optimiser of the task raised.
    """
    because = can_stack(task, pool, settings)
    if because is not None:
        raise TrainingError(
            f"these trainings cannot be stacked: {because}",
            where=f"Task {task.name!r}",
            todo="train them one by one",
        )
    check_halted(task.name)
    with own_randomness(), under_way():
        arms = [_arm(place, begin(task, pool, each)) for place, each in enumerate(settings)]
        arms.sort(key=lambda arm: settings_of(arm.session))
        stack = Stack(pool, [arm.session for arm in arms])
        keeping = _Keeping(places)
        ended, epoch = dict[int, Ended](), 0

        def let_go(arms: list[_Arm]) -> list[_Arm]:
            """Take the arms that have ended out of the stack; give the others."""
            for arm in arms:
                if arm.ended is not None:
                    ended[arm.place] = arm.ended
                    if on_end is not None:
                        on_end(arm.place, arm.ended)
            left = [row for row, arm in enumerate(arms) if arm.ended is None]
            if left and len(left) < len(arms):
                stack.keep(left)
            return [arms[row] for row in left]

        while arms:
            epoch += 1
            began = time.perf_counter()
            arms = let_go(_fit(stack, arms, epoch))
            if arms:
                _measure(stack, arms, epoch, on_epoch, began)
                arms = let_go(arms)
            if arms:
                finished_epoch()
                keeping.keep(stack, arms)
                check_halted(task.name)
    return [ended[place] for place in range(len(settings))]


class _Keeping:
    """Writes the arms of a stack down, now and then, each as if it were trained alone."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places, self._next = places, time.perf_counter() + EVERY

    def keep(self, stack: Stack, arms: Sequence[_Arm]) -> None:
        """Write all arms down where it is time, or where the stack is asked to end."""
        if not self._places or not (is_asked() or time.perf_counter() >= self._next):
            return
        began = time.perf_counter()
        stack.updates.give_back()
        for arm in arms:
            arm.session.course.seconds = arm.seconds
            Bookmark(self._places[arm.place], LOOP, arm.session.parts(), arm.session.course).keep(
                at_once=True
            )
        kept()
        after = time.perf_counter()
        self._next = after + max(EVERY, SHARE * (after - began))


def _arm(place: int, session: Session) -> _Arm:
    planned = min(session.epochs, session.settings.max_epochs or session.epochs)
    # A schedule wants its optimiser to have stepped; without gradients a step does nothing.
    session.optimizer.step()
    return _Arm(place, session, planned)


def _fit(stack: Stack, arms: list[_Arm], epoch: int) -> list[_Arm]:
    """One pass over the training examples; an arm whose loss is no number has ended. Gives the arms."""
    losses, norms, sizes = [], [], []
    with _faults_of(arms[0].session.task):
        for batch in stack.batches.shuffled(epoch):
            loss, norm = stack.step(batch)
            losses.append(loss)
            norms.append(norm)
            sizes.append(batch.size)
            for arm, value in zip(arms, loss, strict=True):
                if arm.ended is None and not math.isfinite(value):
                    found = f"the training loss became {value} in epoch {epoch}, step {stack.steps}"
                    arm.ended = diverged(arm.session, found)
        for arm in arms:
            move_schedule(arm.session, epoch)
        stack.updates.read_settings()
    for row, arm in enumerate(arms):
        if arm.ended is None:
            arm.fitted = (
                float(np.average([each[row] for each in losses], weights=sizes)),
                float(np.mean([each[row] for each in norms])),
            )
    return arms


def _measure(stack: Stack, arms: list[_Arm], epoch: int, on_epoch: OnArmEpoch | None, began: float) -> None:
    """Measure all arms in evaluation mode, note what that gave, and end the arms that are over."""
    task = arms[0].session.task
    with _faults_of(task):
        fitted, validated = (
            measure(
                task,
                lambda batch: stack.forward(batch, training=False),
                stack.batches.in_order(part, evaluation_size(task)),
            )
            for part in ("train", "validation")
        )
    passed = time.perf_counter() - began
    for arm, train_split, validation in zip(arms, fitted, validated, strict=True):
        arm.seconds += passed / len(arms)
        noted = Epoch(
            arm.fitted[0],
            train_split.loss,
            validation.loss,
            arm.fitted[1],
            train_split.metric,
            validation.metric,
        )
        _note(arm, noted, validation, epoch)
        if on_epoch is not None and not isinstance(arm.ended, DivergedError):
            on_epoch(arm.place, epoch, arm.planned, noted)


@contextmanager
def _faults_of(task: Task) -> Iterator[None]:
    """Name an exception of the user's model, loss, metric or data as theirs."""
    try:
        yield
    except GoodfitError:
        raise
    except Exception as error:
        raise fault_of(task, error) from error


def _note(arm: _Arm, noted: Epoch, validation: Measured, epoch: int) -> None:
    """Record an arm's epoch, and end the arm where it is over."""
    for name, loss in (("training", noted.train_loss_eval), ("validation", noted.val_loss)):
        if not math.isfinite(loss):
            arm.ended = diverged(arm.session, f"the {name} loss became {loss} after epoch {epoch}")
            return
    course = arm.session.course
    over = course.add(noted, validation, arm.session.model)
    if over or epoch == arm.planned:
        run, best = as_run(arm.session, arm.seconds), course.stopping.weights
        run = replace(run, history=replace(run.history, source=f"{run.history.source}, trained in a stack"))
        last = best if run.best_epoch == run.epochs else copied(arm.session.model)
        arm.ended = Trained(run, best, last)
