# SPDX-License-Identifier: Apache-2.0
"""What a compiled kernel would gain: kernel.c behind ctypes, against ours and torch's, one thread.

Two kernels: one multiplies by our bits, so masks stay the same with and without a compiler; the other draws
its own bits too, and so would give other masks where a compiler is at hand than where it is not.

    python bench/dropout/compiled_kernel.py      writes bench/results/dropout_compiled.md; needs cc
"""

import ctypes
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from _results import in_turn, ratio, write_table
from torch import Tensor, nn

from goodfit.nn import Dropout
from goodfit.nn.bits import draw

RATES = (0.5, 0.1, 0.9)
SIZES = (14, 16, 18, 20, 22)
BUDGET = 1.2e7  # elements a call sees in all of its rounds
PLANES = 16  # so that the rate is right to 2^-17


def build(folder: Path) -> tuple[ctypes.CDLL, float]:
    """Compile kernel.c; give the library and the seconds it took."""
    start = time.perf_counter()
    target = folder / "kernel.so"
    source = Path(__file__).with_name("kernel.c")
    subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", source, "-o", target], check=True)  # noqa: S607
    library = ctypes.CDLL(str(target))
    library.multiply.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t, ctypes.c_float]
    library.draw.argtypes = [ctypes.c_void_p] * 2 + [ctypes.c_size_t, ctypes.c_int, ctypes.c_uint]
    return library, time.perf_counter() - start


def compiled(library: ctypes.CDLL, rate: float, *, own_bits: bool) -> Callable[[Tensor], Tensor]:
    """Dropout through the kernel."""
    planes = 1 if rate == 0.5 else PLANES
    level = round((1 - rate) * 2**planes) | 1
    scale = 1 / (1 - rate)

    def bits_of(size: int) -> Any:
        if not own_bits:
            return draw(size, rate)
        seed = torch.empty(16, dtype=torch.int64).random_(-(2**63), None)
        words = np.empty((size // 64 + 3) // 4 * 4, dtype=np.uint64)
        library.draw(seed.data_ptr(), words.ctypes.data, len(words), planes, level)
        return words

    def multiplied(x: Tensor, bits: Any) -> Tensor:
        out = torch.empty_like(x)
        library.multiply(x.data_ptr(), bits.ctypes.data, out.data_ptr(), x.numel(), scale)
        return out

    class Dropped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.bits = bits_of(x.numel())
            return multiplied(x, ctx.bits)

        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Tensor:
            return multiplied(grad, ctx.bits)

    return Dropped.apply


def line(library: ctypes.CDLL, power: int, rate: float) -> str:
    """One size and rate: nanoseconds an element, and how many times faster than torch."""
    x = torch.randn(1 << power, requires_grad=True)
    grad = torch.randn(1 << power)
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "torch": nn.Dropout(rate),
        "ours": Dropout(rate),
        "our bits": compiled(library, rate, own_bits=False),
        "own bits": compiled(library, rate, own_bits=True),
    }
    rounds = int(min(300, max(7, BUDGET / (1 << power))))
    calls = {name: lambda way=way: torch.autograd.grad(way(x), x, grad) for name, way in ways.items()}
    times = in_turn(calls, rounds=rounds)
    cells = [f"{median(times[name]) / (1 << power) * 1e9:.2f}" for name in ways]
    cells += [f"{ratio(times, 'torch', name):.1f}" for name in ways if name != "torch"]
    return f"| 2^{power} | {rate} | {' | '.join(cells)} |"


def main() -> None:
    """Compile, measure and write the table."""
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        library, seconds = build(Path(folder))
        lines = [
            "| elements | p | torch ns | ours ns | compiled, our bits ns | compiled, own bits ns | torch / ours | torch / our bits | torch / own bits |",
            "|" + "---|" * 9,
            *(line(library, power, rate) for power in SIZES for rate in RATES),
        ]
    notes = [
        f"Forward and backward, float32, CPU time of one thread, all in turn. Compiling kernel.c took {seconds:.1f} s.",
    ]
    write_table("dropout_compiled", "What a compiled dropout kernel would gain", notes, lines)


if __name__ == "__main__":
    main()
