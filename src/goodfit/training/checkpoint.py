# SPDX-License-Identifier: Apache-2.0
"""Weights on disk, as safetensors: nothing a stranger sends is unpickled."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from goodfit.errors import StoreError


def save_weights(state: Mapping[str, object], path: Path) -> None:
    """Write a state dict; tensors that share memory are written once each.

    Raises:
        StoreError: an entry is no tensor (the extra state of a module), is of a kind that safetensors does not
            hold, or the file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {name: _tensor(name, entry) for name, entry in state.items()}
    try:
        save_file(tensors, path)
    except (OSError, SafetensorError) as error:
        raise StoreError(
            f"the checkpoint cannot be written: {error}",
            where=str(path),
            todo="free the disk or name another --store; finished trainings are kept",
        ) from error
    except (KeyError, ValueError) as error:  # complex128 is an unknown key to safetensors
        kinds = ", ".join(sorted({str(tensor.dtype) for tensor in tensors.values()}))
        raise StoreError(
            f"safetensors cannot hold these weights: {error}",
            where=str(path),
            todo=f"keep to the usual number types; the model has {kinds}",
        ) from error


def _tensor(name: str, entry: object) -> Tensor:
    """An entry of a state dict as a tensor of its own memory."""
    if not isinstance(entry, Tensor):
        raise StoreError(
            f"the model's state holds a {type(entry).__name__}, and checkpoints hold tensors only",
            where=name,
            todo="let get_extra_state return a tensor, or keep such state out of state_dict",
        )
    if entry.layout is not torch.strided:
        raise StoreError(
            f"a weight is stored as {entry.layout}, and checkpoints hold dense tensors only",
            where=name,
            todo="make it dense with .to_dense()",
        )
    return entry.contiguous().clone()


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dict.

    Raises:
        StoreError: the file is missing or broken.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise _unreadable(error, str(path)) from error


def unpacked_weights(content: bytes, where: str) -> dict[str, Tensor]:
    """Read a state dict from the bytes of its file, which `where` names.

    Raises:
        StoreError: they are broken.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(content)
    except SafetensorError as error:
        raise _unreadable(error, where) from error


def _unreadable(error: Exception, where: str) -> StoreError:
    return StoreError(
        f"the checkpoint cannot be read: {error}", where=where, todo="remove its folder and run again"
    )
