# SPDX-License-Identifier: Apache-2.0
"""Seconds that a training step takes: forward, loss, backward and optimiser, on one batch of the task.

Absolute times say something about this machine at this moment only. Trainings that are measured together take their
steps in turn, so that a busy machine slows all of them alike and the ratio holds.
"""

import copy
import time
from collections.abc import Callable, Sequence
from statistics import median

import torch
from torch import nn

from goodfit.training import build_optimizer
from goodfit.training.evaluate import forward
from goodfit.trials.traits._specimen import Specimen
from goodfit.trials.traits._trait import Trait

WARM_UP = 3  # steps; the first ones allocate memory and choose kernels
STEPS = 25  # of each training, in turn; their median passes over those that something interrupted


def seconds_a_step(specimens: Sequence[Specimen]) -> list[float]:
    """The median time of a training step of each, taken in turn; copies of the models are trained, not the models."""
    steps = [_stepper(one) for one in specimens]
    taken: list[list[float]] = [[] for _ in steps]
    for turn in range(WARM_UP + STEPS):
        for one, step, times in zip(specimens, steps, taken, strict=True):
            with one.seeded("step", turn):
                began = time.perf_counter()
                step()
                times.append(time.perf_counter() - began)
    return [median(times[WARM_UP:]) for times in taken]


def _stepper(specimen: Specimen) -> Callable[[], None]:
    model = copy.deepcopy(specimen.trained()).train()
    optimizer = build_optimizer(specimen.recipe(), model)
    task = specimen.recipe()
    inputs, targets = next(specimen.batches(task.batch_size))

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        task.loss(forward(model, inputs), targets).backward()  # type: ignore[no-untyped-call]
        if task.clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), task.clip_norm)
        optimizer.step()
        if specimen.device.type == "cuda":
            torch.cuda.synchronize(specimen.device)

    return step


TRAIT = Trait(
    name="step-time",
    what="Median time of a training step; a change is the ratio of steps taken in turn.",
    unit="seconds",
    reads_model=True,
    together=seconds_a_step,
    as_ratio=True,
)
