# SPDX-License-Identifier: Apache-2.0
"""Whether the last number of a log that does not end with its line is whole, or half written.

    0.503155        a log that is copied while it grows may end in 0.5031, or in 1.2e-0 of 1.2e-05
    0.47

Half a number is a wrong number, so one that looks short beside those above it is left out.
"""

import re
from collections.abc import Sequence

from goodfit.readers._cells import is_number

_STOPPED = re.compile(r"(?:^[+-]?|[.,]|[eE][+-]?|[eE][+-]?\d)$")  # "-", "1.", "1.5e-", "1.5e-0"
_RANK = re.compile(r"^\s*[+-]?\d+\s*$")
NOTE = "The last line is incomplete and was left out: the log may still be written."


def looks_cut_off(cell: str, above: Sequence[str]) -> bool:
    """Whether a last cell may be the beginning of a longer number, by the cells above it."""
    text = cell.strip()
    earlier = [other.strip() for other in above if other.strip()]
    if not earlier or not text:
        return len(earlier) == len(above)  # nothing to compare it with, or nothing where others have a number
    if not is_number(text):
        return all(map(is_number, earlier))
    if _STOPPED.search(text) and not all(_STOPPED.search(other) for other in earlier):
        return True
    if _RANK.match(text) and all(map(_RANK.match, earlier)):
        return int(text) < int(earlier[-1])  # a counter that seems to go back
    if _exponents(earlier) and not _exponents([text]):
        return True
    lengths = sorted(map(len, earlier))
    return 2 * len(text) < lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]  # twice the median


def _exponents(cells: Sequence[str]) -> bool:
    return any("e" in cell.lower() and cell.lower() not in ("none", "true", "false") for cell in cells)
