# SPDX-License-Identifier: Apache-2.0
"""Rows to one value per x: the last one written counts, and a backward jump cuts what lay beyond it.

Train and validation often stand in different rows of one epoch; a resumed or repeated training logs
some epochs again. Both are settled here, and what was dropped is counted.

    x  0 1 2 3 2 3 4    a training resumed at 2: the first 2 and 3 are cut
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from operator import le, lt

from goodfit.readers._dense import DenseColumn
from goodfit.readers._sparse import filled, last_of_each, present
from goodfit.readers._sparse import placed as placed_values

Cells = Sequence[float | None]
_MANY = 64  # rows a place, where the last values alone are looked up


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
    places = present(x)[1]
    forward = all(map(le, places, islice(places, 1, None)))
    if len(places) == len(x) and all(map(isfinite, (*places[:1], *places[-1:]) if forward else places)):
        ends = _ends(places) if forward else {}
        shared = places if ends else list(places)  # one object a place, for all the curves
        merged = [_present(shared, column, ends, forward=forward) for column in columns]
        if None not in merged:
            found = [each for each in merged if each is not None]
            return Merged(
                points=tuple(points for points, _ in found), repeated=tuple(again for _, again in found)
            )
    return _merge_rows(x, columns)


def _ends(places: Sequence[float]) -> dict[float, int]:
    """The last row of each place, when places never go back and are few for so many rows; else nothing."""
    found: dict[float, int] = {}
    end = 0
    while end < len(places):
        if len(found) * _MANY > len(places):
            return {}
        place = places[end]
        end = bisect_right(places, place, end)
        found[place] = end - 1
    return found


def _present(
    x: Sequence[float], column: Cells, ends: dict[float, int], *, forward: bool
) -> tuple[tuple[list[float], list[float]], int] | None:
    """A column's points and how many places it gives again; None when it goes back on the way."""
    if ends and isinstance(column, DenseColumn):
        points = last_of_each(ends, column)
        return points, filled(column) - len(points[0])
    places, values = placed_values(x, column)
    if not forward and not all(map(le, places, islice(places, 1, None))):
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
    x, columns = list(x), [list(column) for column in columns]  # looked up cell by cell
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
