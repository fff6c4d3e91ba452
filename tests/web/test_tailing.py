# SPDX-License-Identifier: Apache-2.0
"""A long log that is read on says what it says when it is read whole."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from goodfit.readers import Choice, Found, read_source
from goodfit.values import History
from goodfit.web import tailing
from goodfit.web.tailing import HELD, Tails

ROWS = 2500
Row = Callable[[int], str]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts as long is short, so that the tests are."""
    monkeypatch.setattr(tailing, "LONG", 10_000)
    monkeypatch.setattr(tailing, "_FIRST", 5_000)


def separated(step: int) -> str:
    """A row with a validation number in each tenth, and NaN here and there."""
    train = "nan" if step % 97 == 5 else f"{2 / (step + 1) + 0.1:.5f}"
    val = f"{2 / (step + 1) + 0.2:.5f}" if step % 10 == 9 else ""
    return f"{step},{train},{val}\n"


def in_two_rows(step: int) -> str:
    """Training and validation of one step in rows of their own, as Lightning writes them."""
    rest = f"{step},,{2 / (step + 1) + 0.2:.5f}\n" if step % 10 == 9 else ""
    return f"{step},{2 / (step + 1) + 0.1:.5f},\n{rest}"


def record(step: int) -> str:
    """The same as a line of JSON."""
    values = {"step": step, "train_loss": 2 / (step + 1)}
    return json.dumps(values | ({"val_loss": 1 / (step + 1)} if step % 10 == 9 else {})) + "\n"


def counted(step: int) -> str:
    """A row without a column of steps."""
    return f"{2 / (step + 1) + 0.1:.5f},{2 / (step + 1) + 0.2:.5f}\n"


def told(runs: tuple[History, ...]) -> str:
    """Everything that histories hold; NaN is equal to NaN."""
    return repr(runs)


HEADS: dict[Row, str] = {
    separated: "step,train_loss,val_loss\n",
    in_two_rows: "step,train_loss,val_loss\n",
    record: "",
}


@pytest.mark.parametrize("row", [separated, in_two_rows, record])
def test_what_is_appended_is_read_on(tmp_path: Path, row: Row) -> None:
    """Lines one by one and in bursts: each state equals the whole reading, and the whole is read once."""
    log = tmp_path / ("log.jsonl" if row is record else "log.csv")
    log.write_text(HEADS[row] + "".join(map(row, range(ROWS))))
    tails, drawn, step = Tails(), random.Random(0), ROWS
    assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))
    for _ in range(12):
        upto = step + drawn.choice((0, 1, 1, 2, 5))
        with log.open("a") as file:
            file.writelines(map(row, range(step, upto)))
        step = upto
        assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))
    assert tails.whole == 1


def test_much_more_is_read_whole(tmp_path: Path) -> None:
    """Now and then everything is read anew."""
    log = tmp_path / "log.csv"
    log.write_text(HEADS[separated] + "".join(map(separated, range(ROWS))))
    tails = Tails()
    tails.read(Found(path=log))
    with log.open("a") as file:
        file.writelines(map(separated, range(ROWS, ROWS + 100)))
    assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))
    assert tails.whole == 2


@pytest.mark.parametrize(
    "added",
    [
        "5,0.1,0.2\n",  # the training begins again
        f"{ROWS - 1},0.1,\n",  # the last step once more
        f"{ROWS},0.1,broken\n",  # text in a column of numbers
        f"{ROWS},0.1",  # half a line
        f"{ROWS},0.1,0.2,0.3\n",  # a cell too many
        "# a remark\n",
        "\n\n",
        f"{ROWS},inf,0.5\n{ROWS + 1},0.1,nan\n",
        f"{ROWS + 5},0.1,\n{ROWS + 2},0.2,\n",  # steps out of order
        "step,train_loss,val_loss\n0,1,2\n",  # a second header
    ],
)
def test_what_does_not_follow_is_read_whole(tmp_path: Path, added: str) -> None:
    """Whatever comes, the result is that of a reading of everything, now and after one more line."""
    log = tmp_path / "log.csv"
    log.write_text(HEADS[separated] + "".join(map(separated, range(ROWS))))
    tails = Tails()
    tails.read(Found(path=log))
    for text in (added, f"\n{ROWS + 10},0.05,0.06\n"):
        with log.open("a") as file:
            file.write(text)
        assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))


def test_rows_that_are_counted_are_read_whole(tmp_path: Path) -> None:
    """Without a column of steps a row's number hangs on all rows before it."""
    log = tmp_path / "log.csv"
    log.write_text("train_loss,val_loss\n" + "".join(map(counted, range(ROWS))))
    tails = Tails()
    tails.read(Found(path=log))
    with log.open("a") as file:
        file.write(counted(ROWS))
    assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))


def test_another_file_of_the_same_name_is_read_whole(tmp_path: Path) -> None:
    """A log that was written anew, longer or shorter, with another beginning or another end."""
    log = tmp_path / "log.csv"
    text = HEADS[separated] + "".join(map(separated, range(ROWS)))
    for other in (
        text.replace("0,2.1", "0,2.2", 1) + separated(ROWS),
        text[:-9] + "9.99999\n" + separated(ROWS),
        text[: len(text) // 2 + 1],
    ):
        log.write_text(text)
        tails = Tails()
        tails.read(Found(path=log))
        log.write_text(other)
        assert told(tails.read(Found(path=log))) == told(read_source(Found(path=log)))
        assert tails.whole == 2


def test_few_are_held(tmp_path: Path) -> None:
    """Of many long logs only those read last are held; short ones never are; a choice of columns holds."""
    tails = Tails(Choice(val="val_loss"))
    for number in range(HELD + 3):
        log = tmp_path / f"{number}.csv"
        log.write_text(HEADS[separated] + "".join(map(separated, range(ROWS))))
        (run,) = tails.read(Found(path=log))
        assert len(run.curves["val_loss"]) == ROWS // 10
    small = tmp_path / "small.csv"
    small.write_text(HEADS[separated] + "".join(map(separated, range(20))))
    tails.read(Found(path=small))
    assert len(tails._held) == HELD
