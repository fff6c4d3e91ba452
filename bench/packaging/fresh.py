# SPDX-License-Identifier: Apache-2.0
"""Environments that hold nothing, and goodfit's wheel to put into them.

What is installed comes from the registry that pip is set up for; `constraints` names exact versions.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path, *kinds: str) -> list[Path]:
    """Build the wheel and the sdist, or those that `kinds` name, into `folder`.

    Raises:
        RuntimeError: the build failed.
    """
    targets = [part for kind in kinds for part in ("-t", kind)]
    _carry_out([sys.executable, "-m", "hatchling", "build", "-d", str(folder), *targets], cwd=ROOT)
    return sorted(folder.iterdir())


def empty_environment(folder: Path) -> Path:
    """A new environment with pip and nothing else; gives its Python."""
    venv.create(folder, with_pip=True, clear=True)
    return folder / "bin" / "python"


def install(python: Path, *requirements: str, constraints: Sequence[str] = ()) -> None:
    """Let pip install, quietly; `constraints` are lines such as "numpy==1.26.*".

    Raises:
        RuntimeError: pip could not.
    """
    limits = python.parents[1] / "limits.txt"
    limits.write_text("\n".join(constraints) + "\n", encoding="utf-8")
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", str(limits)]
    _carry_out([*command, *requirements])


def run(python: Path, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program of the environment, away from the sources and from this environment's own settings."""
    ours = ("PYTHON", "GOODFIT", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [str(python.with_name(arguments[0])), *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=kept)


def installed(python: Path) -> dict[str, str]:
    """Every installed distribution and its version, without pip itself."""
    program = (
        "from importlib.metadata import distributions as d\n"
        "print('\\n'.join(sorted({e.name.lower() + ' ' + e.version for e in d()})))"
    )
    done = run(python, "python", "-c", program, cwd=python.parent)
    pairs = [line.partition(" ") for line in done.stdout.splitlines()]
    return {name: version for name, _, version in pairs if name not in ("pip", "setuptools")}


def own_constraints() -> list[str]:
    """The exact versions that development and CI use."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _carry_out(command: Sequence[str], cwd: Path | None = None) -> None:
    done = subprocess.run(list(command), capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
