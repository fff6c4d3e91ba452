# SPDX-License-Identifier: Apache-2.0
"""Cells to numbers, with "missing" and NaN kept apart.

numbers(["0.5", "", "nan"])  ->  [0.5, None, nan]      `NA`, `null`, `-` are missing too
"""

import re
from collections.abc import Sequence
from typing import Any

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "-", "--", "?", "missing", "no log"}
)
_TENSOR = re.compile(r"^(?:tensor|np\.float\d+|array)\(\s*([^,()\s]+)\s*(?:,[^()]*)?\)$")
_OF_TOTAL = re.compile(r"^(\d+)\s*/\s*\d+$")  # "3/40", as some tools write their epoch
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$")


def number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """Read one cell: a float, or None when it is missing.

    Raises:
        ValueError: the cell holds text that is no number.
    """
    try:
        return float(cell)
    except ValueError:
        pass
    text = cell.strip()
    if text.lower() in MISSING:
        return None
    if decimal_comma and _DECIMAL_COMMA.match(text):
        return float(text.replace(",", "."))
    if printed := _TENSOR.match(text) or _OF_TOTAL.match(text):
        return float(printed.group(1))
    return float(text.removesuffix("%"))


def numbers(cells: Sequence[str], *, decimal_comma: bool = False) -> tuple[list[float | None], int]:
    """Read a column of text cells; also returns how many cells held text that is no number."""
    try:
        return list(map(float, cells)), 0
    except ValueError:
        pass
    values: list[float | None] = []
    unreadable = 0
    for cell in cells:
        try:
            values.append(number(cell, decimal_comma=decimal_comma))
        except ValueError:
            values.append(None)
            unreadable += 1
    return values, unreadable


def scalar(value: Any) -> float | None:
    """Read one JSON scalar: a number, null, or a number written as text ("NaN", "0.5").

    Raises:
        ValueError: true, false, a list, an object, or text that is no number.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{type(value).__name__} is no number")  # noqa: TRY004 - one kind for all of them
    try:
        return float(value)
    except OverflowError:  # an integer beyond the range of floats
        return float("inf") if value > 0 else float("-inf")
