# SPDX-License-Identifier: Apache-2.0
"""The training loop: one task under one setting, measured honestly at the end of every epoch.

A treatment's loss, length and patience are those of training alone: validation is measured by the task's own loss.
Training loss is measured twice, as everybody logs it (mean over the epoch, dropout on) and in evaluation mode on the
same examples, because only the second can be compared with validation. The best checkpoint is the one with the
lowest validation loss.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import DivergedError, GoodfitError
from goodfit.training.context import run_context
from goodfit.training.evaluate import Measured, evaluate, fault_of, forward, to_device
from goodfit.training.examples import Indices
from goodfit.training.halting import check_halted, finished_epoch, is_asked, kept, under_way
from goodfit.training.interrupted import Bookmark, Place, UnusableError, say_unusable
from goodfit.training.losses import check_shapes, share_of_batch
from goodfit.training.recorder import Epoch
from goodfit.training.seeds import derive, own_randomness
from goodfit.training.session import Session, begin
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool
from goodfit.training.stopping import copied
from goodfit.training.task import Task
from goodfit.values import Run, RunStatus

LOOP = "1"  # raised whenever the loop trains or measures differently, so that stored runs are not mixed up
OnEpoch = Callable[[int, int, Epoch], None]  # (epoch, epochs planned, what it measured)


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run with the weights of its best checkpoint and those it ended with."""

    run: Run
    state: dict[str, Tensor]
    last: dict[str, Tensor]
    best: bytes | None = (
        None  # all that another training needs to go on from the best checkpoint, where it was asked for
    )


def train(
    task: Task,
    pool: Pool,
    settings: Settings,
    on_epoch: OnEpoch | None = None,
    place: Place | None = None,
    *,
    hand_on: bool = False,
) -> Trained:
    """Train `task` once under `settings`.

    Args:
        task: what to train.
        pool: the data that may be used; the locked test set is not in it.
        settings: seed, edits, patience.
        on_epoch: called after every epoch, for progress.
        place: where a training that takes long is kept from time to time, and gone on with when it is found there.
        hand_on: whether to give what another training needs to go on from the best checkpoint; a training that was itself
            gone on with behind its best has it no more.

    Raises:
        DivergedError: a loss became NaN or infinite; the message names epoch and step.
        HaltedError: it was asked to end (see `halting`), and did so after an epoch, which is kept in `place`.
        TaskError: the data, the model, the loss or the optimiser of the task raised.
    """
    began = time.perf_counter()
    check_halted(task.name)
    with own_randomness(), under_way():
        session, bookmark = _taken_up(task, pool, settings, place)
        course = session.course
        try:
            best = _to_its_end(session, bookmark, on_epoch, hand_on=hand_on)
        except DivergedError as error:
            error.seconds = course.seconds + time.perf_counter() - began
            raise
    run, state = as_run(session, course.seconds + time.perf_counter() - began), course.stopping.weights
    last = state if run.best_epoch == run.epochs else copied(session.model)
    return Trained(run, state, last, best)


def _to_its_end(
    session: Session, bookmark: Bookmark, on_epoch: OnEpoch | None, *, hand_on: bool
) -> bytes | None:
    """Train epoch by epoch, until the planned end, the end of patience, or a halt: what can be handed on of the best."""
    course, best = session.course, None
    planned = min(session.epochs, session.settings.max_epochs or session.epochs)
    for epoch in range(len(course.recorder.epochs) + 1, planned + 1):
        if session.schedule is not None and session.schedule.begin(epoch):
            course.stopping.anew()
        noted, validation = _one_epoch(session, epoch)
        over = course.add(noted, validation, session.model)
        if hand_on and course.recorder.best_epoch == epoch:
            best = bookmark.content()
        finished_epoch()
        if on_epoch is not None:
            on_epoch(epoch, planned, noted)
        if over and (session.schedule is None or session.schedule.is_last(epoch)):
            break
        if epoch < planned:
            if bookmark.keep(at_once=is_asked()):
                kept()
            check_halted(session.task.name)
    return best


def measured_so_far(task: Task, pool: Pool, settings: Settings, place: Place) -> Run | None:
    """What a training that is under way, or was interrupted, had measured when it was kept last; None: nothing is kept."""
    with own_randomness():
        session = begin(task, pool, settings)
        bookmark = Bookmark(place, LOOP, session.parts(), session.course)
        try:
            bookmark.take_up()
        except UnusableError:
            return None
    return as_run(session, session.course.seconds) if session.course.recorder.epochs else None


def _taken_up(task: Task, pool: Pool, settings: Settings, place: Place | None) -> tuple[Session, Bookmark]:
    """A session where the training was interrupted, or at its beginning."""
    session = begin(task, pool, settings)
    bookmark = Bookmark(place, LOOP, session.parts(), session.course)
    try:
        bookmark.take_up()
    except UnusableError as error:
        say_unusable(place, error)
        session = begin(task, pool, settings)  # some of it may have been loaded
        bookmark = Bookmark(place, LOOP, session.parts(), session.course)
    return session, bookmark


def _one_epoch(session: Session, epoch: int) -> tuple[Epoch, Measured]:
    try:
        train_loss, grad_norm = _fit(session, epoch)
        move_schedule(session, epoch)
    except GoodfitError:
        raise
    except Exception as error:
        raise fault_of(session.task, error) from error
    fitted = _measure(session, session.split.train, epoch)
    validation = _measure(session, session.split.validation, epoch)
    for name, loss in (("training", fitted.loss), ("validation", validation.loss)):
        if not math.isfinite(loss):
            raise diverged(session, f"the {name} loss became {loss} after epoch {epoch}")
    noted = Epoch(train_loss, fitted.loss, validation.loss, grad_norm, fitted.metric, validation.metric)
    return noted, validation


def move_schedule(session: Session, epoch: int) -> None:
    """Step the task's schedule once an epoch, or as much less often as a treatment made the training longer.

    Epochs that a schedule of the drop probability adds have the learning rate of the planned end.
    """
    if session.subject.scheduler is None:
        return
    planned = session.epochs if session.subject.unextended is None else session.subject.unextended
    done, now = ((min(each, planned) * session.task.epochs) // planned for each in (epoch - 1, epoch))
    for _ in range(now - done):
        session.subject.scheduler.step()


def _fit(session: Session, epoch: int) -> tuple[float, float]:
    """One pass over the training examples: (mean loss in train mode, mean gradient norm)."""
    size, order = (
        session.task.batch_size,
        np.random.default_rng(derive(session.settings.seed, "order", epoch)),
    )
    shuffled = order.permutation(session.split.train)
    batches = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches.pop()  # batch norm cannot train on a single example
    session.model.train()
    losses, norms = zip(*(_step(session, rows, epoch) for rows in batches), strict=True)
    return float(np.average(losses, weights=[len(rows) for rows in batches])), float(np.mean(norms))


def _step(session: Session, rows: Indices, epoch: int) -> tuple[float, float]:
    """One step of the optimiser: (mean loss of the batch, gradient norm before clipping).

    Data and model draw from streams of their own, so that what one arm's model draws shifts nobody's augmentation.
    """
    session.course.steps += 1
    session.masks.step = session.course.steps
    session.seed("data", session.course.steps)
    inputs, targets = to_device(session.pool.examples.batch(rows), session.device)
    session.seed("model", session.course.steps)
    session.optimizer.zero_grad(set_to_none=True)
    outputs = forward(session.model, inputs)
    check_shapes(session.task.loss, outputs, targets)
    loss = session.loss(outputs, targets)
    value = float(loss.detach()) * share_of_batch(session.task.loss, len(rows))
    if not math.isfinite(value):
        raise diverged(
            session, f"the training loss became {value} in epoch {epoch}, step {session.course.steps}"
        )
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
    norm = _gradient_norm(session.model)
    if session.task.clip_norm is not None:
        nn.utils.clip_grad_norm_(session.model.parameters(), session.task.clip_norm)
    session.optimizer.step()
    return value, norm


def _gradient_norm(model: nn.Module) -> float:
    """Euclidean norm of the gradient over all parameters."""
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    dense = [grad.coalesce().values() if grad.is_sparse else grad for grad in gradients]
    return float(
        torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(grad).float() for grad in dense]))
    )


def _measure(session: Session, indices: Indices, epoch: int) -> Measured:
    session.seed("evaluation", epoch)
    return evaluate(session.model, session.task, session.pool.examples, indices, session.device)


def diverged(session: Session, found: str) -> DivergedError:
    """The error of a loss that is no number any more."""
    rate = session.optimizer.param_groups[0].get("lr")
    return DivergedError(
        found,
        where=f"task {session.task.name!r}, seed {session.settings.seed}, learning rate {rate}",
        todo="lower the learning rate, clip the gradient, or look for NaN and infinities in the inputs",
        epochs=len(session.course.recorder.epochs),
    )


def as_run(session: Session, seconds: float) -> Run:
    """What a training that ended has measured, as a Run."""
    task, settings, recorder = session.task, session.settings, session.course.recorder
    measured, done = session.course.measured, len(recorder.epochs)
    assert measured is not None  # noqa: S101 - at least one epoch was trained
    finished = done == session.epochs
    context = run_context(task, session.subject, session.pool, session.split, finished=finished)
    scores = {"loss": recorder.best.val_loss}
    if task.metric is not None and recorder.best.val_metric is not None:
        scores[task.metric.name] = recorder.best.val_metric
    return Run(
        seed=settings.seed,
        arm=settings.arm,
        setting=settings.knobs,
        history=recorder.history(task, context),
        score=recorder.best.val_loss,
        scores=scores,
        per_example=tuple(measured.losses.tolist()),
        best_epoch=recorder.best_epoch,
        epochs=done,
        seconds=seconds,
        status=RunStatus.FINISHED if finished else RunStatus.STOPPED_EARLY,
    )
