# SPDX-License-Identifier: Apache-2.0
"""One model to try surgery on, with a batch for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A small model of a shape that people write."""

    name: str  # as the table of remedies by architecture prints it
    build: Callable[[], nn.Module]  # the same structure each time
    example: Callable[[], Any]  # one batch as the model takes it, the same each time
    loss: Callable[[Any], Tensor]  # of the model's output, for a step of training


def sum_of_squares(output: Any) -> Tensor:
    """A loss that needs no targets: the mean square of the (first) output."""
    first = output
    while not isinstance(first, Tensor):
        first = next(iter(first.values())) if hasattr(first, "values") else first[0]
    return first.square().mean()
