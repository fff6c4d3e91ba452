# SPDX-License-Identifier: Apache-2.0
"""One view on data, whether the user gave tensors or a torch `Dataset`.

    as_examples((images, labels))    # two tensors, or any tuple of tensors, the last one the target
    as_examples(my_dataset)          # dataset[i] gives (inputs..., target)

Both can be cut and joined by index, so a split is an array of indices and nothing is copied.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from goodfit.errors import TaskError
from goodfit.training.tree import tree_map

Data: TypeAlias = Dataset[Any] | tuple[Tensor, ...]
Indices: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


class Examples(Protocol):
    """Inputs and targets that can be asked for by index."""

    def __len__(self) -> int: ...

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """Inputs and targets of the given examples, collated."""
        ...

    def targets(self) -> np.ndarray[Any, Any] | None:
        """Every target as an array of shape (n,), or None when they are not single numbers."""
        ...


class TensorExamples:
    """Examples held in tensors that share their first dimension."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self.tensors = tuple(tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """Inputs and targets of the given examples."""
        rows = torch.from_numpy(indices)
        picked = [tensor[rows] for tensor in self.tensors]
        return (picked[0] if len(picked) == 2 else tuple(picked[:-1])), picked[-1]  # noqa: PLR2004 - x and y

    def targets(self) -> np.ndarray[Any, Any] | None:
        """Every target as an array, when they are single numbers."""
        last = self.tensors[-1].detach().cpu()
        if last.ndim != 1:
            return None
        return (last.float() if last.is_floating_point() else last).numpy()


class DatasetExamples:
    """Examples of a map-style `Dataset` whose items end in the target."""

    def __init__(self, dataset: Dataset[Any]) -> None:
        self.dataset = dataset
        self._targets: np.ndarray[Any, Any] | None = None  # read once: it means decoding every item
        self._has_targets: bool | None = None  # None: not read yet

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]  # checked by as_examples

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """Inputs and targets of the given examples, collated as a DataLoader would."""
        collated = default_collate([self.dataset[int(i)] for i in indices])
        inputs, target = tuple(collated[:-1]), collated[-1]
        return (inputs[0] if len(inputs) == 1 else inputs), target

    def targets(self) -> np.ndarray[Any, Any] | None:
        """Every target as an array, when they are single numbers."""
        if self._has_targets is None:
            listed = [self.dataset[i][-1] for i in range(len(self))]
            values = [t.item() if isinstance(t, Tensor) and t.numel() == 1 else t for t in listed]
            self._has_targets = all(isinstance(v, int | float) for v in values)
            self._targets = np.asarray(values) if self._has_targets else None
        return self._targets


class JoinedExamples:
    """Two sets of examples, one behind the other."""

    def __init__(self, first: Examples, second: Examples) -> None:
        self.first, self.second = first, second

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """Inputs and targets of the given examples, in the order asked for."""
        border = len(self.first)
        in_second = indices >= border
        if not in_second.any():
            return self.first.batch(indices)
        if in_second.all():
            return self.second.batch(indices - border)
        front, back = self.first.batch(indices[~in_second]), self.second.batch(indices[in_second] - border)
        order = np.argsort(np.concatenate([np.flatnonzero(~in_second), np.flatnonzero(in_second)]))
        return _interleave(front, back, torch.from_numpy(order))

    def targets(self) -> np.ndarray[Any, Any] | None:
        """Every target as an array, when both parts have single numbers."""
        first, second = self.first.targets(), self.second.targets()
        return None if first is None or second is None else np.concatenate([first, second])


def as_examples(data: Data, name: str) -> Examples:
    """Wrap the user's data; `name` says which part it is in error messages.

    Raises:
        TaskError: it is neither a tuple of tensors of one length nor a map-style dataset with (input, target) items.
    """
    if isinstance(data, tuple | list):
        if len(data) < 2 or not all(isinstance(part, Tensor) for part in data):  # noqa: PLR2004 - inputs and targets
            kinds = ", ".join(type(part).__name__ for part in data) or "nothing"
            raise TaskError(
                f"{name} holds {kinds}", todo="give a tuple (inputs, targets) of tensors, or a Dataset"
            )
        if len({len(part) for part in data}) != 1:
            shapes = ", ".join(str(tuple(part.shape)) for part in data)
            raise TaskError(
                f"the tensors of {name} differ in length: {shapes}", todo="give one target per input"
            )
        found: Examples = TensorExamples(data)
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        found = DatasetExamples(data)
    else:
        raise TaskError(
            f"{name} is a {type(data).__name__}, which has no length or cannot be indexed",
            todo="give a tuple (inputs, targets) of tensors, or a map-style Dataset; an IterableDataset must be "
            "listed first, because goodfit draws the same examples again for every comparison",
        )
    if not len(found):
        raise TaskError(f"{name} is empty", todo="give at least a few hundred examples")
    if isinstance(found, DatasetExamples):
        _check_item(found, name)
    return found


def _check_item(examples: DatasetExamples, name: str) -> None:
    item = examples.dataset[0]
    if not isinstance(item, tuple | list) or len(item) < 2:  # noqa: PLR2004 - input and target
        raise TaskError(
            f"an item of {name} is a {type(item).__name__}", todo="let dataset[i] give (input, target)"
        )


def _interleave(front: tuple[Any, Any], back: tuple[Any, Any], order: Tensor) -> tuple[Any, Any]:
    joined: tuple[Any, Any] = tree_map(lambda one, other: torch.cat([one, other])[order], front, back)
    return joined
