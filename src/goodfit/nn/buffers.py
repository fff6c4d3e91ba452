# SPDX-License-Identifier: Apache-2.0
"""Memory for the factors of masks, used again as soon as nobody looks at it.

Fresh memory of a megabyte costs a page fault every 4 KiB, which is more than all work on a mask that lies in it. A buffer is
lent as a view; it is free again when that view, which the tensor made from it keeps alive, is gone: in training
that is after the backward pass.
"""

from threading import local
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

KEPT = 8  # buffers of one thread: a step has few dropouts between forward and backward, and more would hold memory
SMALLEST = 1 << 15  # bytes; smaller arrays come from the allocator's own free lists


class _Lent(local):
    """The buffers of one thread, each with its last view."""

    def __init__(self) -> None:
        self.buffers: list[tuple[NDArray[Any], ref[NDArray[Any]]]] = []


_LENT = _Lent()


def lend(rows: int, width: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """An array of shape (rows, width) with whatever numbers; its memory is lent again when it is gone."""
    if rows * width * kind.itemsize < SMALLEST:
        return np.empty((rows, width), dtype=kind)
    held = _LENT.buffers
    for place, (buffer, seen) in enumerate(held):
        if seen() is None and buffer.shape == (rows, width) and buffer.dtype == kind:
            view = buffer.view()
            held[place] = (buffer, ref(view))
            return view
    buffer = np.empty((rows, width), dtype=kind)
    view = buffer.view()
    held.append((buffer, ref(view)))
    if len(held) > KEPT:
        oldest = next((place for place, (_, seen) in enumerate(held) if seen() is None), 0)
        del held[oldest]  # one that is lent stays alive by its view
    return view
