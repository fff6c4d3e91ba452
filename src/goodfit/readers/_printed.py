# SPDX-License-Identifier: Apache-2.0
"""Whether text was printed for people, line by line, or is a table with a header.

epoch,train_loss,val_loss            Epoch 1/10
0,2.1,1.9                            loss: 2.1 - val_loss: 1.9
"""

import re

from goodfit.readers._console_columns import find_header, is_rule
from goodfit.readers._pairs import read_line
from goodfit.readers._screen import shown_lines

_LOOKED_AT = 2**16  # characters
_DELIMITERS = ",;\t|"
_TREE = re.compile(r"^(?:.*?\s)?\[\d+\]\t\S|^\d+:\tlearn: ")  # a line of a gradient boosting library
_RECORD = re.compile(r"\{'(?:.*')?(?:eval_)?loss':")  # a printed Python dict


def are_printed(text: str) -> bool:
    """Whether numbers stand behind their names, or a table was printed that separated cells cannot hold."""
    lines = shown_lines(text[:_LOOKED_AT])
    return not _has_cells(lines) and is_log(lines)


def is_log(lines: list[str]) -> bool:
    """Whether at least one line names a loss or metric with its number, or heads a printed table."""
    return find_header(lines) is not None or any(
        _TREE.match(line) or _RECORD.search(line) or read_line(line).quantities for line in lines
    )


def _has_cells(lines: list[str]) -> bool:
    """Whether the first lines are a header and a row of as many cells."""
    filled = (line for line in lines if line.strip() and not line.startswith("#"))
    header, row = next(filled, ""), next(filled, "")
    if is_rule(row):
        return False  # a table drawn with dashes
    if not row or read_line(header).quantities or read_line(row).quantities:
        return False
    delimiter = max(_DELIMITERS, key=header.count)
    if _is_number(row):
        return True
    if delimiter in header:
        return header.count(delimiter) == row.count(delimiter) or not any(c in row for c in " :=")
    # Only spaces part the cells: where one cell is left empty, it is not known which.
    width = len(header.split())
    return any(map(_is_number, row.split())) and all(
        len(each.split()) == width for each in (row, *list(filled)[:-1])
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
