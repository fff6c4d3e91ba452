# SPDX-License-Identifier: Apache-2.0
"""`goodfit diagnose DIR`: one line a run, the worst first, whatever the files are called."""

from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit.values import Outcome, Overview, RunOverview, UnreadFile, loads


def write(path: Path, kind: str = "overfitting") -> Path:
    """A log of 40 epochs."""
    rise = 0.02 if kind == "overfitting" else 0.0
    rows = [
        f"{i},{2 * 0.8**i + 0.1:.5f},{2 * 0.8**i + 0.12 + rise * max(i - 15, 0) + 0.001 * (i % 3):.5f}"
        for i in range(40)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,train_loss,val_loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One healthy run, one that overfits, one file that is no log."""
    write(tmp_path / "a" / "healthy.csv", "healthy")
    write(tmp_path / "b" / "bad.csv")
    (tmp_path / "config.json").write_text('{"layers": 3}', encoding="utf-8")
    return tmp_path


def test_the_worst_run_comes_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a run by severity, paths below the directory, then what could not be read; exit code by the worst."""
    assert run(["diagnose", str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.index("b/bad.csv") < out.index("a/healthy.csv") < out.index("config.json: ")
    assert "overfitting" in out
    assert "2 runs" in out
    assert str(folder) not in out
    assert run(["diagnose", str(folder), "--fail-on", "never"]) == 0
    (folder / "b" / "bad.csv").unlink()
    assert run(["diagnose", str(folder)]) == 0


def test_json_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object a line: the findings in full, the outcome of every rule, and the reason of what is unreadable."""
    assert run(["diagnose", str(folder), "--output-format", "jsonl"]) == 1
    lines = capsys.readouterr().out.splitlines()
    healthy, bad = (loads(RunOverview, line) for line in lines[:2])
    unread = loads(UnreadFile, lines[2])
    assert [healthy.path, bad.path, unread.path] == ["a/healthy.csv", "b/bad.csv", "config.json"]
    assert bad.headline == "GF101"
    assert bad.outcomes["GF101"] is Outcome.PRESENT
    assert {each.code for each in bad.findings} >= {"GF101"}
    assert unread.reason


def test_json_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All runs, the worst first, and the files that hold none."""
    assert run(["diagnose", str(folder), "--output-format", "json", "--ignore", "GF4"]) == 1
    found = loads(Overview, capsys.readouterr().out)
    assert [each.path for each in found.runs] == ["b/bad.csv", "a/healthy.csv"]
    assert [each.path for each in found.unread] == ["config.json"]
    assert "GF401" in found.left_out
    assert "GF401" not in found.runs[0].outcomes


def test_hostile_names_are_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup is printed, control characters are replaced; a window breaks a very long name, a pipe does not."""
    write(tmp_path / "x[red]y[/b].csv")
    write(tmp_path / "a\x1b[31m\nb\tc.csv")
    write(tmp_path / ("n" * 240 + ".csv"))
    monkeypatch.delenv("COLUMNS", raising=False)
    assert run(["diagnose", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "x[red]y[/b].csv" in out
    assert "a�[31m�b�c.csv" in out
    assert "\x1b" not in out
    assert "n" * 240 in out
    assert len([line for line in out.splitlines() if ".csv" in line]) == 3
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["diagnose", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert out.count("n" * 20) >= 2
    assert max(map(len, out.splitlines())) <= 80


def test_narrow_and_wide(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is wider than the console."""
    for width in (40, 60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        run(["diagnose", str(folder), "-v"])
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= width
        assert "b/bad.csv" in out
        assert "overfitting" in out.lower()


def test_nothing_to_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty directory, and one whose files hold no run, end with 2 and the reason."""
    assert run(["diagnose", str(tmp_path)]) == 2
    assert "no file ending in" in capsys.readouterr().err
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    for form in ("text", "json", "jsonl", "markdown", "github", "sarif", "junit"):
        assert run(["diagnose", str(tmp_path), "--output-format", form]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "config.json: the object is empty" in captured.err
    assert run(["diagnose", str(write(tmp_path / "a.csv").parent), "--workers", "0"]) == 2
    assert "workers is 0" in capsys.readouterr().err
