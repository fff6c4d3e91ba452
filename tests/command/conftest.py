# SPDX-License-Identifier: Apache-2.0
"""A folder with the pretended training in it, as a user's working directory."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodfit.training import CommandSource

SCRIPT = Path(__file__).with_name("toy_script.py")
COMMAND = f"'{sys.executable}' -S -E train.py --dose {{dose}} --seed {{seed}} --out {{out}}"
Make = Callable[..., CommandSource]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    shutil.copy(SCRIPT, tmp_path / "train.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def source() -> Make:
    """Makes the toy as a source, with further arguments of the script and options of the source."""

    def make(more: str = "", **options: Any) -> CommandSource:
        return CommandSource(f"{COMMAND} {more}".strip(), **options)

    return make


@pytest.fixture
def starts(folder: Path) -> Callable[[], list[str]]:
    """What the script was started with so far: dose and seed of each run."""

    def read() -> list[str]:
        written = folder / "starts.txt"
        return written.read_text().splitlines() if written.exists() else []

    return read
