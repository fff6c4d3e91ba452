# SPDX-License-Identifier: Apache-2.0
"""When a stack pays: where a training alone spends its time on calls instead of arithmetic.

The choice looks at how much arithmetic a step is, not at a clock: the same task is trained the same way on every
machine and every day, and a busy machine changes no number of a report.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from goodfit.training.evaluate import forward
from goodfit.training.seeds import own_randomness
from goodfit.training.session import begin
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool
from goodfit.training.stacked.batches import Batches
from goodfit.training.task import Task
from goodfit.training.tree import tree_map

# Multiply-adds of a forward pass up to which stacks were measured to be faster on a CPU: bench/results/fused_speed.md.
MOST_ON_CPU = 22e6
MOST_CONVOLVED_ON_CPU = 3.1e6  # the same of models with convolutions, which vmap turns into grouped ones


@dataclass(frozen=True, slots=True)
class Work:
    """What one step of one arm asks of the machine."""

    products: int  # multiply-adds of matrix products and convolutions, in a forward pass over one batch
    convolutions: bool  # whether the model has any
    device: str  # type of the device it runs on


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether arms are stacked, and why."""

    stack: bool
    because: str  # half a sentence


def work_of(task: Task, pool: Pool, settings: Settings) -> Work:
    """Count the work of a task's model on its first batch.

    Raises:
        TaskError: a factory of the task raised.
        SurgeryError: the treatment does not fit.
    """
    with own_randomness():
        session = begin(task, pool, settings)
        batch = next(iter(Batches(pool.examples, [session]).shuffled(1)))
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            forward(session.model, tree_map(lambda tensor: tensor[0], batch.inputs))
    convolutions = any(isinstance(m, nn.modules.conv._ConvNd) for m in session.model.modules())  # noqa: SLF001 - their common base
    return Work(counter.get_total_flops() // 2, convolutions, session.device.type)


def worth_stacking(work: Work, arms: int) -> Choice:
    """Whether a stack of so many arms is expected to be faster than training them one by one."""
    if arms < 2:  # noqa: PLR2004 - one is no stack
        return Choice(stack=False, because="a single training is no stack")
    if work.device != "cpu":
        return Choice(stack=True, because=f"small models leave a {work.device} device idle")
    size = f"{work.products / 1e6:.3g} million multiply-adds"
    most = MOST_CONVOLVED_ON_CPU if work.convolutions else MOST_ON_CPU
    if work.products > most:
        because = f"a forward pass is {size}, and stacks were found faster on a CPU up to {most / 1e6:.3g}"
        return Choice(stack=False, because=because)
    return Choice(stack=True, because=f"a forward pass is {size}, less work than the calls that start it")
