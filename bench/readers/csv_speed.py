# SPDX-License-Identifier: Apache-2.0
"""Reading a 300,000-row sparse CSV, as Lightning writes them: goodfit against pandas.read_csv, in processes of their own.

    python bench/readers/csv_speed.py > bench/results/readers_csv.md

Each reads the same file from a cold process, import included; processor time and peak memory are told by
the processes themselves, in turn, so that a busy machine slows both. pandas gives columns; goodfit gives curves.
"""

import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROWS = 300_000
ROUNDS = 7
LIMIT = 60  # MiB

_OURS = "from goodfit.readers import read_history; found = read_history(sys.argv[1])"
_PANDAS = "import pandas; found = pandas.read_csv(sys.argv[1])"
_TELL = """
import re, sys, time
{work}
memory = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(time.process_time(), int(memory[1]) / 1024)
"""
KINDS = {  # share of the steps that hold a training loss, rows from one validation to the next
    "a training loss every step (2 of 7 columns full beside the counters)": (1.0, 1000),
    "a training loss every 50 steps (all but the counters empty)": (0.02, 1000),
    "a training loss every step, validated four times an epoch: read by step, so that all points are kept": (
        1.0,
        250,
    ),
}


def write_log(path: Path, share: float, every: int) -> None:
    """A metrics.csv of 300 epochs of 1,000 rows; `share` of the steps hold a training loss, one row of `every` a validation."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        file.write("epoch,step,train_acc_step,train_loss_epoch,train_loss_step,val_acc,val_loss\n")
        for row in range(ROWS):
            epoch, place = divmod(row, 1000)
            if place % every == every - 2:
                file.write(f"{epoch},{row},,,,{draw.random():.6f},{1 + draw.random():.10f}\n")
            elif place == 999:
                file.write(f"{epoch},{row - 1},,{1 + draw.random():.10f},,,\n")
            elif draw.random() < share:
                file.write(f"{epoch},{row},{draw.random():.6f},,{2 / (epoch + 1) + draw.random():.10f},,\n")
            else:
                file.write(f"{epoch},{row},,,,,\n")


def measured(work: str, path: Path, cache: str) -> tuple[float, float]:
    """Processor seconds and peak MiB of one process."""
    environment = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": cache,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their bytecode
    done = subprocess.run(
        [sys.executable, "-c", _TELL.format(work=work), str(path)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def main() -> None:
    """Print the table."""
    print("# A 300,000-row sparse CSV: goodfit and pandas\n")
    print(
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"pandas {version('pandas')}, goodfit {version('goodfit')}; medians of {ROUNDS} processes each, in turn, import included.\n"
        f"Aims: no slower than pandas, under {LIMIT} MiB.\n"
    )
    print("| log | MB | goodfit, s CPU | pandas, s CPU | ratio | goodfit, MiB | pandas, MiB | aims met |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, (share, every) in KINDS.items():
            path = Path(folder, "metrics.csv")
            write_log(path, share, every)
            found: dict[str, list[tuple[float, float]]] = {_OURS: [], _PANDAS: []}
            for _ in range(ROUNDS + 1):
                for work, results in found.items():
                    results.append(measured(work, path, folder))
            ours, theirs = (
                tuple(statistics.median(each[at] for each in results[1:]) for at in (0, 1))
                for results in found.values()
            )
            ratio = ours[0] / theirs[0]
            met = f"speed {'yes' if ratio <= 1 else 'no'}, memory {'yes' if ours[1] < LIMIT else 'no'}"
            print(
                f"| {kind} | {path.stat().st_size / 1e6:.1f} | {ours[0]:.2f} | {theirs[0]:.2f} | {ratio:.2f} "
                f"| {ours[1]:.0f} | {theirs[1]:.0f} | {met} |"
            )
    print(
        "\nBoth read from a warm disk; the first process of each kind is not counted (it compiles). goodfit looks at every cell, and\n"
        "keeps a missing one and a logged nan apart; cells that are surely plain numbers stay text until one is asked for. By epoch the\n"
        "last value of each epoch is, by step every value. Where an aim is missed: these are turned into numbers by Python's own float,\n"
        "pandas does it in C; and a curve is kept as a tuple, 32 bytes a number."
    )


if __name__ == "__main__":
    main()
