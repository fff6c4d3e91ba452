# SPDX-License-Identifier: Apache-2.0
"""`goodfit treat` shows a plan, writes what it is asked to, and refuses clearly."""

import json
import subprocess
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit.values import Treatment, from_json

NET = """import torch
from torch import nn


def build():
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 2))
    return model, torch.ones(3, 6)


def nothing():
    return 3


def broken():
    raise RuntimeError("no data")
"""


@pytest.fixture(autouse=True)
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's file in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(NET, encoding="utf-8")
    return path


def test_the_plan_is_shown_as_a_diff_and_a_patch(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both places, what is left alone, and a patch of the file, which stays as it is."""
    assert run(["treat", "net.py:build"]) == 0
    out = capsys.readouterr().out
    assert "Raise dropout: 2 places in the model" in out
    assert "  - 2: no dropout" in out
    assert "takes the model's input" in out
    assert "+++ b/net.py" in out
    assert net.read_text(encoding="utf-8") == NET


def test_places_and_dose_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """--where and --dose decide what the JSON holds, and it is read back as a Treatment."""
    assert run(["treat", "net.py:build", "--where", "4", "--dose", "0.2", "--output-format", "json"]) == 0
    treatment = from_json(Treatment, json.loads(capsys.readouterr().out))
    assert [(edit.path, edit.after) for edit in treatment.edits] == [("4", 0.2)]


def test_the_patch_is_written_and_applies(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--patch writes a file that git applies; a file that is there is not replaced without being told so."""
    assert run(["treat", "net.py:build", "--patch", "p.diff"]) == 0
    assert run(["treat", "net.py:build", "--patch", "p.diff"]) == 2
    assert "p.diff" in capsys.readouterr().err
    assert run(["treat", "net.py:build", "--patch", "p.diff", "--force-patch"]) == 0
    subprocess.run(["git", "apply", "p.diff"], check=True)  # noqa: S607 - whichever git there is
    assert net.read_text(encoding="utf-8").count("nn.Dropout(0.4)") == 2


def test_markdown_holds_both(capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown has the edits and the patch in code blocks."""
    assert run(["treat", "net.py:build", "--output-format", "markdown"]) == 0
    out = capsys.readouterr().out
    assert out.count("```diff") == 2
    assert "## The same as a patch" in out


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["net.py:build", "--where", "head*"], "choose among: 0, 1, 2, 3, 4"),
        (["net.py:build", "--dose", "1"], "not in [0, 1)"),
        (["net.py:build", "--remedy", "pray"], "name one of raise-dropout"),
        (["net.py:nothing"], "gave a int"),
        (["net.py:broken"], "no data"),
        (["net.py:build", "--remedy", "lower-dropout"], "the model has no dropout"),
        (["nets.py:build"], "there is no file"),
    ],
)
def test_refusals(tokens: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be done is an error that says what was found and what to do."""
    assert run(["treat", *tokens]) == 2
    assert said in capsys.readouterr().err
