# SPDX-License-Identifier: Apache-2.0
"""Columns of a long log in little memory; to readers they are columns like any other.

Where few rows hold a value, those rows and values are kept: a validation loss among three hundred thousand rows
of single batches is three hundred numbers. The others are dense.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, repeat
from math import isnan
from operator import is_not
from typing import overload

from goodfit.readers._dense import DenseColumn

Cell = float | None
SPARSE = 16  # a column with fewer than one value in so many rows is kept so


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


def present(column: Sequence[Cell]) -> tuple[Sequence[int], Sequence[float]]:
    """The rows that hold a value, and the values."""
    if isinstance(column, SparseColumn):
        return list(column.values), list(column.values.values())
    if isinstance(column, DenseColumn):
        rows = range(len(column))
        if column.full:
            return rows, column.values
        return list(compress(rows, column.held)), list(compress(column.values, column.held))
    rows = range(len(column))
    return list(compress(rows, _held(column))), list(compress(column, _held(column)))  # type: ignore[arg-type]


def _held(column: Sequence[Cell]) -> Iterator[bool]:
    """For each row whether it holds a value; without a step of Python's own a row."""
    return map(is_not, column, repeat(None))


def placed(x: Sequence[float], column: Sequence[Cell]) -> tuple[list[float], list[float]]:
    """The places of the rows that hold a value, and the values."""
    if isinstance(column, SparseColumn):
        return list(map(x.__getitem__, column.values)), list(column.values.values())
    if isinstance(column, DenseColumn):
        return list(compress(x, column.held)), list(compress(column.values, column.held))
    return list(compress(x, _held(column))), list(compress(column, _held(column)))  # type: ignore[arg-type]


def is_filled(column: Sequence[Cell]) -> bool:
    """Whether any row holds a value."""
    if isinstance(column, SparseColumn):
        return bool(column.values)
    if isinstance(column, DenseColumn):
        return 1 in column.held
    return any(_held(column))


def filled(column: Sequence[Cell]) -> int:
    """How many rows hold a value."""
    if isinstance(column, SparseColumn):
        return len(column.values)
    if isinstance(column, DenseColumn):
        return column.held.count(1)
    return sum(_held(column))


def same_cells(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    """Whether two columns hold the same numbers in the same rows."""
    return filled(one) == filled(other) and list(one) == list(other)


def has_nan(column: Sequence[Cell]) -> bool:
    """Whether any value is NaN; a sum that is a number says no at once."""
    parts: Iterable[Sequence[float]] = (
        column.read() if isinstance(column, DenseColumn) else (present(column)[1],)
    )
    return any(isnan(sum(part)) and any(map(isnan, part)) for part in parts)


def picked(column: Sequence[Cell], rows: Sequence[int]) -> Sequence[Cell]:
    """The cells of some rows, given in their order."""
    if isinstance(column, DenseColumn) and column.full:
        return column.picked(rows)
    return [column[row] for row in rows]


def last_of_each(ends: Mapping[float, int], column: DenseColumn) -> tuple[list[float], list[float]]:
    """The places and last values of stretches of rows; `ends` gives the last row of each place."""
    places: list[float] = []
    rows: list[int] = []
    start = 0
    for place, end in ends.items():
        row = column.held.rfind(1, start, end + 1)
        if row >= 0:
            places.append(place)
            rows.append(row)
        start = end + 1
    return places, column.picked(rows)
