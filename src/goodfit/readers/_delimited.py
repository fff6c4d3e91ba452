# SPDX-License-Identifier: Apache-2.0
"""Text with a header line and separated cells -> Table, whatever wrote it.

The standard `csv` module keeps what data-frame readers lose: the difference between an empty cell
and a logged `nan`, rows that are too short, and a header line that comes again when a tool appends.
Blocks without anything of that kind, nearly all of a long log, are taken apart in a few calls.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._cells import Rows, by_name, is_number, is_text, placed_names
from goodfit.readers._growing import Growing
from goodfit.readers._phrases import counted
from goodfit.readers._table import Table
from goodfit.readers._unfinished import NOTE, looks_cut_off

_DELIMITERS = (",", ";", "\t", "|")
_BATCH = 4096  # rows turned into columns at once
_ROW = "\n"  # begins the first cell of the next row when a block is taken apart


def parse_delimited(blocks: Iterable[str], source: str) -> Table:
    """Read comma, semicolon, tab or bar separated text, given in pieces that end with a line.

    Raises:
        FormatError: it has no header, quotes that never close, or rows that do not fit the header.
        NoCurvesError: it has a header and no rows.
    """
    parts = iter(blocks)
    last = next(parts, "")
    delimiter = delimiter_of(last)
    header, body = _header(last, delimiter, source)
    body = [row for row in body if not row[0].startswith("#")]
    names, moved = placed_names(header, body, source)
    reading = _Reading(source=source, delimiter=delimiter, header=header, names=names)
    reading.notes += [moved] if moved else []
    for at in range(0, len(body), _BATCH):
        reading.add(body[at : at + _BATCH])
    del body
    for block in parts:
        reading.add_block(block)
        last = block
    return reading.table(ended=last.endswith(("\n", "\r")))


def delimiter_of(text: str) -> str:
    """The delimiter that the header line is made with; a space where only spaces make columns."""
    lines = (line for line in io.StringIO(text) if line.strip() and not line.startswith("#"))
    header, first = next(lines, ""), next(lines, "")
    delimiter = max(_DELIMITERS, key=header.count)
    if delimiter not in header and len(header.split()) == len(first.split()) > 1:
        return " "
    return delimiter


def _header(text: str, delimiter: str, source: str) -> tuple[list[str], list[list[str]]]:
    """The names, and the rows below them in this piece."""
    rows = list(_csv_rows(text, delimiter, source))
    first = next((i for i, row in enumerate(rows) if not row[0].startswith("#")), len(rows))
    if first == len(rows) or (first and not any(map(is_text, rows[first]))):
        first = max(first - 1, 0)  # numpy.savetxt writes its header as the last comment line
    if rows and rows[first][0].startswith("#"):
        rows[first][0] = rows[first][0].lstrip("# ")
    header = [cell.strip() for cell in rows[first]] if rows else []
    if not any(is_text(cell) for cell in header):
        raise FormatError(
            "the first line holds numbers where the columns' names were expected",
            where=source,
            todo="put a header line on top, such as: epoch,train_loss,val_loss",
        )
    return header, rows[first + 1 :]


def _csv_rows(text: str, delimiter: str, source: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield row
    except csv.Error as error:
        raise FormatError(
            f"the separated text cannot be taken apart: {error}",
            where=f"{source}, line {reader.line_num}",
            todo="look at the quotation marks near that line",
        ) from None


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A table while it is read: the names that hold now, the columns so far, what was odd."""

    source: str
    delimiter: str
    header: list[str]
    names: list[str]
    notes: list[str] = field(default_factory=list)
    headers: int = 1  # how often the header line came
    ragged: int = 0  # rows with another number of cells
    doubled: dict[str, int] = field(default_factory=dict)  # names that several columns have
    tail: Rows = field(default_factory=list)  # the last rows, not yet in the columns
    columns: Growing = field(init=False)

    def __post_init__(self) -> None:
        self.columns = Growing(decimal_comma=self.delimiter != ",")

    def add_block(self, text: str) -> None:
        """Append a piece of the text: in a few calls where all its rows are plain, else row by row."""
        if not self._add_plain(text):
            rows = list(_csv_rows(text, self.delimiter, self.source))
            for at in range(0, len(rows), _BATCH):
                self.add(rows[at : at + _BATCH])

    def _add_plain(self, text: str) -> bool:
        marks = ('"', "\r", "#", *self.names[:1])
        if self.delimiter == " " or not text.endswith(_ROW) or any(mark in text for mark in marks if mark):
            return False
        width = len(self.names)
        cells = text.replace(_ROW, f"{self.delimiter}{_ROW}").split(self.delimiter)
        firsts = "".join(cells[::width])  # "0", "\n1", "\n2", ..., "\n"
        rows = firsts.count(_ROW)
        if len(cells) != rows * width + 1 or text.count(_ROW) != rows:
            return False  # a row has another number of cells: somewhere its first cell is no first cell
        del cells[-1]
        cells[::width] = firsts.split(_ROW)[:-1]
        self._flush()
        columns = by_name(self.names, (cells[at::width] for at in range(width)), self.doubled)
        self.columns.add(columns, rows)
        return True

    def add(self, rows: Rows) -> None:
        """Append rows, following the header when it comes again on the way."""
        block: Rows = []
        for row in rows:
            if row[0].startswith("#"):
                continue
            if row[0].strip() == self.header[0] and self.header[0] and not any(map(is_number, row)):
                self._wait(block)
                self._flush()
                block, self.names, self.headers = [], [cell.strip() for cell in row], self.headers + 1
            else:
                block.append(row)
        self._wait(block)

    def _wait(self, rows: Rows) -> None:
        """Keep rows as they are until more follow: the last line may be half written."""
        if rows:
            self._flush()
            self.tail = rows

    def _flush(self) -> None:
        """Turn the rows that wait into columns."""
        rows, self.tail = self.tail, []
        if not rows:
            return
        names = self.names
        if set(map(len, rows)) != {len(names)}:
            self.ragged += sum(
                len(row) < len(names) or any(map(str.strip, row[len(names) :])) for row in rows
            )
            rows = [[*row[: len(names)], *[""] * (len(names) - len(row))] for row in rows]
        self.columns.add(by_name(names, zip(*rows, strict=True), self.doubled), len(rows))

    def table(self, *, ended: bool) -> Table:
        """The finished table; `ended` says whether the text ends with its line."""
        if not ended:
            self._without_half_line()
        self._flush()
        if not self.columns.rows:
            raise NoCurvesError(
                "the file has a header line and no rows yet",
                where=self.source,
                todo="wait until the first epoch is logged",
            )
        numbers, words, unreadable = self.columns.finished()
        return Table(
            numbers=numbers,
            words=words,
            rows=self.columns.rows,
            header=tuple(self.header),
            unreadable=unreadable,
            notes=(*self.notes, *self._oddities()),
        )

    def _without_half_line(self) -> None:
        """Leave the last line out when it is too short, and its last cell when that may be half a number."""
        if not self.tail:
            return
        row, above = self.tail[-1], self.tail[:-1]
        if len(row) < len(self.names):
            del self.tail[-1]
            self.notes.append(NOTE)
            return
        at = len(row) - 1
        earlier = [each[at] for each in above[-20:] if len(each) > at]
        if looks_cut_off(row[at], earlier):
            del self.tail[-1]
            self.notes.append(
                f"The file ends without a line break in {row[at].strip()!r:.40}, which may be half a number: "
                "the last line was left out. The log may still be written."
            )

    def _oddities(self) -> list[str]:
        notes: list[str] = []
        if self.headers > 1:
            notes.append(
                f"The header line comes {self.headers} times: a tool appended to an older log. "
                "Where both parts log the same epoch, the later one counts."
            )
        if self.doubled:
            first = next(iter(self.doubled))
            more = f" (and {len(self.doubled) - 1} more names come twice)" if len(self.doubled) > 1 else ""
            notes.append(f"Two columns are called {first!r}; the first one is used{more}.")
        if self.ragged:
            notes.append(
                f"The number of cells differs from the header's in {counted(self.ragged, 'row')}; "
                "cells without a name were left out."
            )
        return notes
