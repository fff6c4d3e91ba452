# SPDX-License-Identifier: Apache-2.0
"""The same examples with their inputs disturbed: numbers get noise, names of things are exchanged for others.

    disturbed = DisturbedExamples(examples, spread, strength=0.2)
    evaluate(model, task, disturbed, indices, device)

What is drawn comes from torch's global generator, which the caller seeds.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from goodfit.training.examples import Examples, Indices
from goodfit.training.tree import tree_map


class NoSpreadError(ValueError):
    """Inputs whose spread cannot be told; the reason is a sentence."""


class DisturbedExamples:
    """Examples whose floating-point inputs get Gaussian noise, and whose whole numbers are partly exchanged.

    Args:
        examples: left as they are.
        spread: standard deviation of every floating-point input, in the nesting of the inputs (see `input_spread`).
        strength: of the noise, in standard deviations.
        exchanged: probability that a whole number is replaced by that at the same place of another example of the batch.
    """

    def __init__(self, examples: Examples, spread: Any, strength: float, exchanged: float = 0.0) -> None:
        self.examples, self.spread = examples, spread
        self.strength, self.exchanged = strength, exchanged

    def __len__(self) -> int:
        return len(self.examples)

    def batch(self, indices: Indices) -> tuple[Any, Any]:
        """Disturbed inputs, and the targets as they are."""
        inputs, targets = self.examples.batch(indices)
        return tree_map(self._disturbed, inputs, self.spread), targets

    def targets(self) -> np.ndarray[Any, Any] | None:
        """As they are."""
        return self.examples.targets()

    def _disturbed(self, part: Tensor, spread: Tensor) -> Tensor:
        if part.is_floating_point():
            return part + (self.strength * spread * torch.randn(part.shape)).to(part)
        if not self.exchanged or part.dtype is torch.bool:
            return part
        others = part[torch.randperm(len(part))]
        return torch.where(torch.rand(part.shape) < self.exchanged, others, part)


def input_spread(batches: Iterable[Any], *, names: bool = False) -> Any:
    """The standard deviation of every input over some examples, in the nesting of the inputs.

    Args:
        batches: inputs, batch after batch.
        names: whether inputs may be whole numbers, which name things and have no spread.

    Raises:
        NoSpreadError: there are whole numbers and they may not be, or inputs differ in shape, or do not vary.
    """
    sums: Any = None
    squares: Any = None
    shapes: list[torch.Size] = []
    n = 0
    for inputs in batches:
        parts = list(leaves(inputs))
        floating = [part.is_floating_point() for part in parts]
        if not parts or not (all(floating) or names):
            raise NoSpreadError(
                "Some inputs are whole numbers (names of tokens or classes), to which no noise can be added."
            )
        plain = tree_map(lambda part: part.cpu().double(), inputs)
        if sums is None:
            shapes = [part.shape[1:] for part in parts]
            sums = tree_map(lambda part: torch.zeros(part.shape[1:], dtype=torch.float64), plain)
            squares = sums
        if [part.shape[1:] for part in parts] != shapes:
            raise NoSpreadError(
                "The inputs differ in shape from batch to batch, so no input has a spread of its own."
            )
        sums = tree_map(lambda total, part: total + part.sum(dim=0), sums, plain)
        squares = tree_map(lambda total, part: total + part.square().sum(dim=0), squares, plain)
        n += len(parts[0])
    spread = tree_map(lambda s, q: (q / n - (s / n).square()).clamp(min=0).sqrt().float(), sums, squares)
    if not any(bool((part > 0).any()) for part in leaves(spread)):
        raise NoSpreadError("No input varies over the training examples.")
    return spread


def leaves(tree: Any) -> Iterator[Tensor]:
    """The tensors of a nesting."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, Mapping | tuple | list):
        for part in tree.values() if isinstance(tree, Mapping) else tree:
            yield from leaves(part)
