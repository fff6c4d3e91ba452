# SPDX-License-Identifier: Apache-2.0
"""All learning rates of an optimiser are multiplied, and with them those that its schedule goes by.

A schedule keeps the rates it started from (`base_lrs`) and, some of them, where they end (`eta_min`, `max_lrs`): were
only the groups changed, the next `scheduler.step()` would undo it. So the whole schedule is scaled.
"""

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from goodfit.errors import SurgeryError
from goodfit.surgery.subject import Subject, optimizer_of
from goodfit.values import Edit

_IN_GROUPS = ("lr", "initial_lr", "max_lr", "min_lr")  # the last two are OneCycleLR's
_IN_SCHEDULES = ("base_lrs", "max_lrs", "min_lrs", "_last_lr", "eta_min")
_Place = tuple[Any, str]  # what holds a rate (a group's dict, or an attribute's owner), and its name there


class _Scaled:
    """What an edit multiplied: the edit, and each number before and after."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        self.changed: list[tuple[_Place, Any, Any]] = []


_SCALED: WeakKeyDictionary[torch.optim.Optimizer, list[_Scaled]] = WeakKeyDictionary()


def carry_out(subject: Subject, edit: Edit) -> None:
    """Multiply every rate by the edit's factor.

    Raises:
        SurgeryError: there is no optimiser, it has no learning rate, or a schedule was made on it and not given;
            nothing was changed.
    """
    optimizer = optimizer_of(subject, edit.kind.value)
    if not all("lr" in group for group in optimizer.param_groups):
        raise SurgeryError(f"{type(optimizer).__name__} has no learning rate", where=edit.path)
    if subject.scheduler is None and any("initial_lr" in group for group in optimizer.param_groups):
        raise SurgeryError(
            "a schedule was made on this optimiser, and it would set the old learning rates again",
            where=edit.path,
            todo="give it: Subject(model=model, optimizer=optimizer, scheduler=scheduler), "
            "or treat before the schedule is made",
        )
    scaled = _Scaled(edit)
    for place in _places(subject, optimizer):
        before = _get(place)
        after = _times(before, edit.after)
        scaled.changed.append((place, before, after))
        _put(place, after)
    _SCALED.setdefault(optimizer, []).append(scaled)


def take_back(subject: Subject, edit: Edit) -> None:
    """Give back each rate as it was; one that a schedule has moved meanwhile is divided by the factor.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    optimizer = optimizer_of(subject, edit.kind.value)
    scaled = _found(optimizer, edit)
    if scaled is None:
        raise SurgeryError("this factor is not in the optimiser's learning rates", where=edit.path)
    known = {(id(holder), name): (before, after) for (holder, name), before, after in scaled.changed}
    for place in _places(subject, optimizer):
        now = _get(place)
        before, after = known.get((id(place[0]), place[1]), (None, None))
        moved = before is None or not _equal(now, after)
        _put(place, _times(now, 1 / edit.after) if moved else before)
    _SCALED[optimizer].remove(scaled)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """An empty name where the optimiser carries the edit, None where it does not."""
    optimizer = subject.optimizer
    return None if optimizer is None or _found(optimizer, edit) is None else ""


def _found(optimizer: torch.optim.Optimizer, edit: Edit) -> _Scaled | None:
    return next((each for each in _SCALED.get(optimizer, ()) if each.edit == edit), None)


def _places(subject: Subject, optimizer: torch.optim.Optimizer) -> Iterator[_Place]:
    for group in optimizer.param_groups:
        yield from ((group, name) for name in _IN_GROUPS if name in group)
    yield from _schedules(subject.scheduler)


def _schedules(scheduler: Any) -> Iterator[_Place]:
    """The rates of a schedule, and of those it is made of (SequentialLR, ChainedScheduler)."""
    if scheduler is None:
        return
    yield from ((scheduler, name) for name in _IN_SCHEDULES if hasattr(scheduler, name))
    for part in getattr(scheduler, "_schedulers", ()):
        yield from _schedules(part)


def _get(place: _Place) -> Any:
    holder, name = place
    value = holder[name] if isinstance(holder, dict) else getattr(holder, name)
    return value.clone() if isinstance(value, Tensor) else list(value) if isinstance(value, list) else value


def _put(place: _Place, value: Any) -> None:
    """A rate kept as a tensor stays that tensor: a captured graph reads it."""
    holder, name = place
    if not isinstance(holder, dict):
        setattr(holder, name, value)
    elif isinstance(holder[name], Tensor):
        holder[name].copy_(value)
    else:
        holder[name] = value


def _times(value: Any, factor: float) -> Any:
    return [each * factor for each in value] if isinstance(value, list) else value * factor


def _equal(one: Any, other: Any) -> bool:
    return bool(torch.equal(one, other)) if isinstance(one, Tensor) else bool(one == other)
