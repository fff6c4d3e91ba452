# SPDX-License-Identifier: Apache-2.0
"""Memory of masks is used again when, and only when, nobody looks at it any more."""

from threading import Thread

import numpy as np
import torch

from goodfit.nn import Dropout
from goodfit.nn.buffers import KEPT, SMALLEST, lend

ROWS = SMALLEST // 8
KIND = np.dtype(np.uint8)


def test_a_buffer_comes_back_when_its_view_is_gone() -> None:
    """The same memory is lent again, and not while the view or a tensor made from it lives."""
    first = lend(ROWS, 8, KIND)
    address = first.ctypes.data
    tensor = torch.from_numpy(first).view(-1)
    del first
    assert lend(ROWS, 8, KIND).ctypes.data != address
    del tensor
    taken = [lend(ROWS, 8, KIND) for _ in range(KEPT)]
    assert address in [each.ctypes.data for each in taken]
    assert len({each.ctypes.data for each in taken}) == KEPT


def test_shapes_and_types_are_not_mixed() -> None:
    """A buffer is lent for its own shape and type alone; small ones are not kept."""
    assert lend(ROWS, 8, np.dtype(np.float32)).dtype == np.float32
    assert lend(2 * ROWS, 8, KIND).shape == (2 * ROWS, 8)
    assert lend(3, 8, KIND).base is None


def test_more_masks_than_buffers_stay_apart() -> None:
    """Gradients of many layers, all waiting for one backward pass, are those of each layer's own mask."""
    torch.manual_seed(0)
    layer = Dropout(0.5)
    inputs = [torch.ones(1 << 15, requires_grad=True) for _ in range(3 * KEPT)]
    outputs = [layer(each) for each in inputs]
    again = [layer(torch.ones(1 << 15)) for _ in range(3 * KEPT)]
    torch.stack(outputs).sum().backward()  # type: ignore[no-untyped-call]
    for given, out in zip(inputs, outputs, strict=True):
        assert given.grad is not None
        assert torch.equal(given.grad, out.detach())
    assert len({tuple(each[:64].tolist()) for each in (*outputs, *again)}) == 6 * KEPT


def test_a_second_backward_sees_the_same_mask() -> None:
    """A graph that is kept holds its mask, whatever is drawn in between."""
    layer = Dropout(0.1)
    x = torch.ones(1 << 16, requires_grad=True)
    out = layer(x)
    (first,) = torch.autograd.grad(out.sum(), x, retain_graph=True)
    for _ in range(2 * KEPT):
        layer(torch.ones(1 << 16))
    (second,) = torch.autograd.grad(out.sum(), x)
    assert torch.equal(first, second)


def test_threads_do_not_share_buffers() -> None:
    """What one thread holds no other is lent."""
    addresses: list[int] = []
    mine = lend(ROWS, 8, KIND)

    def other() -> None:
        addresses.append(lend(ROWS, 8, KIND).ctypes.data)

    thread = Thread(target=other)
    thread.start()
    thread.join()
    assert addresses[0] != mine.ctypes.data
