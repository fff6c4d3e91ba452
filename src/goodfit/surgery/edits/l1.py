# SPDX-License-Identifier: Apache-2.0
"""L1 as a proximal step: after the optimiser's update each weight moves towards zero by lr times c, and no further.

w becomes sign(w) * max(|w| - lr * c, 0), the soft threshold of ISTA (Beck & Teboulle 2009). A penalty in the loss would
only make weights small, since its gradient jumps at zero; this makes them exactly zero. Adaptive optimisers scale
their gradient and not this step, as with decoupled weight decay. Norms and biases are spared.

`copy.deepcopy` and `pickle` of an optimiser leave its hooks out; that is torch's rule. Treat the copy.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softshrink
from torch.utils.hooks import RemovableHandle

from goodfit.errors import SurgeryError
from goodfit.surgery.edits._weights import chosen
from goodfit.surgery.subject import Subject, not_as_planned, optimizer_of, skips_step
from goodfit.values import Edit


class SoftThreshold:
    """Moves the chosen weights towards zero after each step."""

    def __init__(self, edit: Edit, weights: Iterable[Tensor]) -> None:
        self.edit = edit
        self.weights = {id(each) for each in weights}
        self.handle: RemovableHandle | None = None

    @torch.no_grad()
    def __call__(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """After a step; what no gradient reached is not touched, as torch's optimisers do."""
        if skips_step(optimizer):
            return
        for group in optimizer.param_groups:
            move = group["lr"] * self.edit.after
            for weight in group["params"]:
                if id(weight) in self.weights and weight.grad is not None:
                    weight.copy_(softshrink(weight, move))


def carry_out(subject: Subject, edit: Edit) -> None:
    """Threshold after every step from now on.

    Raises:
        SurgeryError: there is no optimiser, it has no learning rate, a threshold already, or holds none of the
            weights; nothing was changed.
    """
    optimizer = optimizer_of(subject, edit.kind.value)
    present = threshold_of(optimizer)
    if present is not None or edit.before is not None:
        raise not_as_planned("a threshold", edit.before, present)
    if not all("lr" in group for group in optimizer.param_groups):
        raise SurgeryError(f"{type(optimizer).__name__} has no learning rate", where=edit.path)
    hook = SoftThreshold(edit, chosen(subject.model, edit.along, optimizer))
    hook.handle = optimizer.register_step_post_hook(hook)


def take_back(subject: Subject, edit: Edit) -> None:
    """Take the hook away; weights stay as they were trained.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    hook = soft_threshold_of(optimizer_of(subject, edit.kind.value))
    if hook is None or hook.edit != edit or hook.handle is None:
        raise SurgeryError("this threshold is not in the optimiser", where=edit.path)
    hook.handle.remove()


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the optimiser carries the edit, None where it does not."""
    hook = None if subject.optimizer is None else soft_threshold_of(subject.optimizer)
    return "" if hook is not None and hook.edit == edit else None


def threshold_of(optimizer: torch.optim.Optimizer) -> float | None:
    """The coefficient of an optimiser's threshold, None where it has none."""
    hook = soft_threshold_of(optimizer)
    return None if hook is None else hook.edit.after


def soft_threshold_of(optimizer: torch.optim.Optimizer) -> SoftThreshold | None:
    """The hook that moves the weights of an optimiser towards zero, None where there is none."""
    hooks = getattr(optimizer, "_optimizer_step_post_hooks", {})
    return next((each for each in hooks.values() if isinstance(each, SoftThreshold)), None)
