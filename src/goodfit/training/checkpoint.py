# SPDX-License-Identifier: Apache-2.0
"""Weights on disk, as safetensors: nothing a stranger sends is unpickled."""

from pathlib import Path

from torch import Tensor

from goodfit.errors import StoreError


def save_weights(state: dict[str, Tensor], path: Path) -> None:
    """Write a state dict; tensors that share memory are written once each."""
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, path)


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
        raise StoreError(
            f"the checkpoint cannot be read: {error}", where=str(path), todo="remove its folder and run again"
        ) from error
