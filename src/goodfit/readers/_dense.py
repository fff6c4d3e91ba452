# SPDX-License-Identifier: Apache-2.0
"""A column in which many rows hold a value, in little memory, and turned into numbers where they are asked for.

A loss of every batch is read by epoch as its last value of each epoch: of three hundred thousand numbers a few hundred
are needed. So text of which every cell is surely a number stays text: "2.31,1.52" is, "2.31,1e-5" is read at once.
"""

from array import array
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import overload

Cell = float | None
_DIGITS = b"0123456789"


def deferred(cells: Sequence[str]) -> bytes | None:
    """The cells as one text, when each is digits, or each is digits with one point; None when any may be no number."""
    text = ",".join(cells).encode()
    marks, commas = text.translate(None, _DIGITS), len(cells) - 1
    if marks == b"," * commas:
        return text if "" not in cells else None
    plain = marks == b".," * commas + b"." and b",.," not in b",%b," % text
    return text if plain else None


class DenseColumn(Sequence[Cell]):
    """A sequence of numbers, in parts; `held` says of each row whether it holds one; a part has any number where it does not."""

    def __init__(
        self, parts: "Sequence[array[float] | bytes]", lengths: Sequence[int], held: bytearray
    ) -> None:
        self.parts = parts
        self.held = held
        self.full = 0 not in held
        self._ends = list(accumulate(lengths))

    @cached_property
    def values(self) -> "array[float]":
        """The numbers of all rows."""
        values = array("d")
        for part in self.parts:
            values.extend(_numbers(part.decode().split(",")) if isinstance(part, bytes) else part)
        self.parts, self._ends = (values,), [len(values)]
        return values

    def picked(self, rows: Sequence[int]) -> list[float]:
        """The numbers of some rows that hold one, the rows in their order; the rest is not read."""
        if "values" in self.__dict__:
            return [self.values[row] for row in rows]
        found: list[float] = []
        start = end = 0
        cells: Sequence[float | bytes] = ()
        for row in rows:
            if not start <= row < end:
                at = bisect(self._ends, row)
                start, end = (self._ends[at - 1] if at else 0), self._ends[at]
                part = self.parts[at]
                cells = part.split(b",") if isinstance(part, bytes) else part
            found.append(float(cells[row - start]))
        return found

    def read(self) -> "Iterator[array[float]]":
        """The parts that may hold something else than plain finite numbers."""
        return (part for part in self.parts if not isinstance(part, bytes))

    def __len__(self) -> int:
        return len(self.held)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> list[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | list[Cell]:
        if isinstance(at, slice):
            return list(self)[at]
        return self.values[at] if self.held[at] else None

    def __iter__(self) -> Iterator[Cell]:
        if self.full:
            return iter(self.values)
        return iter([value if held else None for value, held in zip(self.values, self.held, strict=True)])


def _numbers(cells: Sequence[str]) -> "array[float]":
    return array("d", list(map(float, cells)))
