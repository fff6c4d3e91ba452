# SPDX-License-Identifier: Apache-2.0
"""Logs written fresh by the real tools are read back as what was logged.

The tools live in an environment of their own: the Python that GOODFIT_TOOLS_ENV names, or `.venv-tools` in the
root of the repository, which is made when it is missing (a few minutes).
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from goodfit.readers import read_history, read_runs
from goodfit.values import History
from tools_environment import SCRIPTS, tools_python

TOOLS = (
    "lightning",
    "transformers",
    "keras",
    "skorch",
    "ignite",
    "tensorboard",
    "mlflow-sqlite",
    "mlflow-files",
    "wandb",
    "trackio",
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of an environment that has the tools."""
    return tools_python()


@pytest.mark.parametrize("tool", TOOLS)
def test_fresh_log_is_read_as_logged(tool: str, python: Path, tmp_path: Path) -> None:
    """Each run and curve that the tool was given is found, x and values equal to the precision it keeps."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"OMP_NUM_THREADS": "1", "HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    out = tmp_path / "out"
    done = subprocess.run(
        [str(python), str(SCRIPTS / "write.py"), tool, str(out)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("logged: ")]
    logged: dict[str, dict[str, Any]] = json.loads(line.removeprefix("logged: "))
    for run, curves in logged.items():
        history = _of(out, run)
        for name, (x, values) in curves.items():
            assert history.curves[name].x == tuple(x), run
            assert list(history.curves[name].values) == pytest.approx(values, rel=1e-6, nan_ok=True), run


def _of(out: Path, run: str) -> History:
    """The history of a run that is known by its path, or by its name."""
    if (out / run).exists():
        return read_history(out / run)
    named = [
        each
        for each in read_runs(out)
        if f"(run={run})" in str(each.source) or f"run-{run}." in str(each.source)
    ]
    (history,) = named
    return history


def test_scripts_know_the_same_tools() -> None:
    """No tool that can be written is left out above."""
    sources = [(SCRIPTS / name).read_text(encoding="utf-8") for name in ("trackers.py", "frameworks.py")]
    assert all(any(f'    "{tool}": ' in source for source in sources) for tool in TOOLS)
    assert sum(source.split("WRITERS = {")[1].count('    "') for source in sources) == len(TOOLS)
