# SPDX-License-Identifier: Apache-2.0
"""Splits a data set as a plan says, with the faults of data that were asked for."""

from dataclasses import dataclass

import torch
from torch import Tensor
from trainings_data import Source
from trainings_plan import Plan

Part = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Parts:
    """The three splits; `test` is drawn as validation claims to be, and is kept for the labels."""

    train: Part
    validation: Part
    test: Part


def split(plan: Plan, source: Source) -> Parts:
    """Disjoint random examples for the three splits, then the faults."""
    draw = torch.Generator().manual_seed(7000 + plan.seed)
    order = torch.randperm(len(source.x), generator=draw)
    x, y = source.x, source.y.clone()
    if plan.label_noise > 0:
        y = _noisy(y, plan.label_noise, source.classes, draw)
    ends = (plan.train_size, plan.train_size + plan.validation_size)
    train, rest = order[: ends[0]], order[ends[0] :]
    validation, test = rest[: plan.validation_size], rest[plan.validation_size :][: plan.test_size]
    if plan.fault == "class mix":
        test = rest[plan.validation_size :][: 2 * plan.test_size]
        wanted = y < max(2, (source.classes or 2) // 3)
        validation, test = rest[wanted[rest]][: plan.validation_size], test[wanted[test]]
    parts = [(x[rows], y[rows]) for rows in (train, validation, test)]
    if plan.fault == "shifted validation":
        parts[1:] = [(_shifted(part[0], plan.fault_size, source.kind, draw), part[1]) for part in parts[1:]]
    if plan.fault == "duplicates":
        parts[1] = _duplicated(parts[0], parts[1], plan.fault_size)
    return Parts(*parts)


def _noisy(y: Tensor, share: float, classes: int | None, draw: torch.Generator) -> Tensor:
    """Draw a share of the labels anew: from all classes, or from the other targets."""
    chosen = torch.rand(len(y), generator=draw) < share
    others = y[torch.randperm(len(y), generator=draw)]
    if classes and y.dim() == 1:
        others = torch.randint(classes, y.shape, generator=draw)
    y[chosen] = others[chosen]
    return y


def _shifted(x: Tensor, size: float, kind: str, draw: torch.Generator) -> Tensor:
    """Another distribution: pictures turned by a right angle (a share of them), words lost, inputs moved."""
    x = x.clone()
    if kind == "table":
        return x + size
    if kind == "sentences":
        x[torch.rand(x.shape, generator=draw) < size] = 0
        return x
    turned = torch.rand(len(x), generator=draw) < size
    x[turned] = x[turned].rot90(1, dims=(-2, -1))
    return x


def _duplicated(train: Part, validation: Part, share: float) -> Part:
    """Replace the first `share` of validation by training examples."""
    count = min(round(share * len(validation[0])), len(train[0]))
    x, y = validation[0].clone(), validation[1].clone()
    x[:count], y[:count] = train[0][:count], train[1][:count]
    return x, y
