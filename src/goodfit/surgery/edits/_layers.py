# SPDX-License-Identifier: Apache-2.0
"""The layer that an edit is about."""

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.values import Edit


def layer_at(model: nn.Module, edit: Edit) -> nn.Module:
    """The layer of an edit's dotted name.

    Raises:
        SurgeryError: there is none.
    """
    try:
        return model.get_submodule(edit.path)
    except AttributeError:
        raise SurgeryError(
            "the model has no layer of this name", where=edit.path, todo="plan the treatment for this model"
        ) from None


def first_name(model: nn.Module, layer: nn.Module) -> str:
    """The first dotted name of a layer that is known to be in the model."""
    names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
    return names[layer]


def moved(edit: Edit, expected: float | None, found: float | None) -> SurgeryError:
    """The error for a rate that is no longer what was planned from."""
    return SurgeryError(
        f"a dropout rate of {expected} was expected, and {found} found",
        where=edit.path,
        todo="plan the treatment anew for the model as it is now",
    )


def not_there(edit: Edit) -> SurgeryError:
    """The error for an insertion that is to be taken away and is not there."""
    return SurgeryError(f"there is no {edit.kind.value} to take away", where=edit.path)
