# SPDX-License-Identifier: Apache-2.0
"""Rows to one value per x: the last one written counts, and a backward jump cuts what lay beyond it.

Train and validation often stand in different rows of one epoch; a resumed or repeated training logs
some epochs again. Both are settled here, and what was dropped is counted.

    x  0 1 2 3 2 3 4    a training resumed at 2: the first 2 and 3 are cut
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from operator import le, lt

from goodfit.readers._sparse import placed as placed_values

Cells = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A place where the log goes back."""

    start: float  # the last x before it
    to: float  # the x it goes back to
    dropped: int  # points cut, over all columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The points of every column, x strictly increasing, and what it took to get there."""

    points: tuple[tuple[list[float], list[float]], ...]  # (x, values), in the order of the columns
    jumps: tuple[Jump, ...] = ()
    repeated: tuple[int, ...] = ()  # values logged again at the same x, for each column
    unplaced: int = 0  # rows that hold a value and no x


def merge(x: Cells, columns: Sequence[Cells]) -> Merged:
    """Give every column one value per x."""
    placed = [place for place in x if place is not None]
    if len(placed) == len(x) and all(map(isfinite, placed)):
        merged = [_present(placed, column) for column in columns]
        if None not in merged:
            found = [each for each in merged if each is not None]
            return Merged(
                points=tuple(points for points, _ in found), repeated=tuple(again for _, again in found)
            )
    return _merge_rows(x, columns)


def _present(x: Sequence[float], column: Cells) -> tuple[tuple[list[float], list[float]], int] | None:
    """A column's points and how many places it gives again; None when it goes back on the way."""
    places, values = placed_values(x, column)
    if not all(map(le, places, islice(places, 1, None))):
        return None
    if all(map(lt, places, islice(places, 1, None))):
        return (places, values), 0
    last = dict(zip(places, values, strict=True))  # of equal places the later value stays
    return (list(last), list(last.values())), len(values) - len(last)


def _merge_rows(x: Cells, columns: Sequence[Cells]) -> Merged:
    points: list[tuple[list[float], list[float]]] = [([], []) for _ in columns]
    repeated = [0] * len(columns)
    jumps: list[Jump] = []
    unplaced = 0
    for row, place in enumerate(x):
        cells = [(at, value) for at, column in enumerate(columns) if (value := column[row]) is not None]
        if place is None or not isfinite(place):
            unplaced += bool(cells)
            continue
        # A column that itself goes back marks a repeated stretch; validation that is written as a
        # block below all of training does not.
        before = max((xs[-1] for at, _ in cells if (xs := points[at][0])), default=place)
        if before > place:
            jumps.append(Jump(start=before, to=place, dropped=_cut(points, place)))
        for at, value in cells:
            xs, values = points[at]
            if xs and xs[-1] == place:
                values[-1] = value
                repeated[at] += 1
            else:
                xs.append(place)
                values.append(value)
    return Merged(points=tuple(points), jumps=tuple(jumps), repeated=tuple(repeated), unplaced=unplaced)


def _cut(points: list[tuple[list[float], list[float]]], place: float) -> int:
    dropped = 0
    for xs, values in points:
        while xs and xs[-1] >= place:
            xs.pop()
            values.pop()
            dropped += 1
    return dropped
