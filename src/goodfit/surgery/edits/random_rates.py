# SPDX-License-Identifier: Apache-2.0
"""Layers that drop at one rate for all let each example draw its own, up to that rate; and that is taken back."""

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn import fixed_rates_, random_rates_
from goodfit.surgery.subject import Subject
from goodfit.values import Edit


def carry_out(subject: Subject, edit: Edit) -> None:
    """Let the layers that the edit is along have random rates, after the edits that put them there.

    Raises:
        SurgeryError: one of them is not there, or some layer of the model has random rates; nothing was changed.
    """
    layers = _layers(subject.model, edit)
    if any(_is_random(module) for module in subject.model.modules()):
        raise SurgeryError(
            "the model has random rates already",
            where=type(subject.model).__name__,
            todo="take them back with goodfit.nn.fixed_rates_(model)",
        )
    random_rates_(subject.model, only=layers)


def take_back(subject: Subject, edit: Edit) -> None:
    """Let every example drop at the layer's one rate again.

    Raises:
        SurgeryError: the layers have no random rates; nothing was changed.
    """
    if in_place(subject, edit) is None:
        raise SurgeryError("there are no random rates to take away", where=edit.along[0])
    fixed_rates_(subject.model)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the first layer that carries the edit, or None where it was not made."""
    try:
        layers = _layers(subject.model, edit)
    except SurgeryError:
        return None
    return edit.along[0] if all(_is_random(layer) for layer in layers) else None


def _layers(model: nn.Module, edit: Edit) -> list[nn.Module]:
    try:
        return [model.get_submodule(path) for path in edit.along]
    except AttributeError as error:
        raise SurgeryError(
            f"the dropout that is to have random rates is not there: {error}",
            where=", ".join(edit.along),
            todo="plan the treatment for this model",
        ) from None


def _is_random(module: nn.Module) -> bool:
    return getattr(module, "shares", None) is not None
