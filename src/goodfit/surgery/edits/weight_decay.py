# SPDX-License-Identifier: Apache-2.0
"""Weight decay in its decoupled form, for any optimiser that has a coefficient for it; norms and biases are spared.

Before the optimiser's own update each weight w becomes w - lr * c * w, with c the coefficient of its group, as torch's
AdamW does it (Loshchilov & Hutter 2019, algorithm 2, with the learning rate in place of their schedule multiplier).
The coefficient stays where everybody looks for it, in `param_groups[i]["weight_decay"]`: state dicts carry it and
schedules of it work. A hook reads it, shrinks the weights, and shows the optimiser zero for the length of its step, so
that an optimiser that would add it to the gradient does not. Groups are not split: a learning rate schedule holds one
rate a group, and would not know of new ones.

`copy.deepcopy` and `pickle` of an optimiser leave its hooks out; that is torch's rule. Treat the copy.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from goodfit.errors import SurgeryError
from goodfit.surgery.edits._weights import chosen
from goodfit.surgery.subject import Subject, not_as_planned, optimizer_of, skips_step
from goodfit.values import Edit

KEY = "weight_decay"


class DecoupledDecay:
    """Shrinks the chosen weights before each step, by lr times the coefficient of their group."""

    def __init__(self, edit: Edit, weights: Iterable[Tensor], groups: Iterable[int]) -> None:
        self.edit = edit
        self.weights = {id(each) for each in weights}
        self.groups = tuple(groups)  # indices: load_state_dict replaces the groups themselves
        self.before: dict[int, Any] = {}  # the coefficients as they were
        self.held: dict[int, Any] = {}  # the coefficients, while the optimiser is shown zeros
        self.handles: tuple[RemovableHandle, ...] = ()

    def __call__(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> Any:
        """Before a step: shrink, and hide the coefficients; a closure is called before the weights shrink."""
        self.done(optimizer)  # a step that raised has left its zeros
        for index in self.groups:
            group = optimizer.param_groups[index]
            self.held[index], group[KEY] = group[KEY], 0.0
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if closure is None:
            self._shrink(optimizer)
            return None
        return (args[0], self._after(closure, optimizer)), {k: v for k, v in kwargs.items() if k != "closure"}

    def done(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """After a step: the coefficients are back in their groups."""
        for index, value in self.held.items():
            optimizer.param_groups[index][KEY] = value
        self.held.clear()

    def _after(self, closure: Callable[[], Any], optimizer: torch.optim.Optimizer) -> Callable[[], Any]:
        """The closure, which computes the gradient at the weights as they are; then they shrink, once a step."""
        shrunk = False

        def closed() -> Any:
            nonlocal shrunk
            loss = closure()
            if not shrunk:
                self._shrink(optimizer)
                shrunk = True
            return loss

        return closed

    @torch.no_grad()
    def _shrink(self, optimizer: torch.optim.Optimizer) -> None:
        if skips_step(optimizer):
            return
        for index, coefficient in self.held.items():
            group = optimizer.param_groups[index]
            kept = 1 - group["lr"] * coefficient
            for weight in group["params"]:
                # What no gradient reached is not touched, as torch's optimisers do.
                if id(weight) in self.weights and weight.grad is not None:
                    weight.mul_(kept)


def coefficient(optimizer: torch.optim.Optimizer) -> float | None:
    """The weight decay of an optimiser: the largest of its groups; None when it has none to set."""
    values = [group[KEY] for group in optimizer.param_groups if group.get(KEY) is not None]
    return float(max(values)) if values and all("lr" in group for group in optimizer.param_groups) else None


def is_decoupled(optimizer: torch.optim.Optimizer) -> bool:
    """Whether goodfit has taken the optimiser's weight decay out of the gradient."""
    return decay_of(optimizer) is not None


def carry_out(subject: Subject, edit: Edit) -> None:
    """Set the coefficient of the groups that have the largest one now; groups set apart by the user stay.

    Raises:
        SurgeryError: there is no optimiser, it has no weight decay or another one than planned, or holds none of the
            weights; nothing was changed.
    """
    optimizer = optimizer_of(subject, edit.kind.value)
    if is_decoupled(optimizer):
        raise SurgeryError(
            "goodfit has set the weight decay of this optimiser already",
            where=edit.path,
            todo="take that treatment back with revert_ first",
        )
    own = coefficient(optimizer)
    if own is None or own != edit.before:
        raise not_as_planned("a weight decay", edit.before, own)
    groups = [i for i, group in enumerate(optimizer.param_groups) if group.get(KEY) == own]
    hook = DecoupledDecay(edit, chosen(subject.model, edit.along, optimizer), groups)
    for index in groups:
        hook.before[index] = optimizer.param_groups[index][KEY]
        optimizer.param_groups[index][KEY] = edit.after
    hook.handles = (optimizer.register_step_pre_hook(hook), optimizer.register_step_post_hook(hook.done))


def take_back(subject: Subject, edit: Edit) -> None:
    """Give the groups their coefficients back, and take the hook away.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    optimizer = optimizer_of(subject, edit.kind.value)
    hook = decay_of(optimizer)
    if hook is None or hook.edit != edit:
        raise SurgeryError("this weight decay is not in the optimiser", where=edit.path)
    for handle in hook.handles:
        handle.remove()
    for index, value in hook.before.items():
        optimizer.param_groups[index][KEY] = value


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the optimiser carries the edit, None where it does not."""
    hook = None if subject.optimizer is None else decay_of(subject.optimizer)
    return "" if hook is not None and hook.edit == edit else None


def decay_of(optimizer: torch.optim.Optimizer) -> DecoupledDecay | None:
    """The hook that shrinks the weights of an optimiser, None where goodfit has put none there."""
    hooks = getattr(optimizer, "_optimizer_step_pre_hooks", {})
    return next((each for each in hooks.values() if isinstance(each, DecoupledDecay)), None)
