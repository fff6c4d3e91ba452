# SPDX-License-Identifier: Apache-2.0
"""Rows of text cells under a header: which cell belongs to which name."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from goodfit.errors import FormatError
from goodfit.readers._numbers import number

Rows = list[list[str]]


def is_text(cell: str) -> bool:
    """Whether a cell holds text, and neither a number nor a sign for a missing one."""
    try:
        number(cell)
    except ValueError:
        return True
    return False


def is_number(cell: str) -> bool:
    """Whether a cell holds a number."""
    try:
        return number(cell) is not None
    except ValueError:
        return False


def by_name(
    names: Sequence[str], columns: Iterable[Sequence[str]], doubled: dict[str, int]
) -> dict[str, Sequence[str]]:
    """Name the columns; of two with one name the first counts, and `doubled` counts the others."""
    found: dict[str, Sequence[str]] = {}
    for name, column in zip(names, columns, strict=False):
        if not name:
            continue  # an index column without a name, or a trailing delimiter
        if name in found:
            doubled[name] = doubled.get(name, 0) + 1
            continue
        found[name] = column
    return found


def placed_names(names: list[str], rows: Rows, source: str) -> tuple[list[str], str]:
    """The names as they stand above the cells, and a sentence if they had to be moved.

    R writes no name above its row numbers. Decimal commas between commas, however, cannot be told from
    the ends of cells: which number is whose is not known.

    Raises:
        FormatError: most rows hold more cells than there are names.
    """
    if max(map(len, rows), default=0) <= len(names):
        return names, ""
    wide = [row for row in rows if any(cell.strip() for cell in row[len(names) :])]
    if len(wide) * 2 <= len(rows):
        return names, ""
    if all(len(row) == len(names) + 1 for row in rows) and _are_row_names([row[0] for row in rows]):
        return [
            "",
            *names,
        ], "The first cell of each row has no name above it; it was taken for the row's number."
    raise FormatError(
        f"{len(wide)} of {len(rows)} rows hold more cells than the {len(names)} names of the header",
        where=source,
        todo="if numbers are written with decimal commas, separate the cells with semicolons or tabs",
    )


def _are_row_names(cells: Sequence[str]) -> bool:
    """Whether they count the rows, or are all text."""
    if all(map(is_text, cells)):
        return True
    if not all(cell.strip().isdecimal() for cell in cells):
        return False
    counted = [int(cell) for cell in cells]
    return counted[0] in (0, 1) and all(later - earlier == 1 for earlier, later in pairwise(counted))
