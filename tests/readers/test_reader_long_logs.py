# SPDX-License-Identifier: Apache-2.0
"""Logs of many blocks are read as short ones are: what stays text until it is asked for gives the same numbers."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.readers import Log, read_log
from goodfit.readers._dense import DenseColumn, deferred
from goodfit.values import History

ROWS = 12_000  # several blocks
ODD = ["", "nan", "NA", "-inf", "1e-05", "-0.5", " 0.25", "12", ".5", "5.", ".", "1.2.3", "text", "1_0"]


def read(rows: list[str], header: str = "epoch,step,train_loss,val_loss") -> History:
    """The history of a log of these rows."""
    (history,) = read_log(Log(source="long", raw="\n".join([header, *rows, ""]).encode()))
    return history


def rows_of(loss: list[str], *, each_epoch: int = 100) -> list[str]:
    """Rows with a training loss each and a validation loss at the end of each epoch."""
    return [
        f"{at // each_epoch},{at},{cell},{'1.25' if at % each_epoch == each_epoch - 1 else ''}"
        for at, cell in enumerate(loss)
    ]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("at", [5_999, 9_042])
def test_an_odd_cell_in_a_long_log(odd: str, at: int) -> None:
    """One odd cell among thousands of plain ones, at the end of an epoch or within one, is read as in a short log."""
    cells = [f"2.{i:05d}" for i in range(ROWS)]
    cells[at] = odd
    start = at // 100 * 100
    short = read(rows_of(cells)[start : start + 100]).curves["train_loss"]
    curve = read(rows_of(cells)).curves["train_loss"]
    assert len(curve) == ROWS // 100
    place = curve.x.index(at // 100)
    assert repr(curve.values[place]) == repr(short.values[-1])
    assert curve.values[place - 1] == float(cells[start - 1])


@pytest.mark.parametrize("odd", ["nan", "NA", "1e-05", "7"])
def test_every_value_by_step(odd: str) -> None:
    """By step every value is given, none moved and none changed, with gaps where cells are missing."""
    cells = [("" if i % 7 == 3 else f"{i % 90}.{i:05d}") for i in range(ROWS)]
    cells[8_000] = odd
    rows = [f"{at},{cell}" for at, cell in enumerate(cells)]
    curve = read(rows, "step,train_loss").curves["train_loss"]
    wanted = [(float(at), float(cell)) for at, cell in enumerate(cells) if cell not in ("", "NA")]
    assert repr(list(zip(curve.x, curve.values, strict=True))) == repr(wanted)


def test_a_long_log_that_goes_back() -> None:
    """A training resumed in a later block cuts what lay beyond, and says so."""
    rows = [f"{at},1.{at:05d}" for at in range(9_000)] + [f"{at},3.{at:05d}" for at in range(8_000, 9_500)]
    history = read(rows, "step,train_loss")
    curve = history.curves["train_loss"]
    assert curve.x == tuple(map(float, range(9_500)))
    assert (curve.values[7_999], curve.values[8_000]) == (1.07999, 3.08)
    assert any("goes back from step 8999 to step 8000" in warning for warning in history.warnings)


def test_rows_of_two_lengths_that_cancel_out() -> None:
    """A row one cell short and a later one too long are not taken for two whole rows."""
    rows = [f"{at},1.{at:05d},{at}" for at in range(ROWS)]
    rows[7_000], rows[7_001] = "7000,1.5", "7001,1.25,9,"
    curve = read(rows, "step,train_loss,val_loss").curves["train_loss"]
    assert curve.values[7_000:7_003] == (1.5, 1.25, 1.07002)


@given(
    st.lists(st.sampled_from([*ODD, "0.0", "17", "3.5"]) | st.text("0123456789.-e,", max_size=5), min_size=1)
)
def test_only_plain_numbers_wait(cells: list[str]) -> None:
    """Cells that stay text are numbers, each by itself, and finite."""
    text = deferred(cells)
    if text is not None:
        assert [float(cell) for cell in text.decode().split(",")] == [float(cell) for cell in cells]


@pytest.mark.parametrize("cells", [["1", "22", "303"], ["0.5", "12.25", "3.0", ".5", "5."]])
def test_plain_numbers_wait(cells: list[str]) -> None:
    """Counters and decimals stay text."""
    assert deferred(cells) is not None


@given(st.data())
def test_some_rows_are_as_in_all_rows(data: st.DataObject) -> None:
    """Numbers looked up by row are those of the whole column, before and after it is read."""
    blocks = data.draw(
        st.lists(st.lists(st.integers(0, 999), min_size=1, max_size=6), min_size=1, max_size=5)
    )
    parts = [
        array("d", block) if data.draw(st.booleans()) else ",".join(map(str, block)).encode()
        for block in blocks
    ]
    numbers = [float(number) for block in blocks for number in block]
    column = DenseColumn(parts, list(map(len, blocks)), bytearray(b"\1") * len(numbers))
    rows = data.draw(st.lists(st.sampled_from(range(len(numbers)))))
    wanted = [numbers[row] for row in rows]
    assert column.picked(rows) == wanted
    assert list(column) == numbers
    assert column.picked(rows) == wanted
