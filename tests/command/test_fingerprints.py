# SPDX-License-Identifier: Apache-2.0
"""A command is known by its text and the files that it is made of: an edited script is another training."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from goodfit.errors import TaskError
from goodfit.training import CommandSource, prepare


def mark(command: str, **options: Any) -> str:
    """The fingerprint of a command in the working directory."""
    return prepare(
        CommandSource(command.replace("python", shlex.quote(sys.executable)), **options)
    ).fingerprint


@pytest.fixture
def project(folder: Path) -> Path:
    """A script with a local module, a package, and a configuration."""
    (folder / "run.py").write_text("import model\nfrom parts.layers import deep\nimport json\n")
    (folder / "model.py").write_text("WIDTH = 1\n")
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").write_text("")
    (folder / "parts" / "layers.py").write_text("from .deeper import deep\n")
    (folder / "parts" / "deeper.py").write_text("deep = 1\n")
    (folder / "conf.yaml").write_text("lr: 1\n")
    (folder / "other.py").write_text("x = 1\n")
    return folder


@pytest.mark.parametrize("changed", ["run.py", "model.py", "parts/layers.py", "parts/deeper.py", "conf.yaml"])
def test_an_edited_file_is_another_command(project: Path, changed: str) -> None:
    """Also a module that the script imports, and a file that an option names."""
    command = "python run.py --config=conf.yaml {seed}"
    before = mark(command)
    assert mark(command) == before
    (project / changed).write_text((project / changed).read_text() + "# edited\n")
    assert mark(command) != before


def test_other_files_do_not_count(project: Path) -> None:
    """What is neither named nor imported may change."""
    before = mark("python run.py --config=conf.yaml {seed}")
    (project / "other.py").write_text("x = 2\n")
    (project / "log.csv").write_text("epoch\n")
    assert mark("python run.py --config=conf.yaml {seed}") == before


def test_a_module_by_name_is_followed(project: Path) -> None:
    """`python -m run` is made of run.py and what it imports."""
    before = mark("python -m run {seed}")
    (project / "parts" / "deeper.py").write_text("deep = 2\n")
    assert mark("python -m run {seed}") != before


@pytest.mark.usefixtures("project")
def test_how_it_is_read_counts_and_how_long_it_may_take_does_not() -> None:
    """Another log or column gives other curves; a name of the test set, a timeout and a demand for scores do not."""
    command = "python run.py {seed}"
    before = mark(command)
    assert (
        len({before, mark(command, log="logs"), mark(command, val="v"), mark(command, scores="s.csv")}) == 4
    )
    assert mark(command, timeout=9, holdout="x", must_score=True) == before


def test_broken_and_huge_files_are_no_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that does not parse is the command's own fault to tell; of a large file both ends count."""
    (project / "run.py").write_text("import (\n")
    assert mark("python run.py {seed}")
    monkeypatch.setattr("goodfit.training.command.named_files.LARGEST", 100)
    monkeypatch.setattr("goodfit.training.command.named_files._END", 10)
    (project / "data.bin").write_bytes(b"a" * 1000)
    before = mark("python run.py data.bin")
    (project / "data.bin").write_bytes(b"a" * 999 + b"b")
    assert mark("python run.py data.bin") != before


def test_a_program_that_is_not_there_is_said(folder: Path) -> None:
    """Before anything is run."""
    with pytest.raises(TaskError, match="no program 'pyhton'"):
        mark("pyhton train.py")
    with pytest.raises(TaskError, match="no such folder"):
        prepare(CommandSource("python train.py", folder=folder / "gone"))
