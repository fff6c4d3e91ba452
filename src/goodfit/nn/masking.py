# SPDX-License-Identifier: Apache-2.0
"""Multiplying by a random mask on the CPU: packed bits become factors by one table lookup.

    y = dropped(x, 0.5)                # x * mask / 0.5, differentiable in x

Eight bits index a table of eight factors (0 or 1 / (1 - p)) in the type of x, so a byte of the mask costs
one copy of 32 bytes instead of a comparison, a conversion and a scaling. Up to `LARGE` elements the factors are
kept for the backward pass, as torch keeps them; above it only the bits are, a 32nd of the memory, and the
factors are looked up again.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd import forward_ad

from goodfit.nn.bits import Packed, draw
from goodfit.nn.buffers import lend

# Elements from which looking factors up again is about as fast as keeping them (bench/dropout/speed.py).
LARGE = 1 << 20
# Elements multiplied at a time. Half of that would fit the second-level cache better, and costs more in calls.
BLOCK = 1 << 17
# What torch and numpy call each type of element; numpy has no bfloat16, whose bits travel as integers.
CARRIERS = {
    torch.float32: torch.float32,
    torch.float64: torch.float64,
    torch.float16: torch.float16,
    torch.bfloat16: torch.int16,
}
_NUMPY_MULTIPLIES = (torch.float32, torch.float64)
_PLAIN = (Tensor, nn.Parameter)


class Layout(NamedTuple):
    """Where the elements of a dense tensor lie; a mask follows the order in memory."""

    shape: torch.Size
    stride: tuple[int, ...]
    dtype: torch.dtype


def plain(x: Tensor) -> bool:
    """Whether `x` is an ordinary floating-point tensor on the CPU that nothing traces, batches or intercepts."""
    return (
        type(x) in _PLAIN
        and x.device.type == "cpu"
        and x.dtype in CARRIERS
        and x.layout is torch.strided
        and torch._C._functorch.peek_interpreter_stack() is None  # noqa: SLF001 - vmap, grad, jvp: no public way to ask
        and torch._C._len_torch_dispatch_stack() == 0  # noqa: SLF001 - fake tensors, make_fx: the same
        and not torch._C._is_tracing()  # noqa: SLF001 - torch.jit.is_tracing, which has no types
    )


def dropped(x: Tensor, rate: float) -> Tensor:
    """Zero each element of `x` (`plain`, not empty) with probability `rate`, in (0, 1), and scale the others by 1 / (1 - rate)."""
    packed = draw(x.numel(), rate)
    forward_mode = forward_ad._current_level >= 0  # noqa: SLF001 - no public way to ask
    if x.numel() < LARGE or forward_mode or not (x.requires_grad and torch.is_grad_enabled()):
        return x * _factors(_layout(x), packed, rate)
    out: Tensor = _Dropped.apply(x, packed, rate)  # type: ignore[no-untyped-call]
    return out


def dropped_(x: Tensor, rate: float) -> Tensor:
    """Do what `dropped` does in place."""
    return x.mul_(_factors(_layout(x), draw(x.numel(), rate), rate))


class _Dropped(torch.autograd.Function):
    """`dropped` for many elements: the backward pass looks the factors up from the saved bits."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, packed: Packed, rate: float) -> Tensor:
        layout = _layout(x)
        ctx.save_for_backward(torch.from_numpy(packed))
        ctx.rest = (layout, rate)
        return _multiplied(x, layout, packed, rate)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        packed = ctx.saved_tensors[0].numpy()
        layout, rate = ctx.rest
        if torch.is_grad_enabled() or not (plain(grad) and _has_memory(grad)):
            # It is differentiated again, or batched.
            return grad * _factors(layout, packed, rate), None, None
        return _multiplied(grad, layout, packed, rate), None, None


def _has_memory(grad: Tensor) -> bool:
    """False inside torch.autograd.grad(is_grads_batched=True), whose tensors stand for many."""
    try:
        grad.data_ptr()
    except RuntimeError:
        return False
    return True


def _layout(x: Tensor) -> Layout:
    """The layout of an elementwise result: dense, and in the order of `x` where that is dense."""
    if x.is_contiguous():
        return Layout(x.shape, x.stride(), x.dtype)
    return Layout(x.shape, torch.empty_like(x, device="meta").stride(), x.dtype)


def _factors(layout: Layout, packed: Packed, rate: float) -> Tensor:
    """Look up the factors that the bits stand for; they lie in memory of numpy's, so they are no result."""
    table = _table(layout.dtype, rate)
    factors = lend(len(packed), 8, table.dtype)
    # Mode "wrap" needs no check of the indices, which are in range.
    table.take(packed, axis=0, mode="wrap", out=factors)
    flat = torch.from_numpy(factors).view(-1)
    if layout.dtype is torch.bfloat16:
        flat = flat.view(torch.bfloat16)
    return flat.as_strided(layout.shape, layout.stride)


def _multiplied(x: Tensor, layout: Layout, packed: Packed, rate: float) -> Tensor:
    """Multiply by the factors block by block, so that they never leave the cache."""
    if layout.dtype not in _NUMPY_MULTIPLIES or x.stride() != layout.stride:
        return x * _factors(layout, packed, rate)
    table = _table(layout.dtype, rate)
    out = torch.empty_strided(layout.shape, layout.stride, dtype=layout.dtype, device="cpu")
    size = out.numel()
    source, target = (t.detach().as_strided((size,), (1,), t.storage_offset()).numpy() for t in (x, out))
    scratch = lend(BLOCK // 8, 8, table.dtype)
    whole = size // 8 * 8
    with np.errstate(all="ignore"):
        for start in range(0, whole, BLOCK):
            stop = min(start + BLOCK, whole)
            factors = scratch[: (stop - start) // 8]
            table.take(packed[start // 8 : stop // 8], axis=0, mode="wrap", out=factors)
            np.multiply(source[start:stop], factors.reshape(-1), out=target[start:stop])
        if whole < size:
            np.multiply(source[whole:], table[packed[whole // 8], : size - whole], out=target[whole:])
    return out


@lru_cache(maxsize=64)
def _table(dtype: torch.dtype, rate: float) -> NDArray[Any]:
    """Eight factors for each byte, of shape (256, 8)."""
    bits = torch.arange(256, device="cpu")[:, None] >> torch.arange(8, device="cpu") & 1
    scale = torch.tensor(1.0 / (1.0 - rate), dtype=torch.float64, device="cpu").to(dtype)
    factors = torch.where(bits == 1, scale, torch.zeros((), dtype=dtype, device="cpu"))
    return np.ascontiguousarray(factors.view(CARRIERS[dtype]).numpy())
