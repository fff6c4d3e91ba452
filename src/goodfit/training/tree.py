# SPDX-License-Identifier: Apache-2.0
"""Tensors in any nesting that models give and take: tuples, named tuples, dictionaries, Hugging Face outputs."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor


def tree_map(function: Callable[..., Any], *trees: Any) -> Any:
    """Apply `function` to the tensors at the same place of every tree; what is no tensor stays as in the first."""
    first = trees[0]
    if isinstance(first, Tensor):
        return function(*trees)
    if isinstance(first, Mapping):
        kept = {key: [tree[key] for tree in trees] for key in first if first[key] is not None}
        return type(first)(**{key: tree_map(function, *parts) for key, parts in kept.items()})
    if hasattr(first, "_fields"):  # a named tuple
        return type(first)(*(tree_map(function, *parts) for parts in zip(*trees, strict=True)))
    if isinstance(first, tuple | list):
        return type(first)(tree_map(function, *parts) for parts in zip(*trees, strict=True))
    return first
