# SPDX-License-Identifier: Apache-2.0
"""Tables that were printed to a terminal: skorch, Chainer's PrintReport, fastai, Markdown of a model card.

      epoch    train_loss    valid_acc    valid_loss     dur
    -------  ------------  -----------  ------------  ------
          1        2.2793       0.1125        2.2108  0.0309

A cell belongs to the name that it stands under, so that a place left empty is a missing value.
"""

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._console_columns import NOT_LOGGED, Header, cells_of, find_header, is_cell, is_rule
from goodfit.readers._log import Log
from goodfit.readers._numbers import numbers
from goodfit.readers._sniff import Shape
from goodfit.readers._table import Table
from goodfit.readers._unfinished import NOTE, looks_cut_off
from goodfit.values import History, MeasuredAs, Split

_EPOCH_MEANS = ({"dur", "train_loss"}, {"elapsed_time", "main/loss"})  # skorch, Chainer
_FASTAI = ("epoch", "train_loss", "valid_loss")


class ConsoleTable:
    """Known by a line of names, a loss or metric among them, above rows of numbers."""

    name = "console-table"
    what = "a table printed to a terminal (skorch, Chainer, fastai, Markdown)"

    def accepts(self, log: Log) -> bool:
        """Know it by its header."""
        return log.shape is Shape.LINES and find_header(log.lines) is not None

    def read(self, log: Log) -> tuple[History, ...]:
        """Read the rows below the header; a header that comes again goes on with the same columns."""
        header = find_header(log.lines) if log.shape is Shape.LINES else None
        if header is None:
            raise FormatError("there is no printed table", where=log.source)
        rows, notes = _rows(log, header)
        if not rows:
            raise NoCurvesError("the printed table has no rows yet", where=log.source)
        columns = {
            name: numbers(["" if cell.lower() == NOT_LOGGED else cell for cell in cells])[0]
            for name, cells in zip(header.names, zip(*rows, strict=True), strict=True)
        }
        found = {name: cells for name, cells in columns.items() if any(v is not None for v in cells)}
        table = Table(numbers=found, rows=len(rows), header=header.names, notes=tuple(notes))
        fastai = header.names[:3] == _FASTAI and header.names[-1] == "time"
        means = any(marks <= set(header.names) for marks in _EPOCH_MEANS)
        measured_as = (
            MeasuredAs.SMOOTHED if fastai else MeasuredAs.EPOCH_MEAN if means else MeasuredAs.UNKNOWN
        )
        dialect = Dialect(train_measured_as=measured_as, bare=Split.VALIDATION if fastai else None)
        return assemble(table, log.source, dialect)


def _rows(log: Log, header: Header) -> tuple[list[list[str]], list[str]]:
    rows: list[list[str]] = []
    for at in range(header.line + 1, len(log.lines)):
        line = log.lines[at]
        if not line.strip() or is_rule(line):
            continue
        cells = cells_of(line, header)
        if cells is None or not any(map(str.isdigit, line)) or not _fits(cells):
            continue
        if at == len(log.lines) - 1 and not log.ended and _is_half(cells, rows):
            return rows, [NOTE]
        rows.append(cells)
    return rows, []


def _fits(cells: list[str]) -> bool:
    """Whether a line's cells are numbers, but for times and the like."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and 2 * sum(map(is_cell, filled)) >= len(filled) and is_cell(filled[0])


def _is_half(cells: list[str], rows: list[list[str]]) -> bool:
    at = max(i for i, cell in enumerate(cells) if cell)
    return at < len(cells) - 1 or looks_cut_off(cells[at], [row[at] for row in rows[-20:]])
