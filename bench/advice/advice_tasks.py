# SPDX-License-Identifier: Apache-2.0
"""The 48 tasks: 13 sabotages, eleven of them in two domains, once on a data set to learn from and once on another to judge on.

The rule of the halves was fixed before anything was trained: a task belongs to the half of its data set, so that the
judging half holds no data that the advice was improved with, and every pair of sabotage and domain is in both halves,
with another network.
"""

from collections.abc import Callable, Iterable
from functools import partial

import torch
from advice_data import Source, load
from advice_models import build
from advice_sabotage import SABOTAGES, Plan
from torch import Tensor, nn

from goodfit.training import Task, accuracy

PARTS = ("learn", "judge")
DATA = {
    "pictures": ("mnist", "fashion"),
    "sentences": ("polarity", "reviews"),
    "ratings": ("ratings-even", "ratings-odd"),
    "tables": ("digits", "films"),
}
"""Of each domain, the data set of either half."""

CELLS: tuple[tuple[str, str, str, str], ...] = (
    # sabotage, domain, network to learn from, network to judge on
    ("none", "pictures", "mlp 64", "cnn 32"),
    ("little data", "pictures", "cnn 32", "mlp 64"),
    ("little data", "sentences", "bag 32", "gru 16"),
    ("label noise", "pictures", "mlp 128", "mlp 64"),
    ("label noise", "tables", "mlp 64", "mlp 64"),
    ("too wide", "sentences", "bag 32", "bag 16"),
    ("too wide", "ratings", "tower 8", "mf 8"),
    ("dropout .8", "pictures", "mlp 64", "cnn 64"),
    ("dropout .8", "ratings", "tower 16", "tower 8"),
    ("rate too low", "sentences", "bag 32", "bag 16"),
    ("rate too low", "tables", "mlp 32", "mlp 64"),
    ("rate too high", "pictures", "cnn 64", "mlp 64"),
    ("rate too high", "ratings", "mf 16", "tower 16"),
    ("too few epochs", "sentences", "lstm 16", "bag 32"),
    ("too few epochs", "tables", "mlp 64", "mlp 32"),
    ("decay too strong", "pictures", "mlp 64", "cnn 32"),
    ("L2 too strong", "ratings", "tower 16", "mf 16"),
    ("L2 too strong", "tables", "mlp 64", "mlp 32"),
    ("many epochs", "pictures", "mlp 64", "mlp 32"),
    ("many epochs", "ratings", "mf 16", "tower 16"),
    ("no batch norm", "pictures", "mlp 32", "mlp 64"),
    ("no batch norm", "tables", "mlp 64", "mlp 32"),
    ("plateau", "pictures", "mlp 64", "mlp 32"),
    ("plateau", "tables", "mlp 32", "mlp 64"),
)
SIZES = {
    # examples to train on, to validate with, epochs
    "pictures": (512, 400, 14),
    "sentences": (1280, 400, 7),
    "ratings": (2560, 1200, 7),
    "tables": (448, 300, 18),
}
BATCHES = {"ratings": 256}  # others 128


def plans(part: str | None = None) -> tuple[Plan, ...]:
    """The tasks of one half, or of both, in an order that has every domain and sabotage early."""
    chosen = PARTS if part is None else (part,)
    order = [*CELLS[::2], *CELLS[1::2]]
    return tuple(_plan(cell, half) for half in chosen for cell in order)


def _plan(cell: tuple[str, str, str, str], part: str) -> Plan:
    sabotage, domain, *networks = cell
    which = PARTS.index(part)
    model, width = networks[which].split()
    train_size, validation_size, epochs = SIZES[domain]
    usual = Plan(
        name=f"{part}-{domain}-{sabotage}".replace(" ", "-").replace(".", ""),
        part=part,
        domain=domain,
        data=DATA[domain][which],
        model=model,
        sabotage=sabotage,
        width=int(width),
        train_size=train_size,
        validation_size=validation_size,
        epochs=epochs,
        batch_size=BATCHES.get(domain, 128),
    )
    return SABOTAGES[sabotage](usual)


def task(plan: Plan) -> Task:
    """The plan as a task of goodfit."""
    source = load(plan.data)
    y, test_y = _targets(plan, source)
    return Task(
        name=plan.name,
        model=partial(_model, plan, source),
        train=(source.x, y),
        test=(source.test_x, test_y),
        loss=nn.MSELoss() if source.classes is None else nn.CrossEntropyLoss(),
        metric=None if source.classes is None else accuracy,
        optimizer=_optimizer(plan),
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        train_size=plan.train_size,
        validation_size=plan.validation_size,
        device="cpu",
    )


def _model(plan: Plan, source: Source) -> nn.Module:
    model = build(plan.model, plan.width, plan.dropout, source.classes, source.sizes, source.x[0].numel())
    if plan.start != 1.0:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(plan.start)
    return model


def _targets(plan: Plan, source: Source) -> tuple[Tensor, Tensor]:
    """The targets of training and test, a share of them exchanged among each other."""
    drawn = torch.Generator().manual_seed(7)
    return _exchanged(source.y, plan.label_noise, drawn), _exchanged(source.test_y, plan.label_noise, drawn)


def _exchanged(y: Tensor, share: float, drawn: torch.Generator) -> Tensor:
    chosen = (torch.rand(len(y), generator=drawn) < share).nonzero().squeeze(1)
    found = y.clone()
    found[chosen] = y[chosen[torch.randperm(len(chosen), generator=drawn)]]
    return found


def _optimizer(plan: Plan) -> Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]:
    if plan.optimizer == "SGD":
        return partial(torch.optim.SGD, lr=plan.learning_rate, fused=True)
    if plan.decoupled:
        return partial(torch.optim.AdamW, lr=plan.learning_rate, fused=True, weight_decay=plan.decoupled)
    return partial(torch.optim.Adam, lr=plan.learning_rate, fused=True, weight_decay=plan.weight_decay)
