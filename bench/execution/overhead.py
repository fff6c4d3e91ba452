# SPDX-License-Identifier: Apache-2.0
"""What the store and the port add to a training: milliseconds a run.

Of a job that is carried out, the time that is not spent training. The port is timed by calls that do nothing, one after
another, so that each pays for its whole way there and back.

    python bench/execution/overhead.py [--runs 40]     writes bench/results/execution_overhead.md
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from goodfit.execution import Executor, Job, Workers, carry_out, workers_of
from goodfit.training import Prepared, Settings, TaskSource, draw, prepare, settle_threads

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "execution_overhead.md"
SOURCE = TaskSource(f"{HERE / 'plan_task.py'}:task")
HEAD = """# What the store and the port add to a training

Written by `python bench/execution/overhead.py` on {date}; Python {python}, torch {torch}; milliseconds a run, median
of {runs} and the tenth and ninetieth percentile. The model has {weights:,} weights, a run the losses of {examples} examples.

| what | median: ms | 10 % | 90 % |
|---|---|---|---|
"""


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def row(name: str, times: list[float]) -> str:
    """A line of the table."""
    deciles = statistics.quantiles(times, n=10)
    return f"| {name} | {statistics.median(times):.1f} | {deciles[0]:.1f} | {deciles[-1]:.1f} |"


def of_the_store(runs: int) -> tuple[list[float], list[float]]:
    """What keeping a new run adds to its training, and how long finding a finished one takes."""
    prepared, added, found = prepare(SOURCE), list[float](), list[float]()
    bare, train = list[float](), Prepared.train

    def watched(*given: Any) -> Any:
        began = time.perf_counter()
        try:
            return train(*given)
        finally:
            bare.append(1000 * (time.perf_counter() - began))

    Prepared.train = watched  # type: ignore[method-assign, assignment]
    with TemporaryDirectory() as folder:
        for seed in range(runs):
            job = Job(SOURCE, Settings(seed=seed, max_epochs=1), Path(folder), prepared.fingerprint)
            added.append(timed(partial(carry_out, job)) - bare.pop())
            found.append(timed(partial(carry_out, job)))
    Prepared.train = train  # type: ignore[method-assign]
    return added, found


def of_the_port(workers: Executor, runs: int) -> list[float]:
    """A call there and back."""
    job = Job(SOURCE, Settings(seed=0), Path("nowhere"))
    workers.submit(str, job).result()
    return [timed(lambda: workers.submit(str, job).result()) for _ in range(runs)]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--ray", action="store_true", help="time Ray as well, where it is installed")
    asked = parser.parse_args()
    settle_threads()
    added, found = of_the_store(asked.runs)
    lines = [row("keeping a new run", added), row("finding a finished run", found)]
    with Workers(2) as pool:
        lines.append(row("a call to a pool of two processes and back", of_the_port(pool, asked.runs)))
    if asked.ray:
        with workers_of("ray", 2, source=SOURCE) as cluster:
            lines.append(row("a call to Ray on this machine and back", of_the_port(cluster, asked.runs)))
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        torch=torch.__version__,
        runs=asked.runs,
        weights=sum(each.numel() for each in prepare(SOURCE).task.model().parameters()),
        examples=len(draw(prepare(SOURCE).task, prepare(SOURCE).pool, 0).validation),
    )
    RESULT.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines), f"\nload {os.getloadavg()[0]:.1f}; written to {RESULT}", sep="")


if __name__ == "__main__":
    main()
