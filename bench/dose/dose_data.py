# SPDX-License-Identifier: Apache-2.0
"""A plan's task: its data, its network, its optimiser. Data and networks are those of the bench of advice, and characters."""

import gzip
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import dose_data_later
import numpy as np
import torch
from dose_models import Bag, NormedConvolutions, Reader, WordConvolutions
from dose_plan import Plan
from torch import Tensor, nn

from goodfit.tasks._given import given_file
from goodfit.tasks.characters import FILE, CharacterLSTM
from goodfit.tasks.text import sentences
from goodfit.training import Task

sys.path.append(str(Path(__file__).parents[1] / "advice"))  # the data and networks of the neighbouring bench

from advice_data import LOADERS, SPLIT, Source
from advice_models import build

WINDOW = 16  # characters that are read; what follows each of them is said
WINDOWS = 2000  # drawn from either half of the text
TESTED = 600  # windows of the test set


@cache
def source(name: str) -> Source:
    """The data set of that name, its test set cut off."""
    x, y, classes, tested = _loaded(name)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(SPLIT))
    test, rest = order[:tested], order[tested:]
    sizes: tuple[int, ...] = ()
    if name.startswith("ratings"):
        sizes = tuple(int(n) + 1 for n in x.max(dim=0).values)
    elif x.dtype == torch.long:
        sizes = (int(x.max()) + 1,)
    return Source(x[rest], y[rest], x[test], y[test], classes, sizes)


def _loaded(name: str) -> tuple[Tensor, Tensor, int | None, int]:
    """Inputs, targets, classes, and how many examples are the test set."""
    if name == "polarity-long":
        return *sentences(), 2, 2500
    if name == "titles":
        return *dose_data_later.titles(WINDOW, WINDOWS), TESTED
    return _characters(name) if name.startswith("char-") else {**LOADERS, **dose_data_later.LOADERS}[name]()


def _characters(name: str) -> tuple[Tensor, Tensor, int | None, int]:
    """Windows of the first or the second half of tinyshakespeare, which do not overlap."""
    path = given_file(FILE, what="the characters of tinyshakespeare", how="get input.txt of char-rnn")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    codes = torch.from_numpy(np.unique(np.array(list(text)), return_inverse=True)[1]).long()
    half = codes[: len(codes) // 2] if name == "char-front" else codes[len(codes) // 2 :]
    whole = half[: len(half) // (WINDOW + 1) * (WINDOW + 1)].reshape(-1, WINDOW + 1)
    drawn = whole[torch.randperm(len(whole), generator=torch.Generator().manual_seed(0))[:WINDOWS]]
    return drawn[:, :-1].contiguous(), drawn[:, 1:].contiguous(), int(codes.max()) + 1, TESTED


@cache
def task_of(plan: Plan) -> Task:
    """The plan as a task of goodfit."""
    data = source(plan.data)
    draws = torch.Generator().manual_seed(7)
    return Task(
        name=plan.name,
        model=partial(_model, plan, data),
        train=(data.x, _exchanged(data.y, plan.noise, draws)),
        test=(data.test_x, _exchanged(data.test_y, plan.noise, draws)),
        loss=nn.MSELoss() if data.classes is None else nn.CrossEntropyLoss(),
        optimizer=_optimizer(plan),
        epochs=plan.cap,
        batch_size=plan.batch,
        train_size=plan.train,
        validation_size=plan.validation,
        device="cpu",
    )


def _optimizer(plan: Plan) -> Callable[..., torch.optim.Optimizer]:
    """Adam, or stochastic gradient descent with momentum where the model's name says so."""
    if plan.model.endswith(" sgd"):
        return partial(torch.optim.SGD, lr=plan.learning_rate, momentum=0.9)
    return partial(torch.optim.Adam, lr=plan.learning_rate, fused=True)


def _model(plan: Plan, data: Source) -> nn.Module:
    kind, width = plan.model.split()[:2]
    if kind == "char":
        return CharacterLSTM(data.classes or 1, int(width))
    if kind in ("bag", "bag-unit"):
        return Bag(data.sizes[0], int(width), unit=kind == "bag-unit", classes=data.classes or 2)
    if kind in ("lstm", "gru"):
        return Reader(kind, data.sizes[0], int(width), data.classes or 2)
    if kind == "kim":
        return WordConvolutions(data.sizes[0], int(width))
    if kind == "cnn-norm":
        return NormedConvolutions(int(width), data.classes or 1)
    return build(kind, int(width), 0.0, data.classes, data.sizes, data.x[0].numel())


def _exchanged(y: Tensor, share: float, draws: torch.Generator) -> Tensor:
    """Targets, a share of them exchanged among each other; in all sets alike, so that the noise can be known from none."""
    chosen = (torch.rand(len(y), generator=draws) < share).nonzero().squeeze(1)
    found = y.clone()
    found[chosen] = y[chosen[torch.randperm(len(chosen), generator=draws)]]
    return found
