# SPDX-License-Identifier: Apache-2.0
"""How many more trainings an hour two processes finish on two cores than one does.

Both carry the same plan out, in turn, several times, so that what else the machine does falls on both. The processes are
up and have loaded the task before the clock starts: a plan of minutes pays for that once.

    python bench/execution/two_processes.py [--runs 12] [--rounds 3]     writes bench/results/execution_processes.md
"""

import argparse
import os
import platform
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from goodfit.execution import Job, StoredRun, Workers, carry_out, carry_out_all, processors
from goodfit.training import Settings, TaskSource, settle_threads

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "execution_processes.md"
SOURCE = TaskSource(f"{HERE / 'plan_task.py'}:task")
HEAD = """# Two processes against one

Written by `python bench/execution/two_processes.py` on {date}; Python {python}, torch {torch}, {cores} processors, one
torch thread a process. The same plan of {runs} trainings, in turn with one process and with two, {rounds} times.

| round | one process: s | two processes: s | runs an hour, two against one |
|---|---|---|---|
"""


def plan(store: Path, runs: int) -> list[Job]:
    """As many seeds."""
    return [Job(SOURCE, Settings(seed=seed), store) for seed in range(runs)]


def seconds(count: int, runs: int) -> float:
    """A whole plan with so many processes, which have loaded the task before."""
    with TemporaryDirectory() as folder, Workers(count) as workers:
        warm = [
            Job(SOURCE, Settings(seed=1000 + n, max_epochs=1), Path(folder) / "warm")
            for n in range(4 * count)
        ]
        for future in [workers.submit(carry_out, job) for job in warm]:
            future.result()
        began = time.perf_counter()
        outcomes = carry_out_all(plan(Path(folder) / "store", runs), workers)
        took = time.perf_counter() - began
    if not all(isinstance(each, StoredRun) for each in outcomes):
        raise SystemExit(f"a training failed: {outcomes}")
    return took


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    settle_threads()
    lines, ratios = [], []
    for number in range(1, asked.rounds + 1):
        one, two = seconds(1, asked.runs), seconds(2, asked.runs)
        ratios.append(one / two)
        lines.append(f"| {number} | {one:.1f} | {two:.1f} | {one / two:.2f} |")
        print(lines[-1], f"load {os.getloadavg()[0]:.1f}", flush=True)
    lines.append(f"| median | | | {statistics.median(ratios):.2f} |")
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        torch=torch.__version__,
        cores=processors(),
        runs=asked.runs,
        rounds=asked.rounds,
    )
    RESULT.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{lines[-1]}\nwritten to {RESULT}")


if __name__ == "__main__":
    main()
