# SPDX-License-Identifier: Apache-2.0
"""The lowest versions that pyproject.toml claims of the core and of torch, installed, and tests run with them.

    python bench/packaging/lowest.py                   several GB: the oldest torch is a build for GPUs
    python bench/packaging/lowest.py --keep FOLDER     in an environment that stays, and is used again
    python bench/packaging/lowest.py --part training   one part; the table then has no row of the others

writes bench/results/package_lowest.md. A bound such as "numpy>=1.26" is tried as 1.26.0.
"""

import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fresh import ROOT, empty_environment, install, installed

PARTS = {
    "core": (
        "tests/core",
        "tests/measures",
        "tests/readers/test_reader_contract.py",
        "tests/readers/test_reader_samples.py",
        "tests/rules/test_judgements.py",
        "tests/report/test_report_page.py",
        "tests/report/test_report_terminal.py",
        "tests/report/test_notebook.py",
        "tests/cli/test_cli_outputs.py",
        "tests/proof/test_compare.py",
    ),
    "training": (
        "tests/nn",
        "tests/surgery/test_planning.py",
        "tests/training/test_loop.py",
        "tests/test_treating_page.py",
    ),
}
TOOLS = ("pytest", "hypothesis", "jsonschema", "mlxtend")
RESULT = ROOT / "bench" / "results" / "package_lowest.md"
HEAD = """# The lowest versions claimed, tried

Written by `python bench/packaging/lowest.py` on {date}; Python {python}, {system}. Installed in one environment:
{shown}.

| of | tests | outcome |
|---|---|---|
"""


def lowest(requirements: Sequence[str]) -> list[str]:
    """The first release that each requirement allows: "numpy>=1.26" is "numpy==1.26.0"."""
    found = []
    for each in requirements:
        name, bound = each.partition(";")[0].partition(",")[0].split(">=")
        found.append(f"{name}=={bound}" if bound.count(".") > 1 else f"{name}=={bound}.0")
    return found


def tried(python: Path, tests: Sequence[str]) -> str:
    """The last line that pytest prints, without its time."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    ours = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **ours}
    )
    print(done.stdout[-8000:], done.stderr[-2000:])
    lines = done.stdout.strip().splitlines() or ["nothing was run"]
    return re.sub(r" in [\d.]+s.*", "", lines[-1].strip("= "))


def main(words: Sequence[str]) -> None:
    """Install, try each part, and write the table."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    old = lowest([*project["dependencies"], *project["optional-dependencies"]["torch"]])
    with TemporaryDirectory() as folder:
        place = Path(words[words.index("--keep") + 1]) if "--keep" in words else Path(folder) / "environment"
        python = place / "bin" / "python"
        if not python.exists():
            python = empty_environment(place)
        install(python, *old, *TOOLS, constraints=old)
        versions = installed(python)
        parts = [words[words.index("--part") + 1]] if "--part" in words else list(PARTS)
        rows = [f"| {part} | {', '.join(PARTS[part])} | {tried(python, PARTS[part])} |\n" for part in parts]
    names = sorted(each.partition("==")[0] for each in old)
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        shown=", ".join(f"{name} {versions.get(name.lower(), '?')}" for name in names),
    )
    RESULT.write_text(head + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
