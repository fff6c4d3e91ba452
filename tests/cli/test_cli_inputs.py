# SPDX-License-Identifier: Apache-2.0
"""What the commands that read logs are given: a pipe, patterns, several files, and the user's word on columns and runs."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from goodfit._cli import run

NANO = "".join(
    f"step {250 * i}: train loss {4 / (i + 1) + 0.5:.4f}, val loss {4 / (i + 1) + 0.6 + 0.08 * max(i - 6, 0):.4f}\n"
    f"iter {250 * i}: loss {4 / (i + 1) + 0.52:.4f}, time 12.31ms, mfu 5.12%\n"
    for i in range(30)
)
TWO = "run,epoch,train_loss,val_loss\n" + "".join(
    f"{name},{e},{2 / (e + 1):.4f},{2 / (e + 1) + rise * e:.4f}\n"
    for name, rise in (("good", 0.0), ("bad", 0.1))
    for e in range(20)
)


def test_a_pipe_of_nanogpt() -> None:
    """`goodfit diagnose -` reads what is piped into it: a run of nanoGPT that overfits, with exit code 1."""
    command = [sys.executable, "-m", "goodfit", "diagnose", "-"]
    done = subprocess.run(command, input=NANO, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "overfitting since step" in done.stdout.splitlines()[0].lower()


def test_a_growing_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Cut off in its last number, the log is judged by its whole lines, and the output says so."""
    cut = NANO[: NANO.rfind("val loss") + 11]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(cut.encode())))
    assert run(["diagnose", "-"]) == 1
    assert "may still be written" in " ".join(capsys.readouterr().out.split())


def test_several_runs_in_one_log_are_all_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log with two runs gives two lines, the worse first; --run shows one of them whole."""
    log = tmp_path / "all.csv"
    log.write_text(TWO, encoding="utf-8")
    assert run(["diagnose", str(log)]) == 1
    out = capsys.readouterr().out
    assert out.index("run=bad") < out.index("run=good")
    assert run(["diagnose", str(log), "--run", "good", "--fail-on", "error"]) == 0
    assert "run=bad" not in capsys.readouterr().out
    assert run(["prescribe", str(log)]) == 2
    assert "--run NAME" in capsys.readouterr().err
    assert run(["prescribe", str(log), "--run", "bad"]) == 0


def test_columns_are_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--train, --val and --x say what no name tells; a wrong name lists the columns."""
    log = tmp_path / "x.csv"
    rows = "".join(f"{i},{2 / (i + 1):.4f},{1 / (i + 1) + 0.05 * i:.4f}\n" for i in range(20))
    log.write_text("n,foo,bar\n" + rows, encoding="utf-8")
    assert run(["diagnose", str(log)]) == 2
    assert "--train and --val" in capsys.readouterr().err
    assert run(["diagnose", str(log), "--train", "foo", "--val", "bar", "--x", "n"]) == 1
    assert "overfitting" in capsys.readouterr().out.lower()
    assert run(["report", str(log), "--train", "foo", "--val", "bar", "--x", "n"]) == 0
    capsys.readouterr()
    assert run(["diagnose", str(log), "--val", "barr"]) == 2
    assert "'bar'" in capsys.readouterr().err


def test_patterns_and_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A quoted pattern and several files give a line each; what cannot be read is named beside them."""
    for name in ("one", "two"):
        rows = "".join(f"{i},{2 / (i + 1)},{2 / (i + 1) + (name == 'two') * 0.1 * i}\n" for i in range(20))
        (tmp_path / f"{name}.csv").write_text("epoch,train_loss,val_loss\n" + rows, encoding="utf-8")
    assert run(["diagnose", f"{tmp_path}/*.csv"]) == 1
    assert "2 runs" in capsys.readouterr().out
    assert run(["diagnose", str(tmp_path / "one.csv"), str(tmp_path / "none.csv"), "--fail-on", "never"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "1 run" in out
    assert "there is no such file" in out
    assert run(["diagnose", f"{tmp_path}/*.json"]) == 2
    assert "no file matches" in capsys.readouterr().err
    assert run(["diagnose"]) == 2
    assert "FILE" in capsys.readouterr().err
