# SPDX-License-Identifier: Apache-2.0
"""Time goodfit and the tool's own reader on one file, in turn, each in a process of its own environment.

The tools' environment is the one of the slow test: named by GOODFIT_TOOLS_ENV, or `.venv-tools`, which
`make test-slow` makes. A script prints its numbers as one line of JSON.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START = "import json, sys, time; begin = time.process_time()\n"
CLOCK = "start = time.process_time()\n"
END = "\nend = time.process_time(); print('\\n' + json.dumps({'read': end - start, 'import': start - begin, 'points': points}))"


def tools_python() -> str:
    """The Python of the tools' environment."""
    folder = Path(os.environ.get("GOODFIT_TOOLS_ENV") or ROOT / ".venv-tools")
    python = folder / "bin" / "python"
    if not python.is_file():
        raise SystemExit(f"no {python}: run `make test-slow` first, or set GOODFIT_TOOLS_ENV")
    return str(python)


def timed(python: str, imports: str, body: str, *arguments: str) -> dict[str, Any]:
    """CPU seconds of a script's imports and of its reading, and the points that it counted."""
    script = START + imports + CLOCK + body + END
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-c", script, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    numbers: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return numbers


def in_turn(commands: Mapping[str, tuple[str, str, str]], argument: str, runs: int) -> dict[str, list[Any]]:
    """Run all of them one after the other, several times."""
    times: dict[str, list[Any]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (python, imports, body) in commands.items():
            times[name].append(timed(python, imports, body, argument))
    return times


def written_by(script: str, what: str, tools: Sequence[str]) -> list[str]:
    """The first lines of a table: by what it was made, and on what."""
    freeze = subprocess.run(
        [tools_python(), "-m", "pip", "freeze"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    versions = [line.replace("==", " ") for line in freeze if line.split("==")[0].lower() in tools]
    return [
        (
            f"Written by `python bench/readers/{script}` on {datetime.now(UTC):%Y-%m-%d}; Python "
            f"{platform.python_version()}, numpy {version('numpy')}, {', '.join(versions)}; 2 cores, 24 GiB (shared)."
        ),
        what,
        "",
        "| reader | reading, median | reading, all | imports, median | points |",
        "|---|---|---|---|---|",
    ]


def rows(times: Mapping[str, list[Any]]) -> list[str]:
    """One line a reader, in CPU seconds."""
    lines = []
    for name, runs in times.items():
        reading = [run["read"] for run in runs]
        shown = ", ".join(f"{seconds:.3f}" for seconds in reading)
        imports = median(run["import"] for run in runs)
        lines.append(f"| {name} | {median(reading):.3f} | {shown} | {imports:.2f} | {runs[0]['points']:,} |")
    return lines


def ratio(times: Mapping[str, list[Any]], peer: str, ours: str) -> float:
    """How many times as long the peer takes, median of the pairs that ran in turn."""
    found: float = median(a["read"] / b["read"] for a, b in zip(times[peer], times[ours], strict=True))
    return found


def save(name: str, lines: Sequence[str]) -> None:
    """Print the table and write it to bench/results."""
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "bench" / "results" / name).write_text(text, encoding="utf-8")


OURS = sys.executable
