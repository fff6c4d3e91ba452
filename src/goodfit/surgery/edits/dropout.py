# SPDX-License-Identifier: Apache-2.0
"""Dropout is put in front of a layer, or an existing dropout layer gets another rate; and both are taken back."""

from typing import cast

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn import attach_, attached, detach_
from goodfit.surgery.edits._layers import first_name, layer_at
from goodfit.surgery.kinds import rate_of
from goodfit.surgery.subject import Subject
from goodfit.values import Edit, EditKind


def carry_out(subject: Subject, edit: Edit) -> None:
    """Make one edit in place.

    Raises:
        SurgeryError: the place is not as it was when the edit was planned; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.INSERT_DROPOUT:
        attach_(layer, edit.after)
    else:
        _set_rate(layer, edit, expected=edit.before, rate=edit.after)


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.SET_RATE:
        _set_rate(layer, edit, expected=edit.after, rate=edit.before)
        return
    inserted = attached(layer)
    if inserted is None:
        raise SurgeryError("there is no inserted dropout to take away", where=edit.path)
    detach_(layer)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the dropout layer that carries the edit, or None where it was not made."""
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.SET_RATE:
        return first_name(subject.model, layer) if rate_of(layer) == edit.after else None
    inserted = attached(layer)
    if inserted is None or inserted.p != edit.after:
        return None
    return first_name(subject.model, inserted)


def _set_rate(layer: nn.Module, edit: Edit, *, expected: float | None, rate: float | None) -> None:
    found = rate_of(layer)
    if found is None or found != expected or rate is None:
        raise SurgeryError(
            f"a dropout rate of {expected} was expected, and {found} found",
            where=edit.path,
            todo="plan the treatment anew for the model as it is now",
        )
    cast("nn.Dropout", layer).p = rate
