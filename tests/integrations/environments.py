# SPDX-License-Identifier: Apache-2.0
"""Every framework in an environment of its own: installed, named with its version, and held to its tests.

    python tests/integrations/environments.py [NAME ...]     all of them, or those that are named

The environments lie in .venv-integrations. Each framework, with all that it brings, is installed in its own alone.
To be quick they share, by links, torch, pytest and what those need with the environment that runs this; goodfit is
installed from a wheel of this source. What cannot be installed is said and left.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv-integrations"
TABLE = ROOT / "bench" / "results" / "integrations.md"
SHARED = (
    "torch",
    "numpy",
    "scipy",
    "safetensors",
    "rich",
    "cyclopts",
    "jinja2",
    "markdown-it-py",
    "pytest",
    "hypothesis",
)
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
    """A folder of links to torch and pytest with what they need, and goodfit as a wheel of this source."""
    folder = HOME / "shared"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in sorted(_needed(SHARED)):
        for path in distribution(name).files or ():
            top, source = path.parts[0], Path(str(distribution(name).locate_file(path.parts[0])))
            if top not in ("..", "__pycache__") and source.exists() and not (folder / top).exists():
                (folder / top).symlink_to(source)
    wheel = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run(
        [*wheel, "--target", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"goodfit cannot be installed:\n{done.stderr[-2000:]}")
    return folder


def _needed(names: tuple[str, ...]) -> set[str]:
    """The distributions, and what they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            wanted = map(Requirement, distribution(name).requires or ())
            waiting += [
                each.name for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})
            ]
    return found


def _made(name: str) -> Path:
    folder = HOME / name
    if not (folder / "bin" / "python").is_file():
        venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def _tried(name: str, environment: Environment, base: Path) -> tuple[str, str]:
    """Install and test: (what came of it, versions)."""
    python = _made(name)
    (site,) = (python.parents[1] / "lib").glob("python3*/site-packages")
    (site / "shared.pth").write_text(f"{base}\n", encoding="utf-8")
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
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
    install += ["--disable-pip-version-check", "--constraint", str(constraint)]
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
        "By `make integrations`, each in an environment of its own, with torch 2.13.0 (shared by links, not installed anew) on "
        f"Python {sys.version_info.major}.{sys.version_info.minor}.\n\n"
        "| environment | versions | tests |\n|---|---|---|\n"
    )
    return head + "\n".join(rows[name] for name in ENVIRONMENTS if name in rows) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
