# SPDX-License-Identifier: Apache-2.0
"""The lowest versions that pyproject.toml claims, installed, and the tests of what they serve run with them.

    python bench/packaging/lowest.py          the core: readers, rules, remedies, report, command line
    python bench/packaging/lowest.py torch    with torch as well (the oldest one is a build of several GB), and the surgery

writes bench/results/package_lowest.md. The tests themselves need torch, for their one fixture and the public contracts; the core
is tried with the newest allowed one, so that only its own dependencies are old.
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
from typing import Any

from fresh import ROOT, empty_environment, install, installed, own_constraints

PARTS = {
    "core": ("tests/core", "tests/measures", "tests/rules", "tests/readers", "tests/report", "tests/proof"),
    "torch": ("tests/nn", "tests/surgery/test_planning.py", "tests/training", "tests/flow"),
}
TOOLS = ("pytest", "hypothesis", "jsonschema", "mlxtend")
RESULT = ROOT / "bench" / "results" / "package_lowest.md"
HEAD = """# The lowest versions claimed, tried

Written by `python bench/packaging/lowest.py` on {date}; Python {python}, {system}. Every lower bound of the part is installed at its
lowest release, and the tests named are run with it.

| part | installed | tests | outcome |
|---|---|---|---|
"""


def lowest(requirements: Sequence[str]) -> list[str]:
    """The lowest release that each requirement allows: "numpy>=1.26" is "numpy==1.26.*"."""
    found = []
    for each in requirements:
        name, bound = re.split(r">=", each.partition(";")[0].partition(",")[0])
        exact = bound.count(".") > 1
        found.append(f"{name}=={bound}" if exact else f"{name}=={bound}.*")
    return found


def try_part(part: str, project: dict[str, Any]) -> str:
    """Install one part at its lowest versions, run its tests, and give a row of the table."""
    core = lowest(project["dependencies"])
    old = [*core, *(lowest(project["optional-dependencies"]["torch"]) if part == "torch" else [])]
    names = {each.partition("==")[0] for each in old}
    newest = [line for line in own_constraints() if line.partition("==")[0].lower() not in names]
    wanted = (
        [line for line in newest if line.startswith(("torch==", "safetensors=="))] if part == "core" else []
    )
    with TemporaryDirectory() as folder:
        python = empty_environment(Path(folder) / "environment")
        install(python, *old, *wanted, *TOOLS, constraints=old)
        versions = installed(python)
        tests = PARTS[part]
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests]
        place = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **place}
        )
        print(done.stdout[-6000:])
        outcome = (
            done.stdout.strip().splitlines()[-1].strip("= ") if done.stdout.strip() else done.stderr[-200:]
        )
    shown = ", ".join(f"{name} {versions.get(name.lower(), '?')}" for name in sorted(names))
    return f"| {part} | {shown} | {', '.join(tests)} | {outcome} |\n"


def main(parts: Sequence[str]) -> None:
    """Try the parts, keep the rows of those that were not asked for, and write the table."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    kept = RESULT.read_text(encoding="utf-8").splitlines() if RESULT.exists() else []
    rows = {
        line.split("|")[1].strip(): f"{line}\n" for line in kept if line.startswith(("| core", "| torch"))
    }
    rows.update({part: try_part(part, project) for part in parts})
    head = HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )
    RESULT.write_text(head + "".join(rows[part] for part in PARTS if part in rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or ["core"])
