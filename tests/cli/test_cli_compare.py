# SPDX-License-Identifier: Apache-2.0
"""`goodfit compare` from the command line, in a folder of its own."""

import json
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit.values import Comparison, loads

QUICK = ["--seeds", "2", "--workers", "1", "--remedies", "weight-decay"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_compare_prints_and_keeps(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 whatever the verdict; progress on stderr; data, page and plot; shown again from the data."""
    assert run(["compare", f"{toy}:task", *QUICK, "--plot", "gain.svg"]) == 0
    captured = capsys.readouterr()
    assert "proving 1 remedy with 2 paired seeds" in captured.err
    assert "comparison page:" in captured.out
    (data,) = Path(".goodfit/reports").glob("comparison-*.json")
    assert data.with_suffix(".html").read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")
    assert Path("gain.svg").read_text(encoding="utf-8").startswith("<svg")
    found = loads(Comparison, data.read_text(encoding="utf-8"))
    assert run(["report", str(data), "--html", "again.html"]) == 0
    assert Path("again.html").is_file()
    assert run(["report", str(data)]) == 0
    assert found.answer.split(" ")[0] in capsys.readouterr().out
    for form in ("json", "markdown"):
        assert run(["compare", f"{toy}:task", *QUICK, "--plot", "gain.svg", "--output-format", form]) == 0
        out = capsys.readouterr().out
        assert (
            json.loads(out)["type"] == "Comparison" if form == "json" else out.startswith("<!-- goodfit -->")
        )


def test_dry_run_trains_nothing(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The steps, who takes no part, and the cost, and no file."""
    command = ["compare", f"{toy}:task", "--dry-run", "--workers", "2", "--with", "l1+weight-decay"]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert "prove: 80 trainings" in out
    assert "takes no part: lower-dropout" in out
    assert "cost: 102 trainings, " in out
    assert not Path(".goodfit").exists()


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        (["{toy}:raises"], "full of bees"),
        (["{toy}:diverges"], "learning rate"),
        (["{toy}:task", "--remedies", "pray"], "cannot be carried out"),
        (["{toy}:task", "--with", "l1"], "is no combination"),
        (["{toy}:task", "--plot", "taken/x.svg"], "is not a folder"),
        (["{toy}:task", "--seeds", "0"], "not a whole number"),
    ],
)
def test_what_goes_wrong_is_said(
    toy: str, tokens: list[str], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message with what was found and what to do, exit code 2, no traceback."""
    Path("taken").write_text("mine", encoding="utf-8")
    assert run(["compare", *(token.format(toy=toy) for token in tokens), "--workers", "1"]) == 2
    err = capsys.readouterr().err
    assert found in err
    assert "Traceback" not in err
    assert "what to do" in err
