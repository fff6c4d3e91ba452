# SPDX-License-Identifier: Apache-2.0
"""`fix` and `init` from the command line, in a folder of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit.execution import RunStore
from goodfit.values import Report, loads


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_fix_prints_the_story_and_writes_the_report(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 whatever the verdict; progress on stderr; a page and its data in the store."""
    assert run(["fix", f"{toy}:task", "--seeds", "1", "--workers", "1", "--remedy", "raise-dropout"]) == 0
    captured = capsys.readouterr()
    assert "proving" in captured.err
    assert "report page:" in captured.out
    (page,) = Path(".goodfit/reports").glob("*.html")
    (data,) = Path(".goodfit/reports").glob("*.json")
    assert "<!doctype html>" in page.read_text(encoding="utf-8")
    assert loads(Report, data.read_text(encoding="utf-8")).verdict is not None
    assert run(["report", str(data)]) == 0
    assert "verdict" in capsys.readouterr().out.lower()


def test_dry_run_trains_nothing(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The steps and the cost line, and no file."""
    assert run(["fix", f"{toy}:task", "--dry-run", "--budget", "60", "--workers", "2"]) == 0
    out = capsys.readouterr().out
    assert "cost, at most: 15 runs, 58 epochs" in out
    assert not Path(".goodfit").exists()


@pytest.mark.parametrize(
    ("tokens", "found"),
    [
        (["{toy}:raises"], "full of bees"),
        (["{toy}:diverges"], "learning rate"),
        (["{toy}:bad_model"], "the model or its loss raised RuntimeError"),
        (["nonsense"], "does not name a task"),
        (["{toy}:task", "--budget", "3"], "too small"),
        (["{toy}:task", "--remedy", "pray"], "cannot be carried out"),
        (["{toy}:task", "--seeds", "0"], "seeds"),
    ],
)
def test_what_goes_wrong_is_said(
    toy: str, tokens: list[str], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message with what was found and what to do, exit code 2, no traceback."""
    assert run(["fix", *(token.format(toy=toy) for token in tokens), "--workers", "1"]) == 2
    err = capsys.readouterr().err
    assert found in err
    assert "Traceback" not in err
    assert "what to do" in err


def test_init_writes_a_file_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The template is a working task; an existing file is left alone."""
    assert run(["init"]) == 0
    assert "goodfit fix goodfit_task.py:task" in capsys.readouterr().out
    assert run(["fix", "goodfit_task.py:task", "--dry-run"]) == 0
    assert "1,280 training" in capsys.readouterr().out
    before = Path("goodfit_task.py").read_text(encoding="utf-8")
    assert run(["init"]) == 2
    assert "nothing was overwritten" in capsys.readouterr().err
    assert Path("goodfit_task.py").read_text(encoding="utf-8") == before
    assert run(["init", "task.txt"]) == 2


def _start(toy: str, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "goodfit",
        "fix",
        f"{toy}:task",
        "--workers",
        "2",
        "--seeds",
        "50",
        *options,
    ]
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def _wait_for_runs(count: int) -> None:
    for _ in range(600):
        if RunStore(Path(".goodfit")).count() >= count:
            return
        time.sleep(0.1)
    pytest.fail("no training finished within a minute")


def test_ctrl_c_keeps_what_is_finished(toy: str) -> None:
    """Exit code 130, one message, no traceback; the next call goes on from there."""
    process = _start(toy, "--remedy", "raise-dropout")
    _wait_for_runs(2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "goes on from there" in err
    kept = {p: p.stat().st_mtime_ns for p in Path(".goodfit/runs").glob("*/run.json")}
    assert len(kept) >= 2
    assert run(["fix", f"{toy}:task", "--workers", "1", "--seeds", "1", "--remedy", "raise-dropout"]) == 0
    assert all(p.stat().st_mtime_ns == stamp for p, stamp in kept.items())


@pytest.mark.slow
def test_kill_9_leaves_no_half_run_and_no_process(toy: str) -> None:
    """After a kill -9 the store holds whole runs only, and the worker processes end by themselves."""
    process = _start(toy, "--remedy", "raise-dropout")
    _wait_for_runs(2)
    children = [
        int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    ]
    process.kill()
    process.communicate()
    assert children
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() for pid in children):
            break
        time.sleep(0.1)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert run(["fix", f"{toy}:task", "--workers", "1", "--seeds", "1", "--remedy", "raise-dropout"]) == 0
