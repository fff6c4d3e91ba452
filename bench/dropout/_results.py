# SPDX-License-Identifier: Apache-2.0
"""What the dropout benches share: calls timed in turn, and tables with date, versions and machine."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import torch

RESULTS = Path(__file__).parents[1] / "results"


def in_turn(
    calls: Mapping[str, Callable[[], object]], *, rounds: int, warm_up: int = 2
) -> dict[str, list[float]]:
    """Seconds of each call, one after the other in each round, so that a busy machine slows all alike.

    With one thread it is the thread's CPU time, which does not count the time that others had the core.
    """
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + warm_up):
        for name, call in calls.items():
            start = clock()
            call()
            passed = clock() - start
            if number >= warm_up:
                times[name].append(passed)
    return times


def ratio(times: Mapping[str, Sequence[float]], of: str, to: str) -> float:
    """Median over rounds of the ratio within a round: how many times as long `of` takes as `to`."""
    return median(a / b for a, b in zip(times[of], times[to], strict=True))


def write_table(name: str, title: str, notes: Sequence[str], lines: Sequence[str]) -> None:
    """Write bench/results/NAME.md and print it."""
    made = (
        f"Written by scripts in bench/dropout on {datetime.now(tz=UTC):%Y-%m-%d}; Python {platform.python_version()}, "
        f"torch {torch.__version__}, {_processor()}, {os.cpu_count()} cores, 24 GiB (shared with other work: "
        f"load {os.getloadavg()[0]:.1f} at the end)."
    )
    head = [f"# {title}", "", made, *notes, ""]
    text = "\n".join([*head, *lines]) + "\n"
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
