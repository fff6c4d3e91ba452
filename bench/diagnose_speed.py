# SPDX-License-Identifier: Apache-2.0
"""CPU time of `goodfit diagnose` from the shell on a 1,000-epoch CSV, against reading the same file with pandas.

All are whole processes, run in turn, so that a busy machine slows all; the ratios are what to quote. Modules have their
bytecode, as an installed package has it, also where this shell asks Python to write none. The last rows say how much
of a process nobody can save who uses these libraries.

    python bench/diagnose_speed.py     writes bench/results/diagnose_speed.md
"""

import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

RUNS = 15
ONE_THREAD = "import os; os.environ['OPENBLAS_NUM_THREADS'] = '1'"  # as goodfit loads numpy
GOAL = 0.35  # CPU seconds, user and system


def write_log(path: Path) -> None:
    """A run of 1,000 epochs that overfits, with a little noise."""
    draws = Random(0)
    rows = (
        f"{i},{2 / (i / 20 + 1):.5f},{1.2 / (i / 20 + 1) + 5e-4 * i + draws.gauss(0, 0.01):.5f},{0.9 - 0.3 / (i / 10 + 1):.4f}"
        for i in range(1000)
    )
    path.write_text("epoch,train_loss,val_loss,val_accuracy\n" + "\n".join(rows), encoding="utf-8")


def cpu_seconds(command: list[str], folder: Path) -> float:
    """User and system time of one finished process, run in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=folder, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Time both in turn and write the table."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        write_log(log)
        commands = {
            "goodfit diagnose log.csv": [
                str(Path(sys.executable).with_name("goodfit")),
                "diagnose",
                str(log),
            ],
            "pandas.read_csv(log.csv)": [
                sys.executable,
                "-c",
                f"import pandas; pandas.read_csv({str(log)!r})",
            ],
            "import cyclopts, numpy, rich.console; one thread": [
                sys.executable,
                "-c",
                f"{ONE_THREAD}; import cyclopts, numpy, rich.console",
            ],
            "import numpy; one thread": [sys.executable, "-c", f"{ONE_THREAD}; import numpy"],
            "python -c pass": [sys.executable, "-c", "pass"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(RUNS + 1):
            for name, command in commands.items():
                times[name].append(cpu_seconds(command, Path(folder)))
    kept = {name: seconds[1:] for name, seconds in times.items()}  # the first fills the caches
    ours, peer, libraries, numpy = (kept[name] for name in list(commands)[:4])
    to_peer, to_libraries, to_numpy = (
        median(a / b for a, b in zip(ours, other, strict=True)) for other in (peer, libraries, numpy)
    )
    lines = [
        "# CPU time of one diagnosis from the shell\n",
        f"Written by `python bench/diagnose_speed.py` on {datetime.now(tz=UTC):%Y-%m-%d}; Python {platform.python_version()},",
        f"numpy {version('numpy')}, pandas {version('pandas')}, cyclopts {version('cyclopts')}, 2 cores, 24 GiB (shared).",
        f"A CSV of 1,000 epochs; user and system seconds of whole processes, {RUNS} runs in turn while other work ran.",
        f"Bytecode is cached, as in an installed package. Goal: under {GOAL} s.\n",
        "| process | minimum | median | maximum |\n|---|---|---|---|",
        *(f"| {name} | {min(s):.3f} | {median(s):.3f} | {max(s):.3f} |" for name, s in kept.items()),
        f"\ngoodfit over pandas, median of the pairs: {to_peer:.2f}; over what its three libraries cost to load:",
        f"{to_libraries:.2f}; over numpy alone: {to_numpy:.2f}. Median {'within' if median(ours) < GOAL else 'ABOVE'} the goal.\n",
    ]
    text = "\n".join(lines)
    print(text)
    (Path(__file__).parent / "results" / "diagnose_speed.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
