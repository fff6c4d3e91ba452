# SPDX-License-Identifier: Apache-2.0
"""The training data seen through the transform of the validation data, where that can be done."""

from copy import copy
from typing import Any

from torch.utils.data import Subset

from goodfit.probes._lab import Lab
from goodfit.training import Examples, as_examples

_TRANSFORMS = ("transform", "transforms")  # what data sets of torchvision and its many imitators apply


def plain_examples(lab: Lab) -> Examples | None:
    """The training examples without augmentation, under the same indices; None when the task does not show how."""
    task = lab.prepared.task
    if task.validation is None or isinstance(task.train, tuple | list):
        return None
    plain = _with_transform_of(task.train, task.validation)
    return None if plain is None else as_examples(plain, "train")


def _with_transform_of(data: Any, other: Any) -> Any:
    """A shallow copy of a data set with the transforms of another; the original stays as it is."""
    if isinstance(data, Subset):
        inner = _with_transform_of(data.dataset, other)
        return None if inner is None else Subset(inner, data.indices)
    source = other
    while isinstance(source, Subset):
        source = source.dataset
    shared = [name for name in _TRANSFORMS if hasattr(data, name) and hasattr(source, name)]
    if not shared or all(getattr(data, name) is getattr(source, name) for name in shared):
        return None
    plain = copy(data)
    for name in shared:
        setattr(plain, name, getattr(source, name))
    return plain
