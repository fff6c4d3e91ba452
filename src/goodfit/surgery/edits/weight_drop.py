# SPDX-License-Identifier: Apache-2.0
"""The recurrent weights of a layer are dropped from in training, the same ones at all steps; and it is taken back."""

from goodfit.nn import undo_weight_drop_, weight_drop_, weight_dropped
from goodfit.surgery.edits._layers import first_name, layer_at, not_there
from goodfit.surgery.subject import Subject
from goodfit.values import Edit


def carry_out(subject: Subject, edit: Edit) -> None:
    """Drop from the recurrent weights from now on.

    Raises:
        SurgeryError: the layer has no recurrent weights, or loses some already; nothing was changed.
    """
    weight_drop_(layer_at(subject.model, edit), edit.after)


def take_back(subject: Subject, edit: Edit) -> None:
    """Let the layer have all of its weights again.

    Raises:
        SurgeryError: it has them already; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if weight_dropped(layer) is None:
        raise not_there(edit)
    undo_weight_drop_(layer)


def turn(subject: Subject, edit: Edit, rate: float) -> None:
    """Set its rate.

    Raises:
        SurgeryError: the layer has all of its weights; nothing was changed.
    """
    made = weight_dropped(layer_at(subject.model, edit))
    if made is None:
        raise not_there(edit)
    made.p = rate


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the recurrent layer (what drops runs in training only), or None where it was not made."""
    layer = layer_at(subject.model, edit)
    made = weight_dropped(layer)
    return None if made is None or made.p != edit.after else first_name(subject.model, layer)
