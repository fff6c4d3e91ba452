# SPDX-License-Identifier: Apache-2.0
"""Lightning's metrics.csv: training and validation of one epoch stand in different rows.

    epoch,step,train_loss,val_loss
    0,6,,1.746
    0,6,2.175,

`_step` columns hold the last batch, `_epoch` columns the mean over the epoch. A column without either
is told apart by the order of the rows: epoch means are written after the validation of their epoch,
single batches before it.
"""

from collections.abc import Sequence

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._axis import oldest_first
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name
from goodfit.readers._table import Table
from goodfit.values import History, MeasuredAs, Split

Cells = Sequence[float | None]


class LightningCsv:
    """Known by `epoch` and `step` together, with training and validation never in one row."""

    name = "lightning-csv"
    what = "Lightning metrics.csv"

    def accepts(self, log: Log) -> bool:
        """Know it by its two counters and its half-empty rows."""
        table = log.table
        if table is None or not {"epoch", "step"} <= set(table.numbers):
            return False
        train, validation = _columns(table, Split.TRAIN), _columns(table, Split.VALIDATION)
        if any(name.endswith("_step") and f"{name[:-5]}_epoch" in table.numbers for name in table.numbers):
            return True
        return bool(train and validation) and not any(
            any(column[row] is not None for column in train)
            and any(column[row] is not None for column in validation)
            for row in range(table.rows)
        )

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, one value an epoch."""
        if log.table is None or not self.accepts(log):
            raise FormatError("this is not a metrics.csv of Lightning", where=log.source)
        measured_as = _measured_as(oldest_first(log.table)[0])
        return assemble(log.table, log.source, Dialect(train_measured_as=measured_as))


def _columns(table: Table, split: Split) -> list[Cells]:
    named = ((parse_name(name), column) for name, column in table.numbers.items())
    return [column for name, column in named if name is not None and name.split is split]


def _measured_as(table: Table) -> MeasuredAs:
    """How training columns without a suffix came about, from the order of rows in each epoch."""
    epochs = table.numbers["epoch"]
    train, validation = _columns(table, Split.TRAIN), _columns(table, Split.VALIDATION)
    rows_of: dict[float | None, tuple[list[int], list[int]]] = {}
    for row, epoch in enumerate(epochs):
        own = rows_of.setdefault(epoch, ([], []))
        for rows, columns in zip(own, (train, validation), strict=True):
            if any(column[row] is not None for column in columns):
                rows.append(row)
    both = [own for own in rows_of.values() if own[0] and own[1]]
    if not both:
        return MeasuredAs.UNKNOWN
    after = all(len(train_rows) == 1 and train_rows[0] > max(rows) for train_rows, rows in both)
    return MeasuredAs.EPOCH_MEAN if after else MeasuredAs.LAST_BATCH
