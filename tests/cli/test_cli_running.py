# SPDX-License-Identifier: Apache-2.0
"""The options of where trainings run and are kept, and how their progress is told."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from goodfit._cli import progress, run
from goodfit._cli.progress import Teller, spelled
from goodfit._cli.running import Running, store_for
from goodfit.execution import RunStore


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_training_anew_deletes_nothing(toy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--no-resume trains into a store of its own; the report goes where it always goes."""
    text = f"import sys\nsys.path.insert(0, {str(Path(toy).parent)!r})\nfrom toy_task import task as made\n"
    Path("mine.py").write_text(f"{text}def task():\n    return made(epochs=2)\n", encoding="utf-8")
    short = ["fix", "mine.py:task", "--workers", "1", "--seeds", "1", "--remedy", "weight-decay"]
    assert run(short) == 0
    before = {path: path.stat().st_mtime_ns for path in Path(".goodfit/runs").glob("*/run.json")}
    assert run([*short, "--no-resume"]) == 0
    (fresh,) = Path(".goodfit/fresh").iterdir()
    assert RunStore(fresh).count() == len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(Path(".goodfit/reports").glob("*.json"))) == 2
    assert "proving" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--address", "ray://head:10001"], "--engine ray"),
        (["--store", "nonsense://bucket"], "no store can be at this address"),
        (["--engine", "cluster"], "cluster"),
    ],
)
def test_options_that_do_not_go_together(
    toy: str, options: list[str], found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said before anything is trained, with exit code 2."""
    assert run(["fix", f"{toy}:task", *options]) == 2
    assert found in capsys.readouterr().err


def test_where_things_go() -> None:
    """Reports of a store at an address stay on this machine."""
    assert Running(store="memory://a").reports == Path(".goodfit")
    assert Running(store="there").reports == Path("there")
    assert store_for(Running(store="there")) == Path("there")
    assert str(store_for(Running(store="memory://a", resume=False))).startswith("memory://a/fresh/")


def test_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line now and then, and none too many."""
    text = StringIO()
    with Teller(Console(file=text, force_terminal=False)) as teller:
        teller.progress(1, 9, None)
        assert text.getvalue() == ""
        monkeypatch.setattr(progress, "NOW_AND_THEN", 0.0)
        teller.progress(2, 9, 400.0)
    assert text.getvalue().strip() == "2 of 9 trainings, about 7 min left"


def test_progress_on_a_terminal() -> None:
    """One bar over all trainings, with the time left."""
    text = StringIO()
    with Teller(Console(file=text, force_terminal=True, width=100)) as teller:
        teller.stage("proving")
        teller.progress(3, 9, 30.0)
        teller.bars.refresh()
        assert "3 of 9 trainings, about 30 s left" in text.getvalue()


def test_times_are_said_as_one_says_them() -> None:
    """Never more exact than they are known."""
    assert [spelled(s) for s in (0.2, 42.0, 100.0, 3540.0, 5000.0)] == [
        "5 s",
        "40 s",
        "2 min",
        "59 min",
        "1 h 23 min",
    ]
