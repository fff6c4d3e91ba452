# SPDX-License-Identifier: Apache-2.0
"""Per-example losses as a table: CSV with any usual separator, or one number a line."""

import csv
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._decode import decoded
from goodfit.readers._numbers import number
from goodfit.readers._score_json import by_seed
from goodfit.readers._score_set import (
    GROUPS,
    IDS,
    LOSSES,
    SEEDS,
    WHAT_TO_WRITE,
    ExampleScores,
    named,
    scores_of,
)

_SEPARATORS = ",\t;"


def scores_of_table(raw: bytes, source: str) -> tuple[ExampleScores, ...]:
    """Read a table with a header, or a single column of numbers without one.

    Raises:
        FormatError: no column holds losses, or a row is cut short.
    """
    text, _ = decoded(raw, source)
    lines = [line for line in text.splitlines() if line.strip()]
    separator = max(_SEPARATORS, key=lines[0].count)
    try:
        header, *rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise FormatError(f"the table cannot be read: {error}", where=source, todo=WHAT_TO_WRITE) from None
    if len(header) == 1 and _is_number(header[0]):
        losses = [_cell(row[0], place, source) for place, row in enumerate([header, *rows], start=1)]
        return (scores_of(losses, source),)
    for place, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise FormatError(
                f"line {place} has {len(row)} cells, the header {len(header)}",
                where=source,
                todo="write one cell for each column",
            )
    if not rows:
        raise FormatError("the table has a header and no rows", where=source, todo=WHAT_TO_WRITE)
    columns: dict[str, list[Any]] = {
        name: [row[place] for row in rows] for place, name in enumerate(header) if name
    }
    return by_seed(_as_numbers(columns, source), source)


def _as_numbers(columns: dict[str, list[Any]], source: str) -> dict[str, list[Any]]:
    """Losses must be numbers; labels stay text; of the others those that are numbers are metrics."""
    name, text = named(columns, LOSSES), {named(columns, names) for names in (SEEDS, IDS, GROUPS)}
    read: dict[str, list[Any]] = {}
    for each, cells in columns.items():
        if each == name:
            read[each] = [_cell(cell, place, source) for place, cell in enumerate(cells, start=2)]
        elif each in text or not all(map(_is_number, cells)):
            read[each] = cells
        else:
            read[each] = [number(cell) for cell in cells]
    return read


def _cell(cell: str, line: int, source: str) -> float:
    try:
        found = number(cell)
    except ValueError:
        found = None
    if found is None:
        raise FormatError(
            f"the loss in line {line} is {cell!r}, no number",
            where=source,
            todo="write one loss for each example",
        )
    return found


def _is_number(cell: str) -> bool:
    try:
        return number(cell) is not None
    except ValueError:
        return False
