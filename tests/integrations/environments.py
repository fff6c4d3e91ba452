# SPDX-License-Identifier: Apache-2.0
"""Every framework in an environment of its own: installed, named with its version, and held to its tests.

    python tests/integrations/environments.py [NAME ...]     all of them, or those that are named

The environments lie in .venv-integrations. To be quick they share one that holds torch, pytest and goodfit, by a .pth
file; each framework, with all that it brings, is installed in its own alone. What cannot be installed is said and left.
"""

import os
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv-integrations"
TABLE = ROOT / "bench" / "results" / "integrations.md"
BASE = "torch==2.13.0", "numpy", "scipy", "safetensors", "pytest", "hypothesis", "pip"
LONGEST = 1800  # seconds for one installation, and for one suite


@dataclass(frozen=True, slots=True)
class Environment:
    """What is installed, and what must pass there."""

    packages: tuple[str, ...]
    named: tuple[str, ...]  # distributions whose versions are told
    tests: tuple[str, ...]


ENVIRONMENTS = {
    "lightning": Environment(
        ("lightning!=2.6.2,!=2.6.3", "tensorboard"), ("lightning", "torchmetrics"), ("test_lightning.py",)
    ),
    "transformers": Environment(
        ("transformers", "accelerate"), ("transformers", "accelerate"), ("test_transformers.py",)
    ),
    "keras": Environment(("keras",), ("keras",), ("test_keras.py",)),
    "skorch": Environment(("skorch",), ("skorch",), ("test_skorch.py",)),
    "ignite": Environment(("pytorch-ignite",), ("pytorch-ignite",), ("test_ignite.py",)),
    "fastai": Environment(("fastai",), ("fastai", "torchvision"), ("test_fastai.py",)),
    "accelerate": Environment(("accelerate",), ("accelerate",), ("test_accelerate.py",)),
    "optuna": Environment(("optuna",), ("optuna",), ("test_optuna.py",)),
    "xgboost": Environment(("xgboost-cpu",), ("xgboost-cpu",), ("test_boosting.py::test_xgboost",)),
    "lightgbm": Environment(("lightgbm",), ("lightgbm",), ("test_boosting.py::test_lightgbm",)),
    "tensorboard": Environment(("tensorboard",), ("tensorboard",), ("test_trackers.py::test_tensorboard",)),
    "mlflow": Environment(
        ("mlflow-skinny", "sqlalchemy", "alembic"), ("mlflow-skinny",), ("test_trackers.py::test_mlflow",)
    ),
    "wandb": Environment(("wandb",), ("wandb",), ("test_trackers.py::test_wandb",)),
    "trackio": Environment(("trackio",), ("trackio",), ("test_trackers.py::test_trackio",)),
    "plain": Environment((), ("torch",), ("test_plain_loop.py", "test_ddp.py", "test_watching.py")),
}


def main(names: list[str]) -> int:
    """Make, fill and test the environments; 1 when a suite failed."""
    if unknown := [name for name in names if name not in ENVIRONMENTS]:
        sys.stdout.write(f"unknown: {', '.join(unknown)}; known: {', '.join(ENVIRONMENTS)}\n")
        return 2
    rows, failed = _rows_so_far(), False
    base = _base()
    for name in names or list(ENVIRONMENTS):
        began = time.monotonic()
        what, versions = _tried(name, ENVIRONMENTS[name], base)
        failed |= what.startswith("failed")
        rows[name] = f"| {name} | {versions} | {what} |"
        sys.stdout.write(f"{name}: {versions}: {what} ({time.monotonic() - began:.0f} s)\n")
        sys.stdout.flush()
        TABLE.write_text(_page(rows), encoding="utf-8")
    return int(failed)


def _base() -> Path:
    """The environment with torch, pytest and goodfit as a wheel of this source."""
    python = _made("base")
    for arguments in (BASE, ("--force-reinstall", "--no-deps", str(ROOT)), (f"{ROOT}[torch]",)):
        done = _pip(python, *arguments)
        if done.returncode:
            sys.exit(f"torch and goodfit cannot be installed:\n{done.stderr[-2000:]}")
    return python


def _made(name: str) -> Path:
    folder = HOME / name
    if not (folder / "bin" / "python").is_file():
        venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def _tried(name: str, environment: Environment, base: Path) -> tuple[str, str]:
    """Install and test: (what came of it, versions)."""
    python = _made(name)
    (site,) = (python.parents[1] / "lib").glob("python3*/site-packages")
    (shared,) = (base.parents[1] / "lib").glob("python3*/site-packages")
    (site / "shared.pth").write_text(f"{shared}\n", encoding="utf-8")
    if environment.packages:
        done = _pip(python, *environment.packages)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return f"not installed: {(errors or ['pip was stopped'])[-1][:160]}", "none"
    versions = _versions(python, environment.named)
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    kept |= {"OMP_NUM_THREADS": "1", "HOME": str(HOME / name / "home"), "HF_HUB_OFFLINE": "1"}
    tests = [str(ROOT / "tests" / "integrations" / each) for each in environment.tests]
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=False, timeout=LONGEST,
    )  # fmt: skip
    last = (done.stdout.strip().splitlines() or ["no answer"])[-1].strip("= ").rpartition(" in ")[0]
    if done.returncode:
        (HOME / f"{name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        return f"failed: {last} (see .venv-integrations/{name}.log)", versions
    return last, versions


def _pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Install beside torch 2.13.0, whose CPU build is the one that a machine without a GPU can install."""
    constraint = HOME / "constraints.txt"
    constraint.write_text("torch==2.13.0\n", encoding="utf-8")
    install = [
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--constraint",
        str(constraint),
    ]
    return subprocess.run(
        [*install, *arguments], capture_output=True, text=True, check=False, timeout=LONGEST
    )


def _versions(python: Path, names: tuple[str, ...]) -> str:
    ask = "import sys; from importlib.metadata import version\nfor n in sys.argv[1:]: print(n, version(n))"
    done = subprocess.run([str(python), "-c", ask, *names], capture_output=True, text=True, check=True)
    return ", ".join(done.stdout.splitlines())


def _rows_so_far() -> dict[str, str]:
    if not TABLE.is_file():
        return {}
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {row.split("|")[1].strip(): row for row in rows[1:]}


def _page(rows: dict[str, str]) -> str:
    head = (
        "# Frameworks that were tried\n\n"
        "By `make integrations`, each in an environment of its own, with torch 2.13.0 (shared by a .pth file) on "
        f"Python {sys.version_info.major}.{sys.version_info.minor}.\n\n"
        "| environment | versions | tests |\n|---|---|---|\n"
    )
    return head + "\n".join(rows[name] for name in ENVIRONMENTS if name in rows) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
