# SPDX-License-Identifier: Apache-2.0
"""A table that is broken where the window ends: the columns that have no room stand below, with the names again."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from goodfit.report.comparison_rows import Column, RowHead, Table
from goodfit.report.terminal.ink import FAINT, INDENT, STRONG, STYLES, blank
from goodfit.report.words import plain
from goodfit.values import Part

_GAP = 2
_STRONG = (Part.PRIMARY, Part.REFERENCE)


def print_table(console: Console, table: Table) -> None:
    """Print all columns, as many side by side as the window holds."""
    names = [_name(row) for row in table.rows]
    room = max((name.cell_len for name in names), default=0)
    for place, columns in enumerate(_parts(table.columns, console.width - INDENT - room)):
        if place:
            blank(console)
        _print_part(console, table.rows, names, columns, room)


def _parts(columns: Sequence[Column], room: int) -> list[list[Column]]:
    """The columns in groups that fit beside the names; one alone is printed whatever its width."""
    groups: list[list[Column]] = []
    left = 0
    for column in columns:
        needed = _width(column) + _GAP
        if not groups or needed > left:
            groups.append([])
            left = room
        groups[-1].append(column)
        left -= needed
    return groups


def _print_part(
    console: Console, rows: Sequence[RowHead], names: Sequence[Text], columns: Sequence[Column], room: int
) -> None:
    height = max(len(column.head.split("\n")) for column in columns)
    for at in range(height):
        line = Text(" " * (INDENT + room))
        for column in columns:
            parts = column.head.split("\n")
            text = ([""] * (height - len(parts)) + parts)[at]
            line.append(" " * _GAP).append(_aligned(text, column), style=FAINT)
        _put(console, line)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        line = Text(" " * INDENT).append_text(name).append(" " * (room - name.cell_len))
        for column in columns:
            line.append(" " * _GAP).append(_aligned(column.cells[place], column), style=_style(row, column))
        _put(console, line)


def _name(row: RowHead) -> Text:
    letter = f"{row.letter} " if row.letter else "  "
    return Text.assemble((letter, FAINT), (plain(row.name), STRONG if row.part in _STRONG else ""))


def _style(row: RowHead, column: Column) -> str:
    if not column.right:
        return STYLES[row.tone]
    return STRONG if row.part in _STRONG else ""


def _width(column: Column) -> int:
    return max(len(text) for text in (*column.head.split("\n"), *column.cells))


def _aligned(text: str, column: Column) -> str:
    return text.rjust(_width(column)) if column.right else text.ljust(_width(column))


def _put(console: Console, line: Text) -> None:
    line.rstrip()
    console.print(line, soft_wrap=True)
