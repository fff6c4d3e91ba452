# SPDX-License-Identifier: Apache-2.0
"""Concrete Dropout: the rates are learned from the training loss, with an entropy that keeps them from zero.

A mask is a relaxed Bernoulli variable, at a temperature of 0.1, through which the gradient reaches the rate. To the training
loss come, for each place, the weights behind it, l^2 |W|^2 / (N (1 - p)), and the entropy of the mask, 2 K H(p) / N, for N examples,
K inputs and a length scale l; with the factor 2 that the authors' code has for cross-entropy's sake. No validation is read for it.
Source: Gal, Hron and Kendall 2017, section 3 and appendix.
"""

from dataclasses import dataclass
from math import log
from typing import Any

import torch
from dose_bed import Bed, Course, Picked, sites
from torch import Tensor, nn
from way_parts import answer, train_on

from goodfit.values import Patience

TEMPERATURE, LENGTH, FIRST = 0.1, 1e-2, 0.1


class ConcreteSite(nn.Module):
    """Stands where a dropout stood; counts the features it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(log(FIRST / (1 - FIRST))))
        self.features = 0

    def forward(self, x: Tensor) -> Tensor:
        """Drop softly in training."""
        self.features = x.shape[-1]
        if not self.training:
            return x
        uniform = torch.rand_like(x).clamp(1e-6, 1 - 1e-6)
        soft = torch.sigmoid((self.logit + uniform.log() - (1 - uniform).log()) / TEMPERATURE)
        return x * (1 - soft) / (1 - torch.sigmoid(self.logit))


def _replaced(course: Course) -> list[tuple[ConcreteSite, nn.Module]]:
    """Put a concrete site in each dropout's place: (site, the layer it feeds)."""
    found: list[tuple[ConcreteSite, nn.Module]] = []
    places = {id(site) for site in sites(course.model)}
    for layer in list(course.model.modules()):
        for name, child in list(layer.named_children()):
            if id(child) in places:
                made = ConcreteSite()
                setattr(layer, name, made)
                found.append((made, layer))
    return found


@dataclass(frozen=True)
class Concrete:
    """One run whose rates are learned, one for each place."""

    name: str = "concrete"

    def search(self, bed: Bed) -> Picked:
        """Train it, early stopped."""
        torch.manual_seed(bed.seed)
        course = Course(bed, 0.5)
        places = _replaced(course)
        course.sites = []
        course.optimizer.add_param_group({"params": [site.logit for site, _ in places]})
        size = len(bed.parts[0].y)
        plain: Any = bed.task.loss

        def loss(outputs: Any, targets: Any) -> Tensor:
            total: Tensor = plain(outputs, targets)
            for site, layer in places:
                rate = torch.sigmoid(site.logit)
                weights = sum(
                    (w.square().sum() for w in layer.parameters(recurse=False) if w.dim() > 1),
                    torch.zeros(()),
                )
                entropy = rate * rate.log() + (1 - rate) * (1 - rate).log()
                total = total + LENGTH**2 * weights / (1 - rate) / size + 2 * site.features * entropy / size
            return total

        _train_by(course, loss)
        train_on(course, bed.horizon, Patience())
        rates = ", ".join(f"{float(torch.sigmoid(site.logit.detach())):.2f}" for site, _ in places)
        return answer(bed, [course], f"ended at {rates}")


def _train_by(course: Course, loss: Any) -> None:
    """Let the course's steps minimise another loss."""

    def step(rows: Tensor) -> None:
        part = course.bed.parts[0]
        course.optimizer.zero_grad(set_to_none=True)
        loss(course.model(part.x[rows]), part.y[rows]).backward()
        if course.bed.task.clip_norm is not None:
            nn.utils.clip_grad_norm_(course.model.parameters(), course.bed.task.clip_norm)
        course.optimizer.step()

    course.step = step  # type: ignore[method-assign]


WAYS = (Concrete(),)
