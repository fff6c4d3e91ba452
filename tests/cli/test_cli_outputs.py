# SPDX-License-Identifier: Apache-2.0
"""Every verb in every format: held to its schema, into a file without losing one, with exit codes that hold."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from goodfit._cli import run
from goodfit.report.schemas import WRITTEN, schema
from goodfit.rules import RULES
from goodfit.values import Report, RulebookEntry, RunOverview, from_json, loads

SARIF = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)
MACHINE = ("json", "jsonl", "markdown", "github", "sarif", "junit")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def log() -> str:
    """A run that overfits, in a folder with a healthy one and a file that is no log."""
    for name, rise in (("runs/bad.csv", 0.02), ("runs/good.csv", 0.0)):
        rows = [
            f"{i},{2 * 0.8**i + 0.1:.5f},{2 * 0.8**i + 0.12 + rise * max(i - 15, 0) + 0.001 * (i % 3):.5f}"
            for i in range(40)
        ]
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("epoch,train_loss,val_loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    Path("runs/config.json").write_text('{"layers": 3}', encoding="utf-8")
    return "runs/bad.csv"


def fits(verb: str, form: str, output: str) -> None:
    """Hold what a verb wrote to its published schema."""
    described = Draft202012Validator(schema(WRITTEN[verb, form]))
    documents = [output] if form == "json" else output.splitlines()
    assert documents
    assert [error.message for each in documents for error in described.iter_errors(_strict(each))] == []


def _strict(text: str) -> Any:
    """JSON as the standard has it: no NaN."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.parametrize(
    ("verb", "tokens"),
    [
        ("diagnose FILE", ["diagnose", "LOG"]),
        ("diagnose DIR", ["diagnose", "runs"]),
        ("prescribe", ["prescribe", "LOG"]),
        ("report", ["report", "LOG"]),
        ("explain", ["explain"]),
        ("explain NAME", ["explain", "GF101"]),
        ("explain NAME", ["explain", "raise-dropout"]),
        ("explain NAME", ["explain", "paired-noise"]),
    ],
)
def test_json_fits_its_schema(
    verb: str, tokens: list[str], form: str, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What each verb really writes, strict JSON alone on stdout."""
    run([*(log if each == "LOG" else each for each in tokens), "--output-format", form])
    fits(verb, form, capsys.readouterr().out)


def test_probe_in_every_format(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same results in each, also when nothing is trained anew; the findings name the task's file."""
    command = ["probe", f"{toy}:task", "--only", "initial-loss", "--only", "paired-noise"]
    for form in ("json", "jsonl"):
        assert run([*command, "--output-format", form]) == 1
        fits("probe", form, capsys.readouterr().out)
    assert run([*command, "--output-format", "sarif", "--exit-zero"]) == 0
    log = _strict(capsys.readouterr().out)
    assert [error.message for error in Draft4Validator(SARIF).iter_errors(log)] == []
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "paired-noise"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("toy_task.py")
    assert run([*command, "--output-format", "junit"]) == 1
    assert ET.fromstring(capsys.readouterr().out).get("failures") == "1"  # noqa: S314 - our own
    assert run([*command, "--output-format", "github"]) == 1
    assert "title=paired-noise::" in capsys.readouterr().out
    assert run([*command, "--output-format", "markdown"]) == 1
    assert "| paired-noise |" in capsys.readouterr().out


def test_fix_in_other_formats(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A whole report as a line of JSON and, from what is kept, as Markdown; a dry run is text."""
    command = ["fix", f"{toy}:task", "--seeds", "2", "--workers", "1", "--budget", "60"]
    assert run([*command, "--output-format", "jsonl"]) == 0
    fits("fix", "jsonl", capsys.readouterr().out)
    assert run([*command, "--output-format", "markdown", "--output-file", "r.md"]) == 0
    assert capsys.readouterr().out == ""
    assert "## Notes" in Path("r.md").read_text(encoding="utf-8")
    assert run([*command, "--dry-run", "--output-format", "json"]) == 2
    assert "--dry-run prints text" in capsys.readouterr().err


def test_folder_formats(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One artifact, suite or row a run, named from the working directory."""
    assert log
    run(["diagnose", "runs", "--output-format", "sarif"])
    found = _strict(capsys.readouterr().out)
    assert [error.message for error in Draft4Validator(SARIF).iter_errors(found)] == []
    artifacts = found["runs"][0]["artifacts"]
    assert [each["location"]["uri"] for each in artifacts] == [
        "runs/bad.csv",
        "runs/good.csv",
        "runs/config.json",
    ]
    run(["diagnose", "runs", "--output-format", "junit"])
    suites = ET.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    assert [each.get("name") for each in suites] == ["runs/bad.csv", "runs/good.csv", "runs/config.json"]
    run(["diagnose", "runs", "--output-format", "github"])
    assert capsys.readouterr().out.startswith("::error file=runs/bad.csv,title=GF101 overfitting::")
    run(["diagnose", "runs", "--output-format", "markdown"])
    out = capsys.readouterr().out
    assert out.index("`bad.csv`") < out.index("`good.csv`") < out.index("`config.json`")


def test_runs_of_one_file_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs in one log share its artifact and have names and fingerprints of their own."""
    rows = [f"{name},{i},{1 / (i + 1):.4f},{1 / (i + 1) + 0.02 * i:.4f}" for name in "ab" for i in range(30)]
    Path("d").mkdir()
    Path("d/two.csv").write_text("run,epoch,train_loss,val_loss\n" + "\n".join(rows), encoding="utf-8")
    assert run(["diagnose", "d", "--select", "GF101", "--output-format", "sarif"]) == 1
    results = _strict(capsys.readouterr().out)["runs"][0]["results"]
    assert {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results} == {
        "d/two.csv"
    }
    names = [each["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for each in results]
    assert names == ["d/two.csv (run=a)", "d/two.csv (run=b)"]
    assert len({each["partialFingerprints"]["goodfit/v1"] for each in results}) == 2


@pytest.mark.parametrize("form", ["text", *MACHINE])
def test_names_that_are_no_text(form: str, log: str) -> None:
    """A file name that is not UTF-8 is shown with replaced letters, in every format, alone and in its folder."""
    odd = os.fsdecode(b"runs/\xff<b>.csv")
    Path(odd).write_bytes(Path(log).read_bytes())
    for tokens in (["diagnose", odd], ["diagnose", "runs"]):
        done = _shell(*tokens, "--output-format", form)
        assert done.returncode == 1, done.stderr
        assert done.stderr == b""
        done.stdout.decode("utf-8")
        assert run([*tokens, "--output-format", form, "--output-file", "out", "--force"]) == 1
        Path("out").read_text(encoding="utf-8")


def test_selection(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the rules asked for are heard, the others are named as left out, and health is not claimed without them."""
    assert (
        run(["diagnose", log, "--select", "GF2,GF101", "--ignore", "plateau", "--output-format", "json"]) == 1
    )
    report = loads(Report, capsys.readouterr().out)
    codes = [each.code for each in report.diagnoses]
    assert codes[0] == "GF101"
    assert "GF205" not in codes
    assert all(code.startswith("GF2") for code in codes[1:])
    assert "GF205" in report.notes[0]
    assert run(["diagnose", log, "--ignore", "GF101"]) == 0
    assert "left out: GF101" in capsys.readouterr().out
    assert run(["diagnose", "runs/good.csv", "--ignore", "GF101", "--output-format", "jsonl"]) == 0
    assert loads(RunOverview, capsys.readouterr().out).healthy == "not applicable"
    assert run(["diagnose", "runs/good.csv", "--ignore", "GF101"]) == 0
    assert "No problem found:" not in capsys.readouterr().out
    assert run(["diagnose", log, "--select", "overfitin"]) == 2
    assert "overfitting" in capsys.readouterr().err


def test_exit_codes(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--exit-zero makes findings 0 and leaves errors 2; JUnit still fails; --fail-on decides in every format."""
    for form in ("text", *MACHINE):
        assert run(["diagnose", log, "--output-format", form]) == 1, form
        assert run(["diagnose", "runs", "--output-format", form, "--fail-on", "never"]) == 0, form
        assert run(["diagnose", log, "--output-format", form, "--exit-zero"]) == 0, form
        assert run(["diagnose", "runs/config.json", "--output-format", form, "--exit-zero"]) == 2, form
    capsys.readouterr()
    run(["diagnose", log, "--output-format", "junit", "--exit-zero"])
    assert ET.fromstring(capsys.readouterr().out).get("failures") == "1"  # noqa: S314 - our own


@pytest.mark.parametrize("form", [form for form in MACHINE if form != "github"])
def test_files_of_ours_are_replaced(form: str, log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds what stdout would, nothing else is printed, and a second time it is replaced."""
    command = ["diagnose", log, "--select", "GF1", "--output-format", form]
    assert run([*command, "--output-file", "new/out"]) == 1
    first = Path("new/out").read_bytes()
    assert capsys.readouterr().out == ""
    assert run([*command, "--output-file", "new/out"]) == 1
    assert [path.name for path in Path("new").iterdir()] == ["out"]
    run(["explain", "--output-format", "json", "--output-file", "new/list"])
    assert run([*command, "--output-file", "new/list"]) == 1
    run(command)
    if form != "json":  # it names the moment
        assert first == capsys.readouterr().out.encode()


def test_files_of_others_stay(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a stranger's file nor a folder is touched; --force replaces a file, never the log that is read."""
    Path("mine.json").write_text('{"schema_version": 3, "name": "mine"}', encoding="utf-8")
    Path("mine.txt").write_text("mine", encoding="utf-8")
    for name in ("mine.json", "mine.txt", "runs"):
        assert run(["diagnose", log, "--output-file", name]) == 2
    assert Path("mine.txt").read_text(encoding="utf-8") == "mine"
    assert "not written by goodfit" in capsys.readouterr().err
    before = Path(log).read_bytes()
    Path("link.csv").symlink_to(log)
    for name in (log, "link.csv"):
        assert run(["diagnose", log, "--output-file", name, "--force"]) == 2
    assert "is what this command reads" in capsys.readouterr().err
    assert Path(log).read_bytes() == before
    assert run(["diagnose", log, "--output-file", "mine.txt", "--force"]) == 1
    assert Path("mine.txt").read_text(encoding="utf-8").startswith("● Overfitting")
    assert run(["diagnose", log, "--output-file", os.devnull]) == 1


def test_a_link_stays_a_link(log: str) -> None:
    """What a link points at is replaced, with the rights it had."""
    assert run(["diagnose", log, "--output-format", "sarif", "--output-file", "real.sarif"]) == 1
    Path("real.sarif").chmod(0o600)
    Path("latest.sarif").symlink_to("real.sarif")
    assert (
        run(["diagnose", "runs/good.csv", "--output-format", "sarif", "--output-file", "latest.sarif"]) == 0
    )
    assert Path("latest.sarif").is_symlink()
    assert _strict(Path("real.sarif").read_text(encoding="utf-8"))["runs"][0]["results"] == []
    assert Path("real.sarif").stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_of_what_failed(log: str) -> None:
    """An error in the middle leaves the old file as it was, and no new one."""
    assert run(["diagnose", log, "--output-format", "jsonl", "--output-file", "out.jsonl"]) == 1
    before = Path("out.jsonl").read_bytes()
    Path("empty").mkdir()
    Path("empty/config.json").write_text("{}", encoding="utf-8")
    assert run(["diagnose", "empty", "--output-format", "jsonl", "--output-file", "out.jsonl"]) == 2
    assert Path("out.jsonl").read_bytes() == before
    assert {each.name for each in Path().iterdir()} == {"runs", "out.jsonl", "empty"}


def test_explain_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    """The list holds every rule, remedy and probe; one entry holds its page."""
    assert run(["explain", "--output-format", "json"]) == 0
    listed = [from_json(RulebookEntry, each) for each in json.loads(capsys.readouterr().out)]
    assert [each.code for each in listed if each.kind == "rule"] == [rule.code for rule in RULES]
    assert "paired-noise" in [each.name for each in listed if each.kind == "probe"]
    assert run(["explain", "GF101", "--output-format", "markdown"]) == 0
    assert "# GF101 overfitting" in capsys.readouterr().out


def _shell(*tokens: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "goodfit", *tokens],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_colour_and_letters(log: str) -> None:
    """No colour in a pipe or with NO_COLOR; a terminal without our letters gets others in their place, no error."""
    assert b"\x1b" not in _shell("diagnose", log).stdout
    assert b"\x1b[" in _shell("diagnose", log, FORCE_COLOR="1", TERM="xterm").stdout
    plain = _shell("diagnose", log, FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout
    assert b"\x1b[3" not in plain
    done = _shell("diagnose", log, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert done.stdout.startswith(b"? Overfitting")
    assert done.stderr == b""


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "command", [["diagnose", "LOG"], ["diagnose", "runs"], ["explain"], ["report", "LOG"]]
)
def test_no_line_is_wider_than_the_window(
    width: int,
    command: list[str],
    log: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At four widths, with every word whole; no line ends in blanks."""
    monkeypatch.setenv("COLUMNS", str(width))
    run([log if each == "LOG" else each for each in command])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > width] == []
    assert [line for line in lines if line != line.rstrip()] == []
