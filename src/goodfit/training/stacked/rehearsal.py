# SPDX-License-Identifier: Apache-2.0
"""The first step, stacked and arm by arm: what does not agree is not stacked.

This finds what no list of kinds could: code that vmap refuses or misunderstands, random numbers drawn in a forward
pass, buffers that are replaced instead of changed, parameters that get no gradient.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from goodfit.training.evaluate import forward
from goodfit.training.session import Session
from goodfit.training.splits import Pool
from goodfit.training.stacked.batches import Batch
from goodfit.training.stacked.stack import Stack
from goodfit.training.tree import tree_map

_Said = dict[str, Tensor]  # what one arm's step gave, by name


def rehearsed(pool: Pool, sessions: Sequence[Session]) -> str | None:
    """None when the first step of a stack is the arms' own, else what differed; uses the sessions up."""
    try:
        stack = Stack(pool, sessions)
        batch = next(iter(stack.batches.shuffled(1)))
        stack.begin_step()
        before = {name: tensor.clone() for name, tensor in stack.arms.fixed.items()}
        together = _together(stack, batch)
        for name, tensor in before.items():
            stack.arms.fixed[name].copy_(tensor)
    except Exception as error:  # noqa: BLE001 - whatever the user's code does under vmap is a reason
        said = str(error).partition("\n")[0].partition(". ")[0]
        return f"its first step cannot be stacked ({type(error).__name__}: {said})"
    for row, session in enumerate(sessions):
        alone = _alone(session, batch, row)
        for name, tensor in alone.items():
            if not _agree(tensor, together[name][row]):
                return f"{name} of its first step differs between the stack and a training alone"
    return None


def _together(stack: Stack, batch: Batch) -> _Said:
    """What a stacked step gives, with the arms in front."""
    with torch.no_grad():
        evaluated = stack.forward(batch, training=False)
        said = {f"output {n} in evaluation": each.clone() for n, each in enumerate(_leaves(evaluated))}
    losses, _ = stack.gradients(batch)
    said["the loss"] = losses
    for group, gradient in enumerate(stack.arms.gradients):
        said |= {f"the gradient of {name}": gradient[:, span] for name, span in stack.arms.spans(group)}
    return said | {f"the buffer {name}": tensor.clone() for name, tensor in stack.arms.fixed.items()}


def _alone(session: Session, batch: Batch, row: int) -> _Said:
    """The same from the arm's own model, which looks at its row of the stack."""
    model = session.model
    inputs, targets = (
        tree_map(lambda tensor: tensor[batch.place[row]], tree) for tree in (batch.inputs, batch.targets)
    )
    model.eval()
    with torch.no_grad():
        outputs = forward(model, inputs)
    said = {f"output {n} in evaluation": each for n, each in enumerate(_leaves(outputs))}
    model.train()
    session.masks.step = session.course.steps
    loss = session.loss(forward(model, inputs), targets)
    said["the loss"] = loss.detach()
    names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    found = torch.autograd.grad(loss, [model.get_parameter(name) for name in names])
    said |= {
        f"the gradient of {name}": gradient.flatten() for name, gradient in zip(names, found, strict=True)
    }
    return said | {f"the buffer {name}": buffer.clone() for name, buffer in model.named_buffers()}


def _leaves(tree: Any) -> Iterator[Tensor]:
    found = list[Tensor]()
    tree_map(found.append, tree)
    return iter(found)


def _agree(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same to half of their type's digits; what is not finite is another matter."""
    if one.shape != other.shape:
        return False
    if not one.is_floating_point():
        return torch.equal(one, other)
    if not bool(one.isfinite().all()):
        return not bool(other.isfinite().all())
    allowed = torch.finfo(one.dtype).eps ** 0.5
    size = max(float(one.abs().max()), float(other.abs().max())) if one.numel() else 0.0
    return bool(((one - other).abs() <= allowed * max(size, allowed)).all())
