# SPDX-License-Identifier: Apache-2.0
"""The last layer of a residual branch gives its output through stochastic depth; and that is taken back."""

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn import StochasticDepth, attach_, attached, detach_
from goodfit.surgery.edits._layers import first_name, layer_at
from goodfit.surgery.subject import Subject
from goodfit.values import Edit


def inserted_depth(layer: nn.Module) -> StochasticDepth | None:
    """The stochastic depth on the output of `layer`, or None."""
    found = attached(layer, "output")
    return found if isinstance(found, StochasticDepth) else None


def carry_out(subject: Subject, edit: Edit) -> None:
    """Make one edit in place.

    Raises:
        SurgeryError: the layer has something on its output already; nothing was changed.
    """
    attach_(layer_at(subject.model, edit), StochasticDepth(edit.after), side="output")


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place.

    Raises:
        SurgeryError: the edit is not there to be undone; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if inserted_depth(layer) is None:
        raise SurgeryError("there is no stochastic depth to take away", where=edit.path)
    detach_(layer, side="output")


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the module that carries the edit, or None where it was not made."""
    found = inserted_depth(layer_at(subject.model, edit))
    return first_name(subject.model, found) if found is not None and found.p == edit.after else None
