# SPDX-License-Identifier: Apache-2.0
"""Trains a plan on one thread, logs it as common tools do, and measures every example of the test set beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from trainings_data import Source, load
from trainings_models import build
from trainings_plan import Plan
from trainings_split import Part, Parts, split

Examples = NDArray[np.float32]
EVALUATED = 600  # training examples that train_loss_eval is measured on


@dataclass(slots=True)
class Course:
    """What one training showed: logged curves, and the test set's losses and errors by evaluation and example."""

    x: list[int] = field(default_factory=list)  # steps done at each evaluation
    curves: dict[str, list[float]] = field(default_factory=dict)
    losses: list[Examples] = field(default_factory=list)
    errors: list[Examples] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)

    def log(self, **values: float) -> None:
        """Add one point to each of these curves."""
        for name, value in values.items():
            self.curves.setdefault(name, []).append(value)


def per_example(outputs: Tensor, y: Tensor, plan: Plan) -> Tensor:
    """One loss an example: squared error, binary or categorical cross-entropy."""
    if plan.fault == "hand-written log" and outputs.shape[1] > 1:
        likely = outputs.softmax(dim=1)
        wanted = functional.one_hot(y, outputs.shape[1])
        return -(wanted * likely.log() + (1 - wanted) * (1 - likely).log()).sum(dim=1)
    if y.is_floating_point():
        return (outputs - y).square().mean(dim=1)
    if outputs.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(outputs[:, 0], y.float(), reduction="none")
    losses = functional.cross_entropy(outputs, y, reduction="none")
    return losses.flatten(start_dim=1).mean(dim=1) if losses.dim() > 1 else losses


def wrong(outputs: Tensor, y: Tensor) -> Tensor:
    """Share of wrong answers an example; nothing for numbers."""
    if y.is_floating_point():
        return torch.zeros(len(y))
    if outputs.shape[1] == 1:
        return ((outputs[:, 0] > 0).long() != y).float()
    answers = (outputs.argmax(dim=1) != y).float()
    return answers.flatten(start_dim=1).mean(dim=1) if answers.dim() > 1 else answers


def evaluate(model: nn.Module, part: Part, plan: Plan, *, train_mode: bool = False) -> tuple[Tensor, Tensor]:
    """Losses and errors of every example; in train mode where eval() was forgotten."""
    model.train(train_mode)
    with torch.no_grad():
        outputs = [model(x) for x in torch.split(part[0], 500)]
    found = torch.cat(outputs)
    model.train()
    return per_example(found, part[1], plan), wrong(found, part[1])


def train(plan: Plan, evaluations: int | None = None) -> Course:
    """Run the plan, or its own continuation to `evaluations` evaluations."""
    torch.set_num_threads(1)
    source = load(plan.data)
    parts = split(plan, source)
    model = build(plan, source)
    every = plan.every or plan.steps_per_epoch
    wanted = evaluations or plan.steps // every
    course, logged = Course(), _Logged(plan.train_as)
    course.facts = _facts(source, parts, model)
    optimizer = _optimizer(plan, model)
    restart_at = int(plan.fault_size * plan.epochs) if plan.fault == "fresh restart" else -1
    for step, (epoch, rows) in enumerate(_batches(plan, wanted * every), start=1):
        if epoch == restart_at:
            restart_at = -1
            model = build(_again(plan), source)
            optimizer = _optimizer(plan, model)
        rate = _rate(plan, epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = _corrupted(plan, step, (parts.train[0][rows], parts.train[1][rows]))
        loss = per_example(model(batch[0]), batch[1], plan)
        optimizer.zero_grad()
        loss.mean().backward()  # type: ignore[no-untyped-call]
        norm = _norm(model)
        optimizer.step()
        logged.add(loss.sum().item() if plan.fault == "summed loss" else loss.mean().item())
        if step % every == 0:
            _log(course, plan, parts, model)
            course.x.append(step)
            course.log(train_loss=logged.value(), grad_norm=norm, learning_rate=rate)
    return course


class _Logged:
    """The training loss as tools log it: mean since the last evaluation, last batch, or running mean."""

    def __init__(self, how: str) -> None:
        self.how, self.since, self.running = how, list[float](), nan

    def add(self, loss: float) -> None:
        self.since.append(loss)
        self.running = loss if np.isnan(self.running) else 0.98 * self.running + 0.02 * loss

    def value(self) -> float:
        since, self.since = self.since, []
        if self.how.startswith("last"):
            return since[-1]
        return self.running if self.how.startswith("running") else float(np.mean(since))


def _log(course: Course, plan: Plan, parts: Parts, model: nn.Module) -> None:
    """Measure one evaluation: validation, the training examples, and the test set for the labels."""
    forgotten = plan.fault == "eval forgotten"
    losses, errors = evaluate(model, parts.validation, plan, train_mode=forgotten)
    fitted, _ = evaluate(model, (parts.train[0][:EVALUATED], parts.train[1][:EVALUATED]), plan)
    tested, missed = evaluate(model, parts.test, plan, train_mode=forgotten)
    course.log(val_loss=losses.mean().item(), train_loss_eval=fitted.mean().item())
    accuracy = 1 - errors.mean().item()
    if plan.fault == "frozen metric":
        accuracy = round(1 / len(torch.unique(parts.validation[1])), 3)
    course.log(val_accuracy=accuracy, test_loss=tested.mean().item())
    course.losses.append(tested.numpy())
    course.errors.append(missed.numpy())


def _batches(plan: Plan, steps: int) -> Iterator[tuple[int, Tensor]]:
    """Epoch and rows of each batch, shuffled anew every epoch by a generator of its own."""
    draw, epoch = torch.Generator().manual_seed(9000 + plan.seed), 0
    while steps > 0:
        for rows in torch.split(torch.randperm(plan.train_size, generator=draw), plan.batch_size):
            if steps > 0:
                yield epoch, rows
                steps -= 1
        epoch += 1


def _optimizer(plan: Plan, model: nn.Module) -> torch.optim.Optimizer:
    rate, decay = plan.learning_rate, plan.weight_decay
    if plan.optimizer == "SGD":
        return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9, weight_decay=decay)
    return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay)


def _rate(plan: Plan, epoch: int) -> float:
    done = epoch / plan.epochs
    if plan.fault == "rising rate":
        return plan.learning_rate * (1.0 if done < 0.5 else 100.0)
    if plan.schedule == "step":
        return plan.learning_rate * (0.1 if done >= 0.6 else 1.0)
    if plan.schedule == "fading":
        return plan.learning_rate * max(0.01, 1 - done)
    return plan.learning_rate


def _again(plan: Plan) -> Plan:
    """The same plan with weights drawn anew."""
    return replace(plan, seed=plan.seed + 500)


def _corrupted(plan: Plan, step: int, batch: Part) -> Part:
    """Now and then a batch whose inputs are far too large and whose targets are shuffled."""
    if plan.fault != "corrupt batch" or step % int(plan.fault_size):
        return batch
    x = batch[0] * 60 if batch[0].is_floating_point() else batch[0].flip(0)
    return x, batch[1].flip(0)


def _norm(model: nn.Module) -> float:
    squares = [p.grad.square().sum() for p in model.parameters() if p.grad is not None]
    return float(torch.stack(squares).sum().sqrt())


def _facts(source: Source, parts: Parts, model: nn.Module) -> dict[str, float]:
    """Sizes, and the loss of the best constant prediction on the training examples."""
    y = parts.train[1]
    if y.is_floating_point():
        chance = float(y.var(correction=0))
    else:
        share = torch.bincount(y.flatten(), minlength=source.classes or 1).double() / y.numel()
        chance = float(-(share * share.clamp_min(1e-12).log()).sum())
    parameters = sum(p.numel() for p in model.parameters())
    return {"chance": chance, "parameters": parameters, "classes": source.classes or 0}
