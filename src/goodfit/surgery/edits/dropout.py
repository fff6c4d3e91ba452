# SPDX-License-Identifier: Apache-2.0
"""Dropout is put in front of a layer, or a rate is set where it lives; and both are taken back."""

from goodfit.errors import SurgeryError
from goodfit.nn import attach_, attached, detach_
from goodfit.surgery.edits._layers import first_name, layer_at, moved, not_there
from goodfit.surgery.rates import held, hold_
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
        _set(subject, edit, expected=edit.before, value=edit.after)


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.SET_RATE:
        _set(subject, edit, expected=edit.after, value=edit.before)
        return
    if attached(layer) is None:
        raise not_there(edit)
    detach_(layer)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the module that carries the edit, or None where it was not made."""
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.SET_RATE:
        return first_name(subject.model, layer) if _found(subject, edit) == edit.after else None
    inserted = attached(layer)
    if inserted is None or inserted.p != edit.after:
        return None
    return first_name(subject.model, inserted)


def turn(subject: Subject, edit: Edit, rate: float) -> None:
    """Set the rate of a place whose edit is made.

    Raises:
        SurgeryError: the edit is not there; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if edit.kind is EditKind.SET_RATE:
        hold_(layer, edit.attribute or "p", rate)
        return
    inserted = attached(layer)
    if inserted is None:
        raise not_there(edit)
    inserted.p = rate


def _found(subject: Subject, edit: Edit) -> float | None:
    try:
        found = held(layer_at(subject.model, edit), edit.attribute or "p")
    except AttributeError:
        return None
    return float(found) if isinstance(found, int | float) else None


def _set(subject: Subject, edit: Edit, *, expected: float | None, value: float | None) -> None:
    found, attribute = _found(subject, edit), edit.attribute or "p"
    unset = expected is None or value is None  # a field of a configuration may hold nothing
    if found != expected or (unset and not attribute.startswith("config.")):
        raise moved(edit, expected, found)
    try:
        hold_(layer_at(subject.model, edit), attribute, value)
    except (AttributeError, TypeError) as error:
        raise SurgeryError(
            f"the rate cannot be set: {type(error).__name__}: {error}", where=f"{edit.path}.{attribute}"
        ) from error
