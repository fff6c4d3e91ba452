# SPDX-License-Identifier: Apache-2.0
"""The last layer of a residual branch gives its output through stochastic depth; and that is taken back."""

from goodfit.errors import SurgeryError
from goodfit.nn import StochasticDepth
from goodfit.surgery.edits._layers import first_name, layer_at
from goodfit.surgery.edits._on_output import on_output, put_on_output_, take_from_output_
from goodfit.surgery.subject import Subject
from goodfit.values import Edit

NAME = "stochastic_depth"


def carry_out(subject: Subject, edit: Edit) -> None:
    """Make one edit in place.

    Raises:
        SurgeryError: the layer has stochastic depth already; nothing was changed.
    """
    put_on_output_(layer_at(subject.model, edit), NAME, StochasticDepth(edit.after))


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if on_output(layer, NAME) is None:
        raise SurgeryError("there is no stochastic depth to take away", where=edit.path)
    take_from_output_(layer, NAME)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the module that carries the edit, or None where it was not made."""
    found = on_output(layer_at(subject.model, edit), NAME)
    if not isinstance(found, StochasticDepth) or found.p != edit.after:
        return None
    return first_name(subject.model, found)
