# SPDX-License-Identifier: Apache-2.0
"""Nanoseconds an element of dropout, forward and backward: ours, torch.nn.Dropout, F.dropout and torch.compile.

python bench/dropout/speed.py                writes bench/results/dropout_speed.md (ten minutes)
python bench/dropout/speed.py --compile      the same with torch.compile, which needs a C++ compiler
"""

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import cast

import torch
from _results import in_turn, ratio, write_table
from torch import Tensor, nn
from torch.nn import functional

from goodfit.nn import Dropout

RATES = (0.5, 0.1, 0.9)
SIZES = (12, 13, 14, 15, 16, 18, 20, 22, 24)
SEVERAL_THREADS_SIZES = (14, 18, 20)
COMPILED_SIZES = (14, 18, 20)
BUDGET = 6e6  # elements a call sees in all of its rounds
LONGEST_COMPILE = 120.0  # seconds; a compiler that takes longer is left out


def _pass(drop: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> Callable[[], object]:
    def run() -> object:
        return torch.autograd.grad(drop(x), x, grad)

    return run


def calls(
    rate: float, size: int, dtype: torch.dtype, compiled: nn.Module | None
) -> dict[str, Callable[[], object]]:
    """What is compared, by name."""
    x = torch.randn(size, dtype=dtype, requires_grad=True)
    grad = torch.randn(size, dtype=dtype)
    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "nn.Dropout": nn.Dropout(rate),
        "F.dropout": lambda t: functional.dropout(t, rate, training=True),
        "goodfit": Dropout(rate),
    }
    if compiled is not None:
        ways["torch.compile"] = compiled
    return {name: _pass(way, x, grad) for name, way in ways.items()}


def compiled(rate: float) -> tuple[nn.Module | None, float]:
    """A compiled torch.nn.Dropout for all sizes, and the seconds that compiling took; None where it fails."""
    start = time.perf_counter()
    try:
        torch.compiler.reset()
        layer = cast("nn.Module", torch.compile(nn.Dropout(rate), dynamic=True))
        x = torch.randn(1000, requires_grad=True)
        layer(x).sum().backward()
    except Exception as error:  # noqa: BLE001 - whatever the compiler raises is the finding
        print(f"torch.compile: {type(error).__name__}")
        return None, 0.0
    took = time.perf_counter() - start
    return (layer if took < LONGEST_COMPILE else None), took


def rows(dtype: torch.dtype, threads: int, layers: dict[float, nn.Module | None]) -> list[str]:
    """One line for each size and rate; of fewer sizes with compiled layers or several threads."""
    torch.set_num_threads(threads)
    lines = []
    sizes = SIZES if threads == 1 else SEVERAL_THREADS_SIZES
    for power in COMPILED_SIZES if layers else sizes:
        size = 1 << power
        rounds = int(min(200, max(5, BUDGET / size)))
        for rate in RATES:
            layer = layers.get(rate)
            times = in_turn(calls(rate, size, dtype, layer), rounds=rounds)
            cells = [
                f"{median(times[name]) / size * 1e9:.2f}" for name in ("nn.Dropout", "F.dropout", "goodfit")
            ]
            cells += [f"{ratio(times, 'nn.Dropout', 'goodfit'):.2f}"]
            if layer is None:
                cells += ["", ""]
            else:
                cells += [
                    f"{median(times['torch.compile']) / size * 1e9:.2f}",
                    f"{ratio(times, 'torch.compile', 'goodfit'):.2f}",
                ]
            kind = str(dtype).removeprefix("torch.")
            lines.append(f"| {kind} | {threads} | 2^{power} | {rate} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure and write the table."""
    layers: dict[float, nn.Module | None] = {}
    notes = [
        "Forward and backward of one layer alone, all ways in turn in one run; ratios are medians over rounds.",
        "With one thread, CPU time of the thread; with two, time on the clock, which the machine's other work disturbs.",
    ]
    torch.set_num_threads(1)
    if "--compile" in sys.argv:
        took = {}
        for rate in RATES:
            layers[rate], took[rate] = compiled(rate)
        notes.append(
            "Compiling took "
            + ", ".join(f"{seconds:.0f} s (p = {rate})" for rate, seconds in took.items())
            + "."
        )
    lines = [
        "| type | threads | elements | p | nn.Dropout ns | F.dropout ns | goodfit ns | nn.Dropout / goodfit | torch.compile ns | torch.compile / goodfit |",
        "|" + "---|" * 10,
    ]
    none: dict[float, nn.Module | None] = {}
    parts = [(dtype, threads, none) for threads in (1, 2) for dtype in (torch.float32, torch.bfloat16)]
    if layers:  # last and apart, because compiled code leaves the caches cold for the others
        parts.append((torch.float32, 1, layers))
    for dtype, threads, compiled_layers in parts:
        lines += rows(dtype, threads, compiled_layers)
        write_table("dropout_speed", "Dropout, nanoseconds an element", notes, lines)  # so far


if __name__ == "__main__":
    main()
