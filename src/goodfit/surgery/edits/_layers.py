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
