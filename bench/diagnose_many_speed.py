# SPDX-License-Identifier: Apache-2.0
"""Time and memory of judging 10,000 logs: `goodfit diagnose DIR`, and `goodfit.diagnose_many` in Python.

    python bench/diagnose_many_speed.py [RUNS]     writes bench/results/diagnose_many_speed.md

Whole processes on one core each, user and system seconds. The peer parses the same files with pandas and judges nothing.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

EPOCHS = 200
GOAL = 60.0  # CPU seconds for reading and judging 10,000 runs
_MEASURED = (
    "import resource, sys, time; begin = time.process_time()\n{body}\n"
    "print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)"
)
_PARSE = """
from goodfit.readers import read_each
for path, found in read_each(sys.argv[1]): pass
"""
_BOTH = """
from goodfit import diagnose_many
from goodfit.readers import read_each
histories = (history for path, found in read_each(sys.argv[1]) for history in found)
for history, diagnoses in diagnose_many(histories): pass
"""
_SHELL = """
from goodfit._cli import run
run(["diagnose", sys.argv[1]])
"""
_JSON = """
from goodfit._cli import run
run(["diagnose", sys.argv[1], "--output-format", "jsonl"])
"""
_PANDAS = """
import pandas, pathlib
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.csv")): pandas.read_csv(path)
"""


def write_logs(folder: Path, runs: int) -> None:
    """Logs of four kinds: healthy, overfitting, cut short, noisy; five digits, as most tools write."""
    for run in range(runs):
        draws, kind = Random(run), run % 4
        pace, noise = draws.uniform(5, 40), 0.05 if kind == 3 else 0.01
        turn = draws.uniform(30, 120)
        rows = ["epoch,train_loss,val_loss,val_accuracy"]
        for epoch in range(EPOCHS):
            fall = 0.999**epoch if kind == 2 else 2.718 ** (-epoch / pace)
            rise = 0.003 * max(epoch - turn, 0) if kind == 1 else 0.0
            train = 0.1 + 2 * fall + draws.gauss(0, 0.002)
            val = 0.15 + 2 * fall + rise + draws.gauss(0, noise)
            rows.append(f"{epoch},{train:.5f},{val:.5f},{0.9 - 0.8 * fall + draws.gauss(0, noise / 3):.4f}")
        path = folder / f"sweep{run // 100:03d}" / f"run{run:05d}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def measured(body: str, folder: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one process on one core."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(body=body.strip()), str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    seconds, memory = done.stderr.split()[-2:]
    return float(seconds), float(memory)


def main() -> None:
    """Time all in turn and write the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    kinds = {
        "reading alone (goodfit.readers.read_each)": _PARSE,
        "reading and judging (goodfit.diagnose_many)": _BOTH,
        "goodfit diagnose DIR, text": _SHELL,
        "goodfit diagnose DIR, JSON Lines": _JSON,
        "pandas.read_csv of each file": _PANDAS,
    }
    with TemporaryDirectory() as name:
        write_logs(Path(name), runs)
        found = {what: measured(body, Path(name)) for what, body in kinds.items()}
    from goodfit.rules import RULES

    reading, both, *_, parsing = (seconds for seconds, _ in found.values())
    lines = [
        "# Judging many runs\n",
        f"Written by `python bench/diagnose_many_speed.py` on {datetime.now(tz=UTC):%Y-%m-%d}; Python {platform.python_version()},",
        f"numpy {version('numpy')}, pandas {version('pandas')}, one core of a shared machine of 2 while other work ran:",
        "compare rows of one table, not tables.",
        f"{runs:,} CSV files of {EPOCHS} epochs (training loss, validation loss and accuracy), {len(RULES)} rules.\n",
        "| process | CPU seconds | ms a run | of pandas | peak MiB |\n|---|---|---|---|---|",
        *(
            f"| {what} | {s:.1f} | {1e3 * s / runs:.2f} | {s / parsing:.2f} | {m:.0f} |"
            for what, (s, m) in found.items()
        ),
        (
            f"\nJudging without reading: {both - reading:.1f} s, {1e3 * (both - reading) / runs:.2f} ms a run."
            f" Goal for reading and judging 10,000 runs: under {GOAL:.0f} s; here"
            f" {both * 10_000 / runs:.1f} s{'' if runs == 10_000 else ' (extrapolated)'}.\n"
        ),
    ]
    text = "\n".join(lines)
    print(text)
    (Path(__file__).parent / "results" / "diagnose_many_speed.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
