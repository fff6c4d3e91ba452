# SPDX-License-Identifier: Apache-2.0
"""What may be loaded when: `import goodfit` and `goodfit diagnose` stay light."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import goodfit
from goodfit.readers import READERS
from goodfit.readers._sniff import Shape

HEAVY = ("torch", "scipy", "pandas", "matplotlib", "sklearn", "jinja2")
# What judging one CSV and printing it has no use for; each cost some part of the start before.
NOT_FOR_ONE_CSV = (
    *HEAVY,
    *(
        "asyncio",
        "concurrent.futures",
        "decimal",
        "difflib",
        "email",
        "http",
        "importlib.metadata",
        "logging",
    ),
    *("multiprocessing", "socket", "sqlite3", "ssl", "statistics", "jsonschema"),
    *("numpy.ma", "numpy.random", "rich.live", "rich.progress", "rich.table", "rich.traceback"),
    *("goodfit.flow", "goodfit.proof", "goodfit.remedies", "goodfit.report.page", "goodfit.rules._live"),
    *("goodfit.rules._many", "goodfit._cli.diagnose_folder", "goodfit._cli.fix", "goodfit._cli.probe"),
    *(f"goodfit._core.{part}" for part in ("model_facts", "overview", "prescription", "report", "run")),
    *(f"goodfit._core.{part}" for part in ("rulebook", "schema", "verdict")),
    *(f"goodfit.readers.{module}" for module, _, shapes in READERS.entries if Shape.DELIMITED not in shapes),
)
COUNT = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"


def _loaded(program: str, *arguments: str, cwd: Path | None = None) -> str:
    """The last line that a program prints in a fresh interpreter, where coverage loads nothing of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env=kept | {"PYTHONPATH": str(Path(goodfit.__file__).parents[1])},
    )
    return done.stdout.splitlines()[-1]


def test_import_goodfit_is_light() -> None:
    """No torch, scipy, pandas or matplotlib, and not even numpy."""
    assert _loaded(f"import goodfit; {COUNT}") == "[]"
    assert _loaded("import goodfit, sys; print('numpy' in sys.modules)") == "False"


@pytest.mark.parametrize("settings", ["", '[tool.goodfit]\nfail-on = "never"\n'])
def test_diagnose_from_the_shell_is_light(settings: str, tmp_path: Path) -> None:
    """Diagnosing a file loads nothing that only training, proving, drawing or another format needs."""
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    log = tmp_path / "log.csv"
    rows = [f"{i},{2 / (i + 1):.4f},{1 / (i + 1) + 0.002 * i:.4f}" for i in range(1000)]
    log.write_text("epoch,train_loss,val_loss\n" + "\n".join(rows), encoding="utf-8")
    count = f"print([name for name in {NOT_FOR_ONE_CSV!r} if name in sys.modules])"
    program = f"import sys; from goodfit._cli import run; run(['diagnose', sys.argv[1]]); {count}"
    assert _loaded(program, str(log), cwd=tmp_path) == "[]"


@pytest.mark.parametrize("package", ["values", "readers", "rules", "report", "integrations"])
def test_names_that_are_loaded_late_are_there(package: str) -> None:
    """Every public name has a home, every home its name, and completion offers them."""
    module = import_module(f"goodfit.{package}")
    assert set(module._HOME) == set(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)
    assert dir(module) == sorted(module.__all__)


def test_the_collector_works_again_once_a_command_is_carried_out() -> None:
    """It rests only while the program is loaded, also where the command then fails."""
    program = (
        "import gc, sys; from goodfit import _cli; sys.argv[1:] = ['diagnose', 'no such file']\n"
        "try: _cli.main()\nexcept SystemExit: print(gc.isenabled())"
    )
    assert _loaded(program) == "True"


def test_no_cuda_build_of_torchvision_comes_along() -> None:
    """A torchvision from a registry breaks Lightning and transformers beside a CPU torch: it stays out."""
    assert _loaded("import importlib.util as u; print(u.find_spec('torchvision'))") == "None"
