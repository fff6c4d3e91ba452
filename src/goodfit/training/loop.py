# SPDX-License-Identifier: Apache-2.0
"""The training loop: one task under one setting, measured honestly at the end of every epoch.

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

from goodfit.errors import DivergedError, TaskError
from goodfit.nn import MaskKeys, key_dropouts_
from goodfit.surgery import treat_
from goodfit.training.context import run_context
from goodfit.training.evaluate import Measured, evaluate, fault_of, forward, to_device
from goodfit.training.losses import batch_mean
from goodfit.training.recorder import Epoch, Recorder
from goodfit.training.seeds import derive, own_randomness, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool, Split, draw
from goodfit.training.task import Task
from goodfit.values import Run, RunStatus

OnEpoch = Callable[[int, int, Epoch], None]  # (epoch, epochs planned, what it measured)


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished run and the weights of its best checkpoint."""

    run: Run
    state: dict[str, Tensor]


@dataclass(slots=True)
class _Session:
    """What the loop holds while it runs."""

    task: Task
    pool: Pool
    split: Split
    settings: Settings
    device: torch.device
    model: nn.Module
    optimizer: torch.optim.Optimizer
    masks: MaskKeys
    steps: int = 0


def train(task: Task, pool: Pool, settings: Settings, on_epoch: OnEpoch | None = None) -> Trained:
    """Train `task` once under `settings`.

    Args:
        task: what to train.
        pool: the data that may be used; the locked test set is not in it.
        settings: seed, edits, patience.
        on_epoch: called after every epoch, for progress.

    Raises:
        DivergedError: a loss became NaN or infinite; the message names epoch and step.
        TaskError: the model, the loss or the optimiser of the task raised.
    """
    began = time.perf_counter()
    planned = min(task.epochs, settings.max_epochs or task.epochs)
    with own_randomness():
        session = _prepare(task, pool, settings)
        recorder, state, measured = Recorder(), dict[str, Tensor](), None
        for epoch in range(1, planned + 1):
            noted, validation = _one_epoch(session, epoch)
            if recorder.add(noted):
                state, measured = _copy_state(session.model), validation
            if on_epoch is not None:
                on_epoch(epoch, planned, noted)
            if settings.patience is not None and settings.patience.is_over(recorder.best_epoch, epoch):
                break
    assert measured is not None  # noqa: S101 - at least one epoch was trained
    return Trained(_as_run(session, recorder, measured, time.perf_counter() - began), state)


def build_model(task: Task, settings: Settings) -> nn.Module:
    """The task's model at this seed's initialisation, with the edits of the settings.

    Raises:
        TaskError: the task's model factory raised, or gave something else than a module.
    """
    seed_everything(derive(settings.seed, "initialisation"))
    try:
        model = task.model()
    except Exception as error:
        raise TaskError(
            f"model() raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error
    if not isinstance(model, nn.Module):
        raise TaskError(
            f"model() gave a {type(model).__name__}", where=f"Task {task.name!r}", todo="return a module"
        )
    if settings.treatment is not None:
        treat_(model, settings.treatment)
    return model


def build_optimizer(task: Task, model: nn.Module) -> torch.optim.Optimizer:
    """The task's optimiser over the parameters that are trained.

    Raises:
        TaskError: the task's optimiser factory raised.
    """
    try:
        return task.optimizer(parameter for parameter in model.parameters() if parameter.requires_grad)
    except Exception as error:
        raise TaskError(
            f"optimizer() raised {type(error).__name__}: {error}", where=f"Task {task.name!r}"
        ) from error


def choose_device(name: str) -> torch.device:
    """Turn "auto" into the GPU when there is one, else the CPU."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _prepare(task: Task, pool: Pool, settings: Settings) -> _Session:
    device = choose_device(task.device)
    model = build_model(task, settings).to(device)
    masks = key_dropouts_(model, derive(settings.seed, "masks"))
    optimizer = build_optimizer(task, model)
    if settings.weight_decay is not None:
        for group in optimizer.param_groups:
            group["weight_decay"] = settings.weight_decay
    split = draw(task, pool, settings.seed)
    return _Session(task, pool, split, settings, device, model, optimizer, masks)


def _one_epoch(session: _Session, epoch: int) -> tuple[Epoch, Measured]:
    seed_everything(derive(session.settings.seed, "epoch", epoch))
    train_loss, grad_norm = _fit(session, epoch)
    fitted = _measure(session, session.split.train)
    validation = _measure(session, session.split.validation)
    for name, loss in (("training", fitted.loss), ("validation", validation.loss)):
        if not math.isfinite(loss):
            raise _diverged(session, f"the {name} loss became {loss} after epoch {epoch}")
    noted = Epoch(train_loss, fitted.loss, validation.loss, grad_norm, fitted.metric, validation.metric)
    return noted, validation


def _fit(session: _Session, epoch: int) -> tuple[float, float]:
    """One pass over the training examples: (mean loss in train mode, mean gradient norm)."""
    task, order = session.task, np.random.default_rng(derive(session.settings.seed, "order", epoch))
    shuffled = order.permutation(session.split.train)
    session.model.train()
    total, norms = 0.0, []
    for start in range(0, len(shuffled), task.batch_size):
        rows = shuffled[start : start + task.batch_size]
        session.steps += 1
        session.masks.step = session.steps
        inputs, targets = to_device(session.pool.examples.batch(rows), session.device)
        session.optimizer.zero_grad(set_to_none=True)
        loss = _loss_of(session, inputs, targets)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise _diverged(
                session, f"the training loss became {value} in epoch {epoch}, step {session.steps}"
            )
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        norms.append(float(nn.utils.clip_grad_norm_(session.model.parameters(), math.inf)))
        session.optimizer.step()
        total += value * len(rows)
    return total / len(shuffled), float(np.mean(norms))


def _loss_of(session: _Session, inputs: object, targets: object) -> Tensor:
    try:
        return batch_mean(session.task.loss, forward(session.model, inputs), targets)
    except Exception as error:
        raise fault_of(session.task, error) from error


def _measure(session: _Session, indices: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Measured:
    return evaluate(session.model, session.task, session.pool.examples, indices, session.device)


def _diverged(session: _Session, found: str) -> DivergedError:
    rate = session.optimizer.param_groups[0].get("lr")
    return DivergedError(
        found,
        where=f"task {session.task.name!r}, seed {session.settings.seed}, learning rate {rate}",
        todo="lower the learning rate, clip the gradient, or look for NaN and infinities in the inputs",
    )


def _copy_state(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def _as_run(session: _Session, recorder: Recorder, measured: Measured, seconds: float) -> Run:
    task, settings, done = session.task, session.settings, len(recorder.epochs)
    finished = done == task.epochs
    context = run_context(
        task, session.model, session.optimizer, session.pool, session.split, finished=finished
    )
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
