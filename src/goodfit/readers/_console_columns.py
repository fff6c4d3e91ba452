# SPDX-License-Identifier: Apache-2.0
"""Tables as they are printed to a terminal: a cell belongs to the name that it stands under.

epoch       iteration   main/loss   validation/main/loss
1           7           2.17        1.75
1           8           2.01

An empty cell leaves only spaces, so the cells are told apart by where they stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.readers._numbers import MISSING, number
from goodfit.readers._pairs import read_line
from goodfit.readers._synonyms import goal_of, words

_CELL = re.compile(r"\S+(?: \S+)*")
_WORD = re.compile(r"\S+")
_RULE = re.compile(r"^[\s|+:=─━—-]*[-=─━—]{2,}[\s|+:=─━—-]*$")
NOT_LOGGED = "no log"  # what Hugging Face writes where the training loss was not yet logged
_SOON = 3  # lines below a header in which its first row stands


@dataclass(frozen=True, slots=True)
class Header:
    """Where a printed table begins, and its names with the place of each."""

    line: int
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]  # () when bars part the cells


def find_header(lines: Sequence[str], start: int = 0) -> Header | None:
    """The first line from `start` on that heads a table with a loss or metric in it."""
    for at in range(start, len(lines)):
        line = lines[at]
        if any(map(str.isdigit, line)) and read_line(line).quantities:
            continue
        lowered = line.lower()
        if "loss" not in lowered and "epoch" not in lowered and not _has_known(line):
            continue
        header = _header(at, line)
        if header is None:
            continue
        below = (row for row in lines[at + 1 : at + 1 + _SOON] if row.strip() and not _RULE.match(row))
        row = next(below, "")
        if row and (cells := cells_of(row, header)) and _numbers(cells) * 2 >= len([c for c in cells if c]):
            return header
    return None


def _header(at: int, line: str) -> Header | None:
    if line.count("|") > 1:
        names = tuple(part.strip() for part in line.strip().strip("|").split("|"))
        spans: tuple[tuple[int, int], ...] = ()
    else:
        found = list(_CELL.finditer(line.replace("\t", "   ")))
        if len(found) <= 1 or any(_is_several(m.group()) for m in found):
            found = list(_WORD.finditer(line))
        names, spans = tuple(m.group() for m in found), tuple(m.span() for m in found)
    known = [name for name in names if _name_known(name)]
    clean = not any(re.search(r"[=:,;{}]", name) for name in names)
    return Header(at, names, spans) if len(names) > 1 and known and clean else None


def _is_several(text: str) -> bool:
    """Whether words that one space parts are several names, and not one of two words such as "val loss"."""
    parts = text.split()
    return len(parts) > 1 and (len(parts) != len(("val", "loss")) or not _name_known(text))


def _name_known(name: str) -> bool:
    parts = words(name)
    return bool(parts) and (goal_of(name) is not None) and goal_of(parts[-1]) is not None


def _has_known(line: str) -> bool:
    return any(_name_known(word) for word in line.split())


def cells_of(line: str, header: Header) -> list[str] | None:
    """The cells of a row by the header's names; None when the line is no row of this table."""
    if not header.spans:
        cells = [part.strip() for part in line.strip().strip("|").split("|")]
        return cells if len(cells) == len(header.names) else None
    found = list(_WORD.finditer(line))
    if len(found) == len(header.names):
        return [m.group() for m in found]
    if not found or len(found) > len(header.names):
        return None
    cells = [""] * len(header.names)
    for match in found:
        at = _under(match.start(), match.end(), header.spans)
        if at is None or cells[at]:
            return None
        cells[at] = match.group()
    return cells


def _under(start: int, end: int, spans: Sequence[tuple[int, int]]) -> int | None:
    """The name that a cell overlaps most; None when it overlaps none."""
    overlaps = [min(end, right) - max(start, left) for left, right in spans]
    best = max(range(len(spans)), key=overlaps.__getitem__)
    return best if overlaps[best] > 0 else None


def _numbers(cells: Sequence[str]) -> int:
    return sum(is_cell(cell) for cell in cells if cell)


def is_cell(cell: str) -> bool:
    """Whether a cell holds a number, or a sign for a missing one."""
    if cell.lower() in MISSING or cell.lower() == NOT_LOGGED:
        return True
    try:
        number(cell)
    except ValueError:
        return False
    return True


def is_rule(line: str) -> bool:
    """Whether a line is drawn of dashes."""
    return bool(_RULE.match(line))
