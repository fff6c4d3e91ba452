# SPDX-License-Identifier: Apache-2.0
"""`goodfit watch --tui`: the same in the terminal, quiet at its end, plain where there is no screen."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import goodfit
from goodfit._cli import run
from goodfit._cli.watch_terminal import _screen
from goodfit.web import Follower
from web_server import HEAD, append, lines

PROGRAM = "from goodfit._cli import main; main()"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(goodfit.__file__).parents[1])}


def drawn(follower: Follower, width: int, run: str | None = None) -> str:
    """One state of the screen."""
    console = Console(file=StringIO(), width=width, height=30, force_terminal=False)
    follower.look()
    console.print(_screen(console, follower, follower.board.news().runs, run))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("width", [40, 60, 120])
def test_the_screen_shows_the_worst_first_and_the_chosen_run(tmp_path: Path, width: int) -> None:
    """A line a run, then the chosen run's verdict, curves and what to do; no line is wider than the window."""
    append(tmp_path / "bad.csv", HEAD + lines(0, 30))
    append(tmp_path / "fresh.csv", HEAD + lines(0, 8))
    follower = Follower(tmp_path)
    text = drawn(follower, width)
    assert text.index("Overfitting") < text.index("No finding")
    assert "bad.csv, running, epoch 29" in text
    assert "validation" in text
    assert "→ " in text
    assert max(map(len, text.splitlines())) <= width
    assert "fresh.csv, running, epoch 7" in drawn(follower, width, "fresh")


def test_a_withdrawn_warning_is_shown_as_one(tmp_path: Path) -> None:
    """The list marks it, and the chosen run says why."""
    append(tmp_path / "log.csv", HEAD + lines(0, 36, best=30))
    text = " ".join(drawn(Follower(tmp_path), 120).split())
    assert re.search(r"↩ Overfitting withdrawn at epoch 3[01]. Validation loss made a new best", text)


def test_many_runs_do_not_push_the_chosen_one_out(tmp_path: Path) -> None:
    """What does not fit is counted."""
    for number in range(40):
        append(tmp_path / f"{number:02}.csv", HEAD + lines(0, 5, turn=number))
    text = drawn(Follower(tmp_path), 100)
    assert "more" in text
    assert "→ " in text
    assert len(text.splitlines()) <= 30


def test_an_empty_folder_is_waited_for(tmp_path: Path) -> None:
    """Nothing yet is said, not drawn."""
    assert "Waiting for the first line" in drawn(Follower(tmp_path), 80)


def test_a_run_that_is_not_there_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no run has is refused and the names there are given; the page takes no --run."""
    append(tmp_path / "log.csv", HEAD + lines(0, 5))
    assert run(["watch", str(tmp_path), "--tui", "--run", "other"]) == 2
    assert "log.csv" in capsys.readouterr().err
    assert run(["watch", str(tmp_path), "--run", "log"]) == 2
    assert "--tui" in capsys.readouterr().err


def test_in_a_pipe_each_change_of_a_verdict_is_a_line(tmp_path: Path) -> None:
    """No cursor moves and no colour is written; what changed is one line, and Ctrl-C ends it with 130 quietly."""
    log = tmp_path / "log.csv"
    append(log, HEAD + lines(0, 9))
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "watch", str(tmp_path), "--tui"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    said = [process.stdout.readline()]
    append(log, lines(9, 30))
    said.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, wrong = process.communicate(timeout=60)
    assert said[0].endswith(" log.csv, epoch 8: No finding so far\n")
    assert "Overfitting since epoch" in said[1]
    assert "\x1b" not in "".join(said) + rest
    assert (process.returncode, wrong) == (130, "")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a terminal of the machine's own is needed")
@pytest.mark.parametrize("colour", [True, False])
def test_ctrl_c_gives_the_terminal_back(tmp_path: Path, colour: bool) -> None:
    """On a real terminal it draws over itself; Ctrl-C ends it with 130 and the cursor shows again. NO_COLOR is heard."""
    import pty

    append(tmp_path / "log.csv", HEAD + lines(0, 30))
    own, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "watch", str(tmp_path), "--tui"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=ENVIRONMENT
        | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
        | ({} if colour else {"NO_COLOR": "1"}),
    )
    os.close(theirs)
    text = _read_until(own, lambda text: "→ " in text)
    process.send_signal(signal.SIGINT)
    text += _read_until(own, lambda text: "\x1b[?25h" in text)
    assert process.wait(timeout=60) == 130
    os.close(own)
    assert "Overfitting since epoch" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "Traceback" not in text
    assert ("\x1b[1;33m" in text or "\x1b[1;31m" in text) is colour


def _read_until(terminal: int, enough: Callable[[str], bool]) -> str:
    found, end = b"", time.monotonic() + 120
    while time.monotonic() < end and not enough(found.decode(errors="replace")):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                found += os.read(terminal, 65536)
            except OSError:
                break
    return found.decode(errors="replace")
