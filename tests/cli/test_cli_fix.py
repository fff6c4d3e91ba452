# SPDX-License-Identifier: Apache-2.0
"""`fix` and `init` from the command line, in a folder of their own."""

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from goodfit._cli import run
from goodfit._cli.keeping import keep
from goodfit._cli.log_report import report_of
from goodfit.errors import SettingsError, StoreError
from goodfit.execution import RunStore
from goodfit.readers import read_history
from goodfit.rules import diagnose
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
        (["{toy}:bad_model"], "raised RuntimeError"),
        (["nonsense"], "does not name a task"),
        (["{toy}:task", "--budget", "3"], "too small"),
        (["{toy}:task", "--remedy", "pray"], "cannot be carried out"),
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


@pytest.mark.parametrize("option", ["--seeds", "--budget", "--workers"])
@pytest.mark.parametrize("value", ["0", "-3", "1.5", "many"])
def test_counts_are_whole_and_positive(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is rounded, and 0 means nothing special; it is said before the task is looked for."""
    assert run(["fix", "no_such_module:task", option, value]) == 2
    err = capsys.readouterr().err
    assert f"{value!r} is not a whole number, 1 or more" in err
    assert f"where: {option}" in err
    assert "what to do" in err


def test_a_task_file_that_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """A script's sys.exit(0), wherever it stands, is an error and not a success in silence."""
    exits = "import sys\nfrom goodfit import Task\n"
    Path("at_import.py").write_text(f"{exits}sys.exit(0)\n", encoding="utf-8")
    Path("in_model.py").write_text(
        f"{exits}import toy_parts\n\ndef task():\n    return toy_parts.task(lambda: sys.exit(0))\n",
        encoding="utf-8",
    )
    Path("toy_parts.py").write_text(PARTS, encoding="utf-8")
    for file in ("at_import.py", "in_model.py"):
        assert run(["fix", f"{file}:task", "--workers", "1"]) == 2
        err = capsys.readouterr().err
        assert "SystemExit" in err
        assert "what to do" in err
        assert "Traceback" not in err


PARTS = """
import torch
from torch import nn
from goodfit import Task

def task(model=lambda: nn.Linear(4, 2), name="parts"):
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    return Task(name=name, model=model, train=(x, (x[:, 0] > 0).long()), loss=nn.CrossEntropyLoss(), epochs=3)

def bracketed():
    return task(name="lr[/1e-3] [bold]x")
"""


def test_square_brackets_in_names(capsys: pytest.CaptureFixture[str]) -> None:
    """Task names and store paths are printed as they are."""
    Path("parts.py").write_text(PARTS, encoding="utf-8")
    command = ["fix", "parts.py:bracketed", "--workers", "1", "--seeds", "1", "--store", "x[old]"]
    assert run([*command, "--dry-run"]) == 0
    assert "lr[/1e-3] [bold]x: " in capsys.readouterr().out
    assert run(command) == 0
    captured = capsys.readouterr()
    assert "training lr[/1e-3] [bold]x as planned" in captured.err
    assert "report data: x[old]/reports/" in captured.out


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("mine.txt", "was not written by goodfit"),
        ("folder", "is a folder"),
        ("mine.txt/page.html", "is not a folder"),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_first(
    toy: str, page: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is trained, and nothing is written."""
    Path("mine.txt").write_text("mine", encoding="utf-8")
    Path("folder").mkdir()
    assert run(["fix", f"{toy}:task", "--workers", "1", "--seeds", "1", "--page", page]) == 2
    assert found in capsys.readouterr().err
    assert not Path(".goodfit").exists()
    assert Path("mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_store_that_is_a_file_is_refused_first(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the file in the way and the option."""
    Path("taken").write_text("mine", encoding="utf-8")
    assert run(["fix", f"{toy}:task", "--workers", "1", "--store", "taken"]) == 2
    captured = capsys.readouterr()
    assert "taken is not a folder" in captured.err
    assert "training" not in captured.err


def _report() -> Report:
    history = read_history(_log())
    return report_of(history, diagnose(history))


def _log() -> Path:
    path = Path("log.csv")
    path.write_text("epoch,train_loss,val_loss\n1,2,2\n2,1,1\n3,1,1.5\n", encoding="utf-8")
    return path


def test_reports_of_the_same_second_are_both_kept() -> None:
    """Each report has a name of its own, its page and its data the same one."""
    report = _report()
    for _ in range(3):
        keep(report, Path("store"), None)
    names = sorted(path.name for path in Path("store/reports").iterdir())
    assert len(names) == 6
    assert len({Path(name).stem for name in names}) == 3


def test_the_data_are_kept_when_the_page_cannot_be() -> None:
    """A page's file that somebody took meanwhile costs the page alone, and the message says how to make it."""
    Path("page.html").write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"goodfit report .*\.json --html"):
        keep(_report(), Path("store"), Path("page.html"))
    (data,) = Path("store/reports").iterdir()
    assert loads(Report, data.read_text(encoding="utf-8")).history.curves


def test_a_report_that_cannot_be_kept() -> None:
    """What the file system refuses is a StoreError with what to do, and leaves no half report."""
    report = replace(_report(), notes=("x" * 100_000,))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # as a disk with this much left
    try:
        with pytest.raises(StoreError, match="cannot be kept") as caught:
            keep(report, Path("store"), None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert caught.value.todo
    assert list(Path("store/reports").iterdir()) == []


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


def _start(toy: str, *options: str, workers: int = 2) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "goodfit",
        "fix",
        f"{toy}:task",
        "--workers",
        str(workers),
        "--seeds",
        "50",
        *options,
    ]
    return subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for_runs(count: int) -> None:
    for _ in range(1800):
        if RunStore(Path(".goodfit")).count() >= count:
            return
        time.sleep(0.1)
    pytest.fail("no training finished within three minutes")


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished(toy: str, workers: int) -> None:
    """Exit code 130, one message, no traceback; the next call goes on from there."""
    process = _start(toy, "--remedy", "raise-dropout", workers=workers)
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
