# SPDX-License-Identifier: Apache-2.0
"""The environment of the tools that goodfit reads and starts, apart from its own: made when it is missing.

It is the one that GOODFIT_TOOLS_ENV names, or `.venv-tools` in the root of the repository.
"""

import os
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "real_tools"


def tools_python() -> Path:
    """The Python of an environment that has the tools; the test is skipped where there can be none."""
    given = os.environ.get("GOODFIT_TOOLS_ENV")
    folder = Path(given) if given else ROOT / ".venv-tools"
    python = folder / "bin" / "python"
    if given and not python.is_file():
        pytest.skip(f"GOODFIT_TOOLS_ENV names {given}, which holds no bin/python")
    wanted = (SCRIPTS / "requirements.txt").read_text(encoding="utf-8")
    ready = folder / ".ready"
    if not given and (not ready.is_file() or ready.read_text(encoding="utf-8") != wanted):
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]
        done = subprocess.run(
            [*install, str(SCRIPTS / "requirements.txt")], capture_output=True, text=True, check=False
        )
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            pytest.skip(f"the tools cannot be installed: {(errors or ['pip was stopped'])[0]}")
        ready.write_text(wanted, encoding="utf-8")
    return python
