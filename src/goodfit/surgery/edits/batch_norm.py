# SPDX-License-Identifier: Apache-2.0
"""The output of a layer passes through a new batch norm; and that is taken back while it has learned nothing."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from goodfit.errors import SurgeryError
from goodfit.surgery.edits._layers import first_name, layer_at
from goodfit.surgery.edits._on_output import on_output, put_on_output_, take_from_output_
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.subject import Subject
from goodfit.values import Edit, LayerKind

NAME = "output_norm"
_OF_MAPS: dict[int, type[_BatchNorm]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


def norm_for(layer: nn.Module, features: int) -> _BatchNorm:
    """A new batch norm for what a fully connected or convolutional layer gives, with its type and device.

    In evaluation mode it changes nothing: it divides by sqrt(variance + eps), and its variance starts at 1 - eps.
    """
    axes = len(getattr(layer, "kernel_size", (0,))) if kind_of(layer) is LayerKind.CONVOLUTION else 1
    weight = next(layer.parameters(recurse=False))
    return _at_start(_OF_MAPS[axes], features, weight.dtype).to(weight.device)


def _at_start(kind: type[_BatchNorm], features: int, dtype: torch.dtype) -> _BatchNorm:
    norm = kind(features, dtype=dtype)
    if norm.running_var is not None:
        norm.running_var.fill_(1 - norm.eps)
    return norm


def inserted_norm(layer: nn.Module) -> _BatchNorm | None:
    """The batch norm that an edit put on the output of `layer`, or None."""
    found = on_output(layer, NAME)
    return found if isinstance(found, _BatchNorm) else None


def carry_out(subject: Subject, edit: Edit) -> None:
    """Make one edit in place; the new parameters are not in an optimiser that was made before.

    Raises:
        SurgeryError: the layer has a batch norm from an edit already; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    put_on_output_(layer, NAME, norm_for(layer, int(edit.after)))


def take_back(subject: Subject, edit: Edit) -> None:
    """Undo one edit in place.

    Raises:
        SurgeryError: the edit is not there, or the norm has been trained, and what it learned would be lost;
            nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    norm = inserted_norm(layer)
    if norm is None:
        raise SurgeryError("there is no inserted batch norm to take away", where=edit.path)
    if _has_learned(norm):
        raise SurgeryError(
            "the inserted batch norm has been trained, and without it the layers after it would not fit",
            where=edit.path,
            todo="go back to a checkpoint of the untreated model; treat() leaves the original as it is",
        )
    take_from_output_(layer, NAME)


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the norm that carries the edit, or None where it was not made."""
    norm = inserted_norm(layer_at(subject.model, edit))
    if norm is None or norm.num_features != edit.after:
        return None
    return first_name(subject.model, norm)


def _has_learned(norm: _BatchNorm) -> bool:
    """Whether any number of a norm is another than at its start."""
    start = _at_start(type(norm), norm.num_features, norm.weight.dtype).state_dict()
    now = norm.state_dict()
    return any(not torch.equal(start[key], now[key].detach().cpu()) for key in start)
