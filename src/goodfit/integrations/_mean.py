# SPDX-License-Identifier: Apache-2.0
"""The mean of the losses of many steps, without waiting for a device and with next to no work at a step.

A loss on the processor is added up as a number at once, which is half of what letting go of its graph costs.
"""

from typing import Any

from torch import Tensor, stack

_MANY = 256  # losses on a device that are held before they are summed: one sum for as many steps, and some kilobytes


class Mean:
    """Collects losses; `value` is their mean, and begins anew."""

    __slots__ = ("_count", "_sums", "_total", "_waiting")

    def __init__(self) -> None:
        self._total, self._count = 0.0, 0  # of numbers
        self._waiting: list[Tensor] = []
        self._sums: list[Tensor] = []

    def add(self, loss: Any) -> None:
        """Take the loss of a step: a scalar tensor, whose graph is let go, or a number."""
        self._count += 1
        if not isinstance(loss, Tensor):
            self._total += float(loss)
        elif loss.is_cpu:
            self._total += loss.item()
        else:
            self._waiting.append(loss.detach())
            if len(self._waiting) >= _MANY:
                self._settle()

    def value(self) -> float | None:
        """The mean since the last time; None where nothing was added."""
        if self._waiting:
            self._settle()
        total, count = self._total + sum(map(float, self._sums)), self._count
        self._total, self._count, self._sums = 0.0, 0, []
        return total / count if count else None

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._sums.append(stack(waiting).sum())
