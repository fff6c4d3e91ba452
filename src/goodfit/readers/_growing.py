# SPDX-License-Identifier: Apache-2.0
"""Columns that grow block by block, so that a long log is never held as text and as cells at once.

A column is of numbers as soon as one number stands in it; a column that holds text alone is of words.
"""

from collections.abc import Sequence
from itertools import compress, repeat
from operator import is_not

from goodfit.errors import FormatError
from goodfit.readers._numbers import number
from goodfit.readers._sparse import SPARSE, Cell, SparseColumn
from goodfit.readers._table import MAX_CELLS

_FEW = 4  # a block's column with this many rows a different cell is read by its different cells


class _Column:
    """One column: a list of cells, or, as long as few rows hold a value, those alone."""

    __slots__ = ("dense", "numeric", "sparse", "text", "varied", "words")

    def __init__(self) -> None:
        self.sparse: dict[int, float] = {}
        self.dense: list[Cell] | None = None
        self.words: list[str] | None = None  # of a column that holds text and no number so far
        self.numeric = False
        self.varied = False  # the cells of the last block were nearly all different
        self.text = 0  # cells that hold no number

    def add(self, cells: list[Cell], at: int) -> None:
        """Append cells below row `at`."""
        missing = cells.count(None) if self.dense is None else 0
        if self.dense is None and (len(cells) - missing + len(self.sparse)) * SPARSE > at + len(cells):
            self.dense = list(SparseColumn(self.sparse, at))
        if self.dense is not None:
            self.dense.extend(cells)
            self.numeric = True
        elif missing < len(cells):
            held = map(is_not, cells, repeat(None))
            self.sparse.update(compress(enumerate(cells, at), held))  # type: ignore[arg-type]
            self.numeric = True

    def pad(self, rows: int) -> None:
        """Append rows without a value."""
        if self.dense is not None:
            self.dense.extend([None] * rows)
        if self.words is not None:
            self.words.extend([""] * rows)


class Growing:
    """The columns read so far."""

    def __init__(self, *, decimal_comma: bool) -> None:
        self.rows = 0
        self._decimal_comma = decimal_comma
        self._columns: dict[str, _Column] = {}

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
        found, text = self._read(column, texts)
        column.text += text
        column.add(found, self.rows)
        if column.numeric:
            column.words = None
        elif text or column.words is not None:
            if column.words is None:
                column.words = [""] * self.rows
            column.words.extend(cell.strip() for cell in texts)

    def _read(self, column: _Column, texts: Sequence[str]) -> tuple[list[Cell], int]:
        """The cells as numbers, equal cells as one object; and how many are text."""
        different: set[str] = set()
        if not column.varied:
            different = set(texts)
            column.varied = len(different) * _FEW > len(texts)
        if column.varied:
            try:
                return self._varied(texts), 0
            except ValueError:
                column.varied = False
                different = different or set(texts)
        table: dict[str, Cell] = {}
        text: set[str] = set()
        for cell in different:
            try:
                table[cell] = number(cell, decimal_comma=self._decimal_comma)
            except ValueError:
                table[cell] = None
                text.add(cell)
        return list(map(table.__getitem__, texts)), sum(map(text.__contains__, texts)) if text else 0

    def _varied(self, texts: Sequence[str]) -> list[Cell]:
        """Numbers and empty cells, between the empty ones at the speed of `map`."""
        found: list[Cell] = []
        empty = texts.count("")
        if empty * _FEW > len(texts):
            return [float(cell) if cell else None for cell in texts]
        start = 0
        for _ in range(empty):
            end = texts.index("", start)
            found.extend(map(float, texts[start:end]))
            found.append(None)
            start = end + 1
        found.extend(map(float, texts[start:]))
        return found

    def finished(self) -> tuple[dict[str, Sequence[Cell]], dict[str, Sequence[str]], dict[str, int]]:
        """Columns of numbers, columns of words, and how many cells of a column of numbers were left out."""
        words = {name: c.words for name, c in self._columns.items() if c.words is not None}
        numbers: dict[str, Sequence[Cell]] = {
            name: c.dense if c.dense is not None else SparseColumn(c.sparse, self.rows)
            for name, c in self._columns.items()
            if c.words is None
        }
        return numbers, dict(words), {name: self._columns[name].text for name in numbers}
