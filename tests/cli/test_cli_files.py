# SPDX-License-Identifier: Apache-2.0
"""The commands that work from a file: results on stdout, one clear message on stderr, exit codes that mean something."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit.rules import RULES
from goodfit.values import Report, loads

OVERFIT = [(i, 2 / (i + 1), 1 / (i + 1) + 0.02 * i + 0.5) for i in range(40)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A plain CSV of a run that overfits from about epoch 6."""
    path = tmp_path / "log.csv"
    rows = [f"{i},{train:.5f},{val:.5f}" for i, train, val in OVERFIT]
    path.write_text("epoch,train_loss,val_loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_diagnose_names_overfitting(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says what and since when; the last says what to do; a finding exits with 1."""
    assert run(["diagnose", str(log)]) == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert "overfitting since epoch" in lines[0].lower()
    last = " ".join(lines[len(lines) - lines[::-1].index("") :])
    assert "keep the checkpoint of epoch" in last.lower()
    assert run(["diagnose", str(log), "--fail-on", "never"]) == 0


def test_diagnose_as_json(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON goes to stdout alone and can be read back."""
    run(["diagnose", str(log), "--output-format", "json"])
    report = loads(Report, capsys.readouterr().out)
    assert len(report.diagnoses) == len(RULES)
    assert report.provenance.goodfit == version("goodfit")


def test_a_log_with_training_loss_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says that overfitting cannot be judged; the rules that need validation say NOT_APPLICABLE."""
    path = tmp_path / "train.csv"
    path.write_text("epoch,loss\n" + "\n".join(f"{i},{2 / (i + 1)}" for i in range(30)), encoding="utf-8")
    assert run(["diagnose", str(path)]) == 0
    out = capsys.readouterr().out
    assert "overfitting cannot be judged" in out.splitlines()[0].lower()
    assert "not looked" in out
    run(["diagnose", str(path), "--output-format", "json"])
    outcomes = {d["name"]: d["outcome"] for d in json.loads(capsys.readouterr().out)["diagnoses"]}
    assert outcomes["overfitting"] == "not applicable"
    assert outcomes["diverging"] == "absent"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "no.*file|not.*exist|no such"),
        (b"", "empty"),
        (bytes(range(256)) * 20, "binary|text"),
        (b"a,b\nx,y\n", "loss"),
        (b"epoch,colour\n1,2\n2,3\n", "colour"),
        (b'{"train_loss": [1, 2', "JSON"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, found: str
) -> None:
    """Exit code 2, one message that says what was found and what to do, and no traceback."""
    path = tmp_path / "log.csv"
    if content is not None:
        path.write_bytes(content)
    for command in ("diagnose", "prescribe", "report"):
        assert run([command, str(path)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("goodfit: error: ")
        assert "Traceback" not in captured.err
        assert "what to do" in captured.err
        import re

        assert re.search(found, captured.err, re.IGNORECASE), captured.err


@pytest.mark.parametrize(
    "tokens",
    [
        ["diagnose"],
        ["diagnose", "x", "--wrong"],
        ["diagnoze", "x"],
        ["diagnose", "x", "--fail-on", "sometimes"],
    ],
)
def test_wrong_options(tokens: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command or option is named, with exit code 2."""
    assert run(tokens) == 2
    assert "--help" in capsys.readouterr().err


def test_prescribe(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From a log alone: what to do, and why nothing else."""
    assert run(["prescribe", str(log)]) == 0
    out = capsys.readouterr().out.lower()
    assert "raise dropout" in out
    assert "why nothing else" in out
    assert run(["prescribe", str(log), "--output-format", "json"]) == 0
    assert loads(Report, capsys.readouterr().out).prescriptions[0].remedy == "raise-dropout"


def test_diagnosis_and_prescription_are_apart(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty line stands between what is wrong and what to change."""
    assert run(["prescribe", str(log)]) == 0
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if "raise dropout" in line.lower())
    assert lines[first - 1] == ""
    assert lines[first - 2] != ""


def test_prescribe_with_a_model(log: Path, toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a task at hand the places have names."""
    assert run(["prescribe", str(log), "--task", f"{toy}:task", "--output-format", "json"]) == 0
    assert loads(Report, capsys.readouterr().out).prescriptions[0].where == ("2", "4")


def test_report_page(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log becomes a page; a page of ours is replaced, somebody else's file never."""
    page = tmp_path / "page.html"
    assert run(["report", str(log), "--html", str(page)]) == 0
    assert run(["report", str(log), "--html", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    capsys.readouterr()
    page.write_text("mine", encoding="utf-8")
    assert run(["report", str(log), "--html", str(page)]) == 2
    assert page.read_text(encoding="utf-8") == "mine"
    assert "not written by goodfit" in capsys.readouterr().err
    assert run(["report", str(log), "--html", str(tmp_path)]) == 2


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule by code or name, a remedy by name, a list without one, a suggestion for a slip."""
    for name in ("GF101", "overfitting", "raise-dropout"):
        assert run(["explain", name]) == 0
        assert name.lower() in capsys.readouterr().out.lower()
    assert run(["explain"]) == 0
    assert "GF402" in capsys.readouterr().out
    assert run(["explain", "overfiting"]) == 2
    assert "overfitting" in capsys.readouterr().err


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    """--version and --help of every command work and exit with 0."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip()[0].isdigit()
    for tokens in ([], *([name] for name in ("diagnose", "prescribe", "fix", "init", "report", "explain"))):
        assert run([*tokens, "--help"]) == 0
        assert "goodfit" in capsys.readouterr().out.lower()


def test_a_fault_of_ours_is_called_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception is one line, with the traceback on request."""
    monkeypatch.setattr("goodfit._cli.output.stdout", lambda: 1 / 0)
    assert run(["explain"]) == 2
    captured = capsys.readouterr().err
    assert "fault in goodfit" in captured
    assert "Traceback" not in captured
    assert run(["explain", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_code_that_ends_the_program_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sys.exit(0) in code that a command calls is not a success in silence: exit code 2, and where it was."""
    monkeypatch.setattr("goodfit._cli.output.stdout", lambda: sys.exit(0))
    assert run(["explain"]) == 2
    err = capsys.readouterr().err
    assert "ended the program by SystemExit(0)" in err
    assert "test_cli_files.py, line" in err
    assert "what to do" in err


@pytest.mark.parametrize("command", [["explain"], ["explain", "GF101"], ["--help"], ["diagnose", "LOG"]])
def test_a_reader_that_leaves_is_no_error(command: list[str], log: Path) -> None:
    """Output into a pipe that nobody reads any more ends quietly with 0, as `goodfit explain | true` does."""
    command = [str(log) if token == "LOG" else token for token in command]  # noqa: S105 - a token of the command line
    process = subprocess.Popen(
        [sys.executable, "-m", "goodfit", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0, err
    assert err == ""


def test_square_brackets_are_printed(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names of files are no markup: neither swallowed nor an error."""
    monkeypatch.chdir(tmp_path)
    assert run(["report", str(log), "--html", "x[old]/page[/b].html"]) == 0
    assert "page: x[old]/page[/b].html" in capsys.readouterr().err
    assert run(["init", "t[red].py"]) == 0
    out = capsys.readouterr().out
    assert "wrote t[red].py" in out
    assert "goodfit fix t[red].py:task" in out
