# SPDX-License-Identifier: Apache-2.0
"""Columns that grow block by block, so that a long log is never held as text and as cells at once.

A column is of numbers as soon as one number stands in it; a column that holds text alone is of words.
"""

from array import array
from collections.abc import Sequence
from itertools import compress, groupby

from goodfit.errors import FormatError
from goodfit.readers._dense import DenseColumn, deferred
from goodfit.readers._numbers import number
from goodfit.readers._sparse import SPARSE, Cell, SparseColumn
from goodfit.readers._table import MAX_CELLS

_ZERO = array("d", [0.0])  # stands where a dense column has no value
_HOLE = "0.0"  # the same as text
_LONG = 64  # rows of one cell that make a stretch
_FEW = 4  # a block's column with this many rows a different cell is read by its different cells


class _Column:
    """One column: numbers and which rows hold one, or, as long as few rows do, those rows and numbers."""

    __slots__ = ("held", "lengths", "parts", "sparse", "text", "varied", "words")

    def __init__(self) -> None:
        self.sparse: dict[int, float] | None = {}
        self.parts: list[array[float] | bytes] = []
        self.lengths: list[int] = []
        self.varied = False  # the cells of the last block were nearly all different
        self.held = bytearray()
        self.words: list[str] | None = None  # of a column that holds text and no number so far
        self.text = 0  # cells that hold no number

    @property
    def numeric(self) -> bool:
        """Whether a number stands in it."""
        return self.sparse is None or bool(self.sparse)

    def stays_sparse(self, more: int, rows: int) -> bool:
        """Whether few of so many rows hold a value, with `more` of them; else the column is dense from now on."""
        return self.sparse is not None and (more + len(self.sparse)) * SPARSE <= rows

    def put(self, places: Sequence[int], numbers: Sequence[float]) -> None:
        """Keep numbers of a sparse column by their rows."""
        assert self.sparse is not None  # noqa: S101 - asked before
        self.sparse.update(zip(places, numbers, strict=True))

    def extend(self, values: "array[float] | bytes", held: bytearray, at: int) -> None:
        """Append cells below row `at`."""
        if self.sparse is not None:
            begin, self.held = _ZERO * at, bytearray(at)
            for row, value in self.sparse.items():
                begin[row], self.held[row] = value, 1
            self.sparse = None
            self._part(begin, at)
        self._part(values, len(held))
        self.held.extend(held)

    def _part(self, values: "array[float] | bytes", rows: int) -> None:
        self.parts.append(values)
        self.lengths.append(rows)

    def pad(self, rows: int) -> None:
        """Append rows without a value."""
        if self.sparse is None:
            self._part(_ZERO * rows, rows)
            self.held.extend(bytes(rows))
        if self.words is not None:
            self.words.extend([""] * rows)

    def finished(self, rows: int) -> Sequence[Cell]:
        """The cells of all rows."""
        if self.sparse is not None:
            return SparseColumn(self.sparse, rows)
        return DenseColumn(self.parts, self.lengths, self.held)


def _stretches(texts: Sequence[str]) -> "array[float] | None":
    """The numbers of cells that stay the same for long, as an epoch does; None when they do not.

    Raises:
        ValueError: a cell is no number.
    """
    values = array("d")
    for stretch, (cell, rows) in enumerate(groupby(texts)):
        if stretch * _LONG > len(texts):
            return None
        values.extend(array("d", [float(cell)]) * len(list(rows)))
    return values


def _part(column: _Column, texts: Sequence[str]) -> "array[float] | bytes":
    if not column.varied:
        values = _stretches(texts)
        if values is not None:
            return values
        table = dict.fromkeys(texts, 0.0)
        column.varied = len(table) * _FEW > len(texts)
        if not column.varied:
            for cell in table:
                table[cell] = float(cell)
            return array("d", list(map(table.__getitem__, texts)))
    return deferred(texts) or array("d", list(map(float, texts)))


class Growing:
    """The columns read so far."""

    def __init__(self, *, decimal_comma: bool) -> None:
        self.rows = 0
        self._decimal_comma = decimal_comma
        self._columns: dict[str, _Column] = {}
        self._places: list[int] = []  # 0, 1, 2, ... for as many rows as a block had

    def add(self, cells: dict[str, Sequence[str]], rows: int) -> None:
        """Append rows, given by columns; a column that is new or not given has no value where it is not.

        Raises:
            FormatError: there are more cells than any log has.
        """
        if (self.rows + rows) * len(self._columns.keys() | cells.keys()) > MAX_CELLS:
            raise FormatError(
                f"the table has more than {MAX_CELLS:,} cells", todo="leave columns out, or log less often"
            )
        for name, texts in cells.items():
            self._append(self._columns.setdefault(name, _Column()), texts)
        self.rows += rows
        for name, column in self._columns.items():
            if name not in cells:
                column.pad(rows)

    def _append(self, column: _Column, texts: Sequence[str]) -> None:
        empty = texts.count("")
        if empty == len(texts):
            column.pad(len(texts))
            return
        try:
            self._append_plain(column, texts, empty)
        except ValueError:
            self._append_spelled(column, texts)
        if column.numeric:
            column.words = None

    def _append_plain(self, column: _Column, texts: Sequence[str], empty: int) -> None:
        """Append cells that are numbers or empty.

        Raises:
            ValueError: one is neither; the column is as it was.
        """
        end = self.rows + len(texts)
        if column.stays_sparse(len(texts) - empty, end):
            self._places.extend(range(len(self._places), len(texts)))
            rows = list(compress(self._places, texts))
            column.put([self.rows + row for row in rows], [float(texts[row]) for row in rows])
            return
        held = bytearray(b"\1") * len(texts)
        if empty * 2 > len(texts):
            held = bytearray(map(bool, texts))
            texts = [cell or _HOLE for cell in texts]
        elif empty:
            texts, at = list(texts), 0
            for _ in range(empty):
                at = texts.index("", at)
                texts[at], held[at] = _HOLE, 0
        column.extend(_part(column, texts), held, self.rows)

    def _append_spelled(self, column: _Column, texts: Sequence[str]) -> None:
        """Append cells among which are other signs for a missing value, or text; each different one is read once."""
        table: dict[str, float] = {}
        missing: set[str] = set()
        text: set[str] = set()
        for cell in set(texts):
            try:
                value = number(cell, decimal_comma=self._decimal_comma)
            except ValueError:
                value = None
                text.add(cell)
            table[cell] = 0.0 if value is None else value
            if value is None:
                missing.add(cell)
        found = sum(map(text.__contains__, texts)) if text else 0
        column.text += found
        held = bytearray(cell not in missing for cell in texts)
        numbers, filled, end = list(map(table.__getitem__, texts)), held.count(1), self.rows + len(texts)
        if column.stays_sparse(filled, end):
            column.put(list(compress(range(self.rows, end), held)), list(compress(numbers, held)))
        else:
            column.extend(array("d", numbers), held, self.rows)
        if not column.numeric and (found or column.words is not None):
            if column.words is None:
                column.words = [""] * self.rows
            column.words.extend(cell.strip() for cell in texts)

    def finished(self) -> tuple[dict[str, Sequence[Cell]], dict[str, Sequence[str]], dict[str, int]]:
        """Columns of numbers, columns of words, and how many cells of a column of numbers were left out."""
        words: dict[str, Sequence[str]] = {
            name: column.words for name, column in self._columns.items() if column.words is not None
        }
        numbers = {name: c.finished(self.rows) for name, c in self._columns.items() if c.words is None}
        return numbers, words, {name: self._columns[name].text for name in numbers}
