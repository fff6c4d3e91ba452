# SPDX-License-Identifier: Apache-2.0
"""Models that cannot be edited safely are noticed before anything is done to them."""

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from goodfit.errors import SurgeryError


def unwrapped(model: nn.Module) -> nn.Module:
    """The module inside torch.compile's wrapper; any other module as it is."""
    inner = getattr(model, "_orig_mod", None)
    return inner if _is_wrapper(model) and isinstance(inner, nn.Module) else model


def _is_wrapper(module: nn.Module) -> bool:
    """Whether a module is torch.compile's wrapper; asked by name, because torch._dynamo takes a second to import."""
    return type(module).__name__ == "OptimizedModule"


def refuse_uneditable(model: nn.Module) -> None:
    """Refuse what an edit would not reach.

    Raises:
        SurgeryError: the model, or a part of it, is compiled or scripted, or on the meta device.
    """
    _refuse_meta(model)
    for path, module in model.named_modules():
        # Compiled code does not look at hooks again: an edit would be ignored in silence.
        if _is_wrapper(module) or module._compiled_call_impl is not None:  # noqa: SLF001
            raise SurgeryError(
                "the model is compiled, and compiled code would not see the change",
                where=path or type(module).__name__,
                todo="treat the model before torch.compile (inside the wrapper it is `model._orig_mod`), then compile",
            )
        if isinstance(module, torch.jit.ScriptModule):
            raise SurgeryError(
                "the model is a TorchScript module, which cannot be edited",
                where=path or type(module).__name__,
                todo="treat the Python model, then script it",
            )


def _refuse_meta(model: nn.Module) -> None:
    """Refuse a model without numbers: an edit of it could be neither run nor checked."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    meta = [name for name, tensor in tensors if tensor.is_meta]
    if meta:
        whole = len(meta) == len(tensors)
        raise SurgeryError(
            "the model is on the meta device, where tensors have no numbers"
            if whole
            else f"{len(meta)} of the model's {len(tensors)} tensors are on the meta device, and have no numbers",
            where=meta[0],
            todo="make the model on a real device, or load its weights (model.to_empty, load_state_dict), then treat it",
        )


def refuse_uninitialised(model: nn.Module) -> None:
    """Refuse models whose shapes are not known yet.

    Raises:
        SurgeryError: a lazy layer has not seen its first batch.
    """
    for name, parameter in model.named_parameters():
        if isinstance(parameter, UninitializedParameter):
            raise SurgeryError(
                "the model has a lazy layer whose shape is not known yet",
                where=name,
                todo="pass one batch through the model first",
            )
