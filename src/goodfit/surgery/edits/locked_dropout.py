# SPDX-License-Identifier: Apache-2.0
"""A sequence passes through dropout with one mask for all of its steps in front of a layer; and it is taken away."""

from goodfit.nn import LockedDropout, attach_, attached, detach_
from goodfit.surgery.edits._layers import first_name, layer_at, not_there
from goodfit.surgery.subject import Subject
from goodfit.values import Edit

BATCH_FIRST, TIME_FIRST = "batch first", "time first"
"""How the sequence lies, as an edit's manner says it."""


def carry_out(subject: Subject, edit: Edit) -> None:
    """Put the dropout in front of the layer; its first input is a batch of sequences, or a packed one.

    Raises:
        SurgeryError: there is something in front of it already; nothing was changed.
    """
    attach_(layer_at(subject.model, edit), LockedDropout(edit.after, batch_first=edit.manner == BATCH_FIRST))


def take_back(subject: Subject, edit: Edit) -> None:
    """Take it away.

    Raises:
        SurgeryError: it is not there; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if not isinstance(attached(layer), LockedDropout):
        raise not_there(edit)
    detach_(layer)


def turn(subject: Subject, edit: Edit, rate: float) -> None:
    """Set its rate.

    Raises:
        SurgeryError: it is not there; nothing was changed.
    """
    inserted = attached(layer_at(subject.model, edit))
    if not isinstance(inserted, LockedDropout):
        raise not_there(edit)
    inserted.p = rate


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the locked dropout, or None where it was not made."""
    inserted = attached(layer_at(subject.model, edit))
    if not isinstance(inserted, LockedDropout) or inserted.p != edit.after:
        return None
    return first_name(subject.model, inserted)
