# SPDX-License-Identifier: Apache-2.0
"""A column in which few rows hold a value, kept as those rows and values; to readers it is a column like any other.

A validation loss among three hundred thousand rows of single batches is three hundred numbers.
"""

from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from operator import is_not
from typing import overload

Cell = float | None
SPARSE = 4  # a column with fewer than one value in so many rows is kept so


class SparseColumn(Sequence[Cell]):
    """A sequence of `rows` cells; those that are not among `values` are missing."""

    def __init__(self, values: dict[int, float], rows: int) -> None:
        self.values = values  # by row, in the order of the rows
        self.rows = rows

    def __len__(self) -> int:
        return self.rows

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> list[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | list[Cell]:
        if isinstance(at, slice):
            return list(self)[at]
        if not -self.rows <= at < self.rows:
            raise IndexError(at)
        return self.values.get(at % self.rows)

    def __iter__(self) -> Iterator[Cell]:
        cells: list[Cell] = [None] * self.rows
        for row, value in self.values.items():
            cells[row] = value
        return iter(cells)


def present(column: Sequence[Cell]) -> tuple[Sequence[int], list[float]]:
    """The rows that hold a value, and the values."""
    if isinstance(column, SparseColumn):
        return list(column.values), list(column.values.values())
    rows = range(len(column))
    return list(compress(rows, _held(column))), list(compress(column, _held(column)))  # type: ignore[arg-type]


def _held(column: Sequence[Cell]) -> Iterator[bool]:
    """For each row whether it holds a value; without a step of Python's own a row."""
    return map(is_not, column, repeat(None))


def placed(x: Sequence[float], column: Sequence[Cell]) -> tuple[list[float], list[float]]:
    """The places of the rows that hold a value, and the values."""
    if isinstance(column, SparseColumn):
        return list(map(x.__getitem__, column.values)), list(column.values.values())
    return list(compress(x, _held(column))), list(compress(column, _held(column)))  # type: ignore[arg-type]


def is_filled(column: Sequence[Cell]) -> bool:
    """Whether any row holds a value."""
    if isinstance(column, SparseColumn):
        return bool(column.values)
    return any(_held(column))
