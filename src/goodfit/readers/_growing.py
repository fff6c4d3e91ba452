# SPDX-License-Identifier: Apache-2.0
"""Columns that grow block by block, so that a long log is never held as text and as cells at once.

A column is of numbers as soon as one number stands in it; a column that holds text alone is of words.
"""

from collections.abc import Sequence

from goodfit.errors import FormatError
from goodfit.readers._numbers import number
from goodfit.readers._table import MAX_CELLS

_FEW = 4  # a block's column with this many rows a different cell is read by its different cells


class Growing:
    """The columns read so far."""

    def __init__(self, *, decimal_comma: bool) -> None:
        self.rows = 0
        self._decimal_comma = decimal_comma
        self._values: dict[str, list[float | None]] = {}
        self._words: dict[str, list[str]] = {}  # of columns that hold text and no number so far
        self._numeric: set[str] = set()
        self._text: dict[str, int] = {}  # cells that hold no number

    def add(self, cells: dict[str, Sequence[str]], rows: int) -> None:
        """Append rows, given by columns; a column that is new or not given has no value where it is not.

        Raises:
            FormatError: there are more cells than any log has.
        """
        if (self.rows + rows) * len(self._values.keys() | cells.keys()) > MAX_CELLS:
            raise FormatError(
                f"the table has more than {MAX_CELLS:,} cells", todo="leave columns out, or log less often"
            )
        for name, column in cells.items():
            self._append(name, column)
        self.rows += rows
        for name, values in self._values.items():
            if name not in cells:
                values.extend([None] * rows)
                if name in self._words:
                    self._words[name].extend([""] * rows)

    def _append(self, name: str, column: Sequence[str]) -> None:
        values = self._values.setdefault(name, [None] * self.rows)
        found, text = self._read(column)
        if text:
            self._text[name] = self._text.get(name, 0) + text
        if name not in self._numeric and any(value is not None for value in found):
            self._numeric.add(name)
            self._words.pop(name, None)
        if name not in self._numeric and (text or name in self._words):
            words = self._words.setdefault(name, [""] * self.rows)
            words.extend(cell.strip() for cell in column)
        values.extend(found)

    def _read(self, column: Sequence[str]) -> tuple[list[float | None], int]:
        """The cells as numbers, equal cells as one object; and how many are text."""
        different = set(column)
        if len(different) * _FEW > len(column):
            try:
                return list(map(float, column)), 0
            except ValueError:
                pass
        table: dict[str, float | None] = {}
        text: set[str] = set()
        for cell in different:
            try:
                table[cell] = number(cell, decimal_comma=self._decimal_comma)
            except ValueError:
                table[cell] = None
                text.add(cell)
        return list(map(table.__getitem__, column)), sum(map(text.__contains__, column)) if text else 0

    def finished(self) -> tuple[dict[str, Sequence[float | None]], dict[str, Sequence[str]], dict[str, int]]:
        """Columns of numbers, columns of words, and how many cells of a column of numbers were left out."""
        numbers = {name: column for name, column in self._values.items() if name not in self._words}
        return dict(numbers), dict(self._words), {name: self._text.get(name, 0) for name in numbers}
