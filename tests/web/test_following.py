# SPDX-License-Identifier: Apache-2.0
"""Logs are followed as they grow: read anew when they changed, judged anew, and forgotten when they are gone."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import goodfit.readers
from goodfit.errors import ReadError
from goodfit.report.story import Tone
from goodfit.web import Follower, Summary
from goodfit.web.board import KEPT, Board
from goodfit.web.details import MOST_POINTS
from goodfit.web.pace import EVERY, rest
from web_server import HEAD, append, lines

START = 1_000_000_000.0


class Clock:
    """A time that stands until it is set; logs are written at it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now

    def write(self, path: Path, text: str) -> None:
        """Append to a log, now."""
        append(path, text)
        os.utime(path, (self.now, self.now))


def names(follower: Follower) -> dict[str, Summary]:
    """The runs by name."""
    return {each.name: each for each in follower.board.news().runs.values()}


def shown(follower: Follower, name: str) -> dict[str, Any]:
    """What the page shows of a run."""
    key = next(key for key, each in follower.board.news().runs.items() if each.name == name)
    found: dict[str, Any] = json.loads(follower.details(key) or b"null")
    return found


@pytest.fixture
def clock() -> Clock:
    """A clock for a follower and its logs."""
    return Clock()


def test_an_empty_folder_waits_and_a_missing_one_is_refused(tmp_path: Path, clock: Clock) -> None:
    """Nothing is no error as long as the folder is there; a run that comes is shown."""
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    assert follower.board.news().keys == ()
    clock.write(tmp_path / "a" / "log.csv", HEAD + lines(0, 5))
    follower.look()
    assert list(names(follower)) == ["a/log.csv"]
    with pytest.raises(ReadError, match="no such file or folder"):
        Follower(tmp_path / "b")


def test_a_warning_is_raised_and_withdrawn_on_a_new_best(tmp_path: Path, clock: Clock) -> None:
    """The verdict turns to overfitting while the log grows; a new best withdraws it, and the page says so."""
    log, follower = tmp_path / "log.csv", Follower(tmp_path, clock=clock)
    clock.write(log, HEAD)
    verdicts = []
    for epoch in range(40):
        clock.now += 10
        clock.write(log, lines(epoch, epoch + 1, best=32))
        follower.look()
        verdicts.append(names(follower)["log.csv"])
    assert verdicts[8].verdict == "No finding so far"
    assert any(each.verdict.startswith("Overfitting since epoch") for each in verdicts[15:32])
    assert all("verfitting" not in each.verdict for each in verdicts[33:])
    assert verdicts[33].withdrawn.startswith(
        "Overfitting withdrawn at epoch 32. Validation loss made a new best"
    )
    kinds = [(each["kind"], each["what"]) for each in shown(follower, "log.csv")["changes"]]
    assert ("withdrawn", "Overfitting withdrawn") in kinds
    assert ("raised", "Overfitting found") in kinds


def test_the_story_of_a_running_log_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    """Who begins to follow in the middle finds the warnings of before, and their withdrawal."""
    clock.write(tmp_path / "log.csv", HEAD + lines(0, 40, best=32))
    follower = Follower(tmp_path / "log.csv", clock=clock)
    follower.look()
    run = names(follower)["log.csv"]
    assert run.running
    assert "new best" in run.withdrawn


def test_a_log_at_rest_is_judged_as_diagnose_does(tmp_path: Path, clock: Clock) -> None:
    """What is true of a run's end only is not said while it goes on, and said once no line came for a while."""
    follower = Follower(tmp_path, clock=clock)
    clock.write(tmp_path / "log.csv", HEAD + lines(0, 6))
    follower.look()
    assert names(follower)["log.csv"].verdict == "No finding so far"
    clock.now += 200
    follower.look()
    run = names(follower)["log.csv"]
    assert not run.running
    assert "so far" not in run.verdict


def test_half_written_lines_disturb_nothing(tmp_path: Path, clock: Clock) -> None:
    """A line without its end is left out, a head without its end is waited for, in CSV and in JSON Lines."""
    follower = Follower(tmp_path, clock=clock)
    clock.write(tmp_path / "a.csv", "epoch,tra")
    clock.write(
        tmp_path / "b.jsonl", "".join(json.dumps({"epoch": i, "loss": 1 / (i + 1)}) + "\n" for i in range(4))
    )
    clock.write(tmp_path / "b.jsonl", '{"epoch": 4, "lo')
    follower.look()
    assert list(names(follower)) == ["b.jsonl"]
    assert names(follower)["b.jsonl"].reached == "epoch 3"
    clock.now += 1
    clock.write(tmp_path / "a.csv", "in_loss,val_loss\n" + lines(0, 4) + "4,0.8")
    follower.look()
    assert names(follower)["a.csv"].reached == "epoch 3"


def test_a_log_that_cannot_be_read_any_more_keeps_what_was_known(tmp_path: Path, clock: Clock) -> None:
    """Its last state stays, and the reason is named; once it is gone, so is its run."""
    log, follower = tmp_path / "log.csv", Follower(tmp_path, clock=clock)
    clock.write(log, HEAD + lines(0, 8))
    follower.look()
    log.write_bytes(b"\x00\x01")
    follower.look()
    assert "log.csv" in names(follower)
    assert [each.path for each in follower.board.news().unread] == ["log.csv"]
    log.unlink()
    follower.look()
    assert names(follower) == {}
    assert follower.board.news().unread == ()


def test_only_what_changed_is_read_again(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look where nothing changed reads nothing, and tells nothing."""
    for name in "abc":
        clock.write(tmp_path / f"{name}.csv", HEAD + lines(0, 6, turn=ord(name) - 90))
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    read: list[str] = []
    real = goodfit.readers.read_source

    def counted(found: Any, **kept: Any) -> Any:
        read.append(found.path.name)
        return real(found, **kept)

    monkeypatch.setattr("goodfit.web.tailing.read_source", counted)
    number = follower.board.number
    follower.look()
    assert (read, follower.board.number) == ([], number)
    clock.now += 1
    clock.write(tmp_path / "b.csv", lines(6, 7))
    follower.look()
    assert read == ["b.csv"]


def test_nothing_outside_the_folder_is_read(tmp_path: Path, clock: Clock) -> None:
    """A link out of the folder is named and not followed, one within is; a linked folder is not entered."""
    clock.write(tmp_path / "secret" / "own.csv", HEAD + lines(0, 9))
    inside = tmp_path / "runs"
    clock.write(inside / "a.csv", HEAD + lines(0, 6))
    (inside / "link.csv").symlink_to(tmp_path / "secret" / "own.csv")
    (inside / "folder").symlink_to(tmp_path / "secret")
    follower = Follower(inside, clock=clock)
    follower.look()
    assert list(names(follower)) == ["a.csv"]
    assert [(each.path, "out of the folder" in each.reason) for each in follower.board.news().unread] == [
        ("link.csv", True)
    ]


def test_a_run_told_twice_is_shown_once(tmp_path: Path, clock: Clock) -> None:
    """Two logs of one finished run are one line, and of a Hugging Face run's states the newest counts."""
    text = HEAD + lines(0, 9)
    clock.write(tmp_path / "a.csv", text)
    clock.write(tmp_path / "b" / "b.csv", text)
    for step in (5, 10):
        record = [{"epoch": i / 2, "step": i, "loss": 1 / i, "eval_loss": 1.1 / i} for i in range(1, step)]
        state = tmp_path / "hf" / f"checkpoint-{step}" / "trainer_state.json"
        clock.write(state, json.dumps({"log_history": record}))
        clock.now += 1
    clock.now += 1000
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    assert set(names(follower)) == {"a.csv", "hf/checkpoint-10/trainer_state.json"}
    assert "same run as a.csv" in follower.board.news().unread[0].reason


def test_several_runs_in_one_log_have_a_line_each(tmp_path: Path, clock: Clock) -> None:
    """Their names stand behind that of the log, and each has its own history for the report."""
    rows = [
        f"{run},{i},{1 / (i + k):.4f},{1.1 / (i + k):.4f}\n"
        for k, run in enumerate("xy", 1)
        for i in range(6)
    ]
    clock.write(tmp_path / "all.csv", "run,epoch,train_loss,val_loss\n" + "".join(rows))
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    assert len(names(follower)) == 2
    assert all(name.startswith("all.csv") for name in names(follower))
    first = [follower.history(key) for key in follower.board.news().keys]
    assert {history.curves["train_loss"].values[0] for history in first if history} == {1.0, 0.5}


def test_a_long_log_is_shown_by_few_points(tmp_path: Path, clock: Clock) -> None:
    """However long a curve is, its first, last, lowest and highest points are drawn, and no more than a screen has."""
    rows = [
        f"{i},{2 - i / 30000:.5f},{'9.5' if i == 777 else f'{2.1 - i / 30000:.5f}'}\n" for i in range(30_000)
    ]
    clock.write(tmp_path / "long.csv", "step,train_loss,val_loss\n" + "".join(rows))
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    series = shown(follower, "long.csv")["figures"][0]["series"]
    assert all(len(each["x"]) == len(each["y"]) <= MOST_POINTS for each in series)
    assert all((each["x"][0], each["x"][-1]) == (0, 29_999) for each in series)
    assert 9.5 in series[1]["y"]


def test_the_details_of_many_runs_are_bounded() -> None:
    """Details are kept of the runs changed last only; a reader that was away gets the newest state."""
    board = Board()
    some = Summary(
        name="a",
        rank=1,
        tone=Tone.OPEN,
        symbol="",
        verdict="",
        short="",
        onset="",
        gap="",
        gap_short="",
        best="",
        reached="",
        running=False,
        written=0.0,
        withdrawn="",
        small=(),
        small_train=(),
    )
    for number in range(KEPT + 20):
        board.put(str(number), some, b"{}")
    assert board.details("0") is None
    assert board.details(str(KEPT + 19)) == b"{}"
    assert len(board.news(KEPT).runs) == 20
    assert len(board.news().runs) == KEPT + 20


def test_details_that_are_not_kept_are_worked_out_again(tmp_path: Path, clock: Clock) -> None:
    """A run whose details were dropped shows them when it is chosen."""
    clock.write(tmp_path / "a.csv", HEAD + lines(0, 6))
    follower = Follower(tmp_path, clock=clock)
    follower.look()
    (key,) = follower.board.news().keys
    follower.board._details.clear()
    assert json.loads(follower.details(key) or b"")["name"] == "a.csv"
    assert follower.details("nothing") is None


def test_a_run_that_goes_on_does_not_wait_for_those_at_rest(tmp_path: Path, clock: Clock) -> None:
    """Of what is due, the log written last is read first; what a short look leaves is read by the next ones."""
    for more, name in enumerate("abcd"):  # of unlike lengths, or they would be one run told again
        clock.write(tmp_path / f"{name}.csv", HEAD + lines(0, 6 + more))
    follower = Follower(tmp_path, clock=clock)
    clock.now += 500
    clock.write(tmp_path / "c.csv", lines(8, 9))
    follower.look(0)
    assert list(names(follower)) == ["c.csv"]
    assert follower.board.news().reading == (1, 4)
    for _ in range(3):
        follower.look(0)
    assert set(names(follower)) == {"a.csv", "b.csv", "c.csv", "d.csv"}
    assert follower.board.news().reading == (4, 4)


def test_looking_leaves_the_machine_to_the_training() -> None:
    """At most half of the time is spent on looking."""
    assert rest(0.0) == EVERY
    assert rest(0.6) == pytest.approx(0.6)
