# SPDX-License-Identifier: Apache-2.0
"""Text with a header line and separated cells -> Table, whatever wrote it.

The standard `csv` module keeps what data-frame readers lose: the difference between an empty cell
and a logged `nan`, rows that are too short, and a header line that comes again when a tool appends.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._numbers import number, numbers
from goodfit.readers._phrases import counted
from goodfit.readers._table import Table

_DELIMITERS = (",", ";", "\t", "|")
_Rows = list[list[str]]


def parse_delimited(text: str, source: str) -> Table:
    """Read comma, semicolon, tab or bar separated text.

    Raises:
        FormatError: it has no header, or quotes that never close.
        NoCurvesError: it has a header and no rows.
    """
    delimiter = delimiter_of(text)
    rows = _rows(text, delimiter, source)
    header = [cell.strip() for cell in rows[0]] if rows else []
    if not any(_is_text(cell) for cell in header):
        raise FormatError(
            "the first line holds numbers where the columns' names were expected",
            where=source,
            todo="put a header line on top, such as: epoch,train_loss,val_loss",
        )
    notes: list[str] = []
    if len(rows) > 1 and not text.endswith(("\n", "\r")) and len(rows[-1]) < len(header):
        del rows[-1]
        notes.append("The last line is incomplete and was left out: the log may still be written.")
    if len(rows) == 1:
        raise NoCurvesError(
            "the file has a header line and no rows yet",
            where=source,
            todo="wait until the first epoch is logged",
        )
    cells = _columns(rows, header, notes)
    return replace(_typed(cells, decimal_comma=delimiter == ";"), header=tuple(header), notes=tuple(notes))


def delimiter_of(text: str) -> str:
    """The delimiter that the header line is made with; a space where only spaces make columns."""
    lines = (line for line in io.StringIO(text) if line.strip() and not line.startswith("#"))
    header, first = next(lines, ""), next(lines, "")
    delimiter = max(_DELIMITERS, key=header.count)
    if delimiter not in header and len(header.split()) == len(first.split()) > 1:
        return " "
    return delimiter


def _rows(text: str, delimiter: str, source: str) -> _Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [row for row in reader if row and (len(row) > 1 or row[0].strip())]
    except csv.Error as error:
        raise FormatError(
            f"the separated text cannot be taken apart: {error}",
            where=f"{source}, line {reader.line_num}",
            todo="look at the quotation marks near that line",
        ) from None
    first = next((i for i, row in enumerate(rows) if not row[0].startswith("#")), len(rows))
    if first == len(rows) or (first and not any(map(_is_text, rows[first]))):
        first = max(first - 1, 0)  # numpy.savetxt writes its header as the last comment line
    if rows and rows[first][0].startswith("#"):
        rows[first][0] = rows[first][0].lstrip("# ")
    return [rows[first], *(row for row in rows[first + 1 :] if not row[0].startswith("#"))] if rows else []


def _is_text(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return True
    return False


def _columns(rows: _Rows, header: list[str], notes: list[str]) -> dict[str, Sequence[str]]:
    """Turn rows into columns by name, following the header when it changes on the way."""
    blocks: list[tuple[list[str], _Rows]] = [(header, [])]
    for row in rows[1:]:
        if row[0].strip() == header[0] and header[0] and not any(_is_number(cell) for cell in row):
            blocks.append(([cell.strip() for cell in row], []))
        else:
            blocks[-1][1].append(row)
    if len(blocks) > 1:
        notes.append(
            f"The header line comes {len(blocks)} times: a tool appended to an older log. "
            "Where both parts log the same epoch, the later one counts."
        )
    total = len(rows) - len(blocks)
    columns: dict[str, list[str]] = {}
    done = ragged = 0
    for names, block in blocks:
        ragged += sum(len(row) < len(names) or any(map(str.strip, row[len(names) :])) for row in block)
        for name, cells in _by_name(names, block, notes).items():
            column = columns.setdefault(name, [""] * total)
            column[done : done + len(block)] = cells
        done += len(block)
    if ragged:
        notes.append(
            f"The number of cells differs from the header's in {counted(ragged, 'row')}; cells without a name were left out."
        )
    return dict(columns)


def _is_number(cell: str) -> bool:
    try:
        return number(cell) is not None
    except ValueError:
        return False


def _by_name(names: list[str], rows: _Rows, notes: list[str]) -> dict[str, Sequence[str]]:
    if not rows:
        return {}
    if any(len(row) != len(names) for row in rows):
        rows = [row[: len(names)] for row in rows]
    columns: dict[str, Sequence[str]] = {}
    for name, cells in zip(names, zip_longest(names, *rows, fillvalue=""), strict=False):
        if not name:
            continue  # an index column without a name, or a trailing delimiter
        if name in columns:
            notes.append(f"Two columns are called {name!r}; the first one is used.")
            continue
        columns[name] = cells[1:]
    return columns


def _typed(cells: dict[str, Sequence[str]], *, decimal_comma: bool) -> Table:
    values: dict[str, list[float | None]] = {}
    words: dict[str, list[str]] = {}
    unreadable: dict[str, int] = {}
    for name, column in cells.items():
        found, text = numbers(column, decimal_comma=decimal_comma)
        if text and all(value is None for value in found):
            words[name] = [cell.strip() for cell in column]
        else:
            values[name] = found
            unreadable[name] = text
    rows = max(map(len, cells.values()), default=0)
    return Table(numbers=values, words=words, rows=rows, unreadable=unreadable)
