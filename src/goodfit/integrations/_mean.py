# SPDX-License-Identifier: Apache-2.0
"""The mean of the losses of many steps, without waiting for a device and with next to no work at a step."""

from typing import Any

from torch import Tensor, stack

_MANY = 256  # losses that are held before they are summed: one sum for as many steps, and some kilobytes


class Mean:
    """Collects losses; `value` is their mean, and begins anew."""

    def __init__(self) -> None:
        self._waiting: list[Any] = []
        self._sums: list[Any] = []
        self._count = 0

    def add(self, loss: Any) -> None:
        """Take the loss of a step: a scalar tensor, whose graph is let go, or a number."""
        self._waiting.append(loss.detach() if isinstance(loss, Tensor) else loss)
        if len(self._waiting) >= _MANY:
            self._settle()

    def value(self) -> float | None:
        """The mean since the last time; None where nothing was added."""
        self._settle()
        total, count = sum(map(float, self._sums)), self._count
        self._sums, self._count = [], 0
        return total / count if count else None

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        tensors = [each for each in waiting if isinstance(each, Tensor)]
        self._count += len(waiting)
        self._sums += [stack(tensors).sum()] if tensors else []
        self._sums += [each for each in waiting if not isinstance(each, Tensor)]
