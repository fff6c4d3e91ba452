# SPDX-License-Identifier: Apache-2.0
"""A number that says how much is dropped is read and set where it lives, by the dotted name of its attribute.

held(model.lstm, "dropout"); hold_(model, "config.attn_pdrop", 0.3)

Each part of the name is an attribute, or a key where the object is a mapping (`self.hparams["dropout"]`).
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from torch import nn


def held(module: nn.Module, attribute: str) -> Any:
    """What an attribute holds.

    Raises:
        AttributeError: there is none of this name.
    """
    *owners, leaf = attribute.split(".")
    return _step(_owner(module, owners), leaf)


def hold_(module: nn.Module, attribute: str, value: float | None) -> None:
    """Set what an attribute holds, in place.

    Raises:
        AttributeError: there is none of this name.
    """
    *owners, leaf = attribute.split(".")
    owner = _owner(module, owners)
    _step(owner, leaf)
    if isinstance(owner, MutableMapping):
        owner[leaf] = value
    else:
        setattr(owner, leaf, value)


def _owner(module: nn.Module, names: list[str]) -> Any:
    owner: Any = module
    for name in names:
        owner = _step(owner, name)
    return owner


def _step(owner: Any, name: str) -> Any:
    if isinstance(owner, Mapping):
        if name not in owner:
            raise AttributeError(name)
        return owner[name]
    return getattr(owner, name)
