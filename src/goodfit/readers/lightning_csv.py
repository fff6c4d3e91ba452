# SPDX-License-Identifier: Apache-2.0
"""Lightning's metrics.csv: training and validation of one epoch stand in different rows.

    epoch,step,train_loss,val_loss
    0,6,,1.746
    0,6,2.175,

`_step` columns hold the last batch, `_epoch` columns the mean over the epoch. A column without either
is told apart by the order of the rows: epoch means are written after the validation of their epoch,
single batches before it.
"""

from collections import Counter

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._axis import oldest_first
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name
from goodfit.readers._sparse import picked, present
from goodfit.readers._table import Table
from goodfit.values import History, MeasuredAs, Split


class LightningCsv:
    """Known by `epoch` and `step` together, with training and validation never in one row."""

    name = "lightning-csv"
    what = "Lightning metrics.csv"

    def accepts(self, log: Log) -> bool:
        """Know it by its two counters and its half-empty rows."""
        table = log.table
        if table is None or not {"epoch", "step"} <= set(table.numbers):
            return False
        if any(name.endswith("_step") and f"{name[:-5]}_epoch" in table.numbers for name in table.numbers):
            return True
        train, validation = _rows(table, Split.TRAIN), _rows(table, Split.VALIDATION)
        return bool(train and validation) and train.isdisjoint(validation)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, one value an epoch."""
        if log.table is None or not self.accepts(log):
            raise FormatError("this is not a metrics.csv of Lightning", where=log.source)
        measured_as = _measured_as(oldest_first(log.table)[0])
        return assemble(log.table, log.source, Dialect(train_measured_as=measured_as))


def _rows(table: Table, split: Split, *, unmarked: bool = False) -> set[int]:
    """The rows in which a column of the split has a value; `unmarked` asks only those whose name says no averaging."""
    found: set[int] = set()
    for source, column in table.numbers.items():
        name = parse_name(source)
        if name is not None and name.split is split and not (unmarked and name.measured_as):
            found.update(present(column)[0])
    return found


def _measured_as(table: Table) -> MeasuredAs:
    """How training columns without a suffix came about, from the order of rows in each epoch."""
    epochs = table.numbers["epoch"]
    train = sorted(_rows(table, Split.TRAIN, unmarked=True))
    validation = sorted(_rows(table, Split.VALIDATION))
    trained = picked(epochs, train)
    times = Counter(trained)
    last = dict(zip(picked(epochs, validation), validation, strict=True))  # of the validation of each epoch
    rows = dict(zip(trained, train, strict=True))
    both = last.keys() & rows.keys()
    if not both:
        return MeasuredAs.UNKNOWN
    after = all(times[epoch] == 1 and rows[epoch] > last[epoch] for epoch in both)
    return MeasuredAs.EPOCH_MEAN if after else MeasuredAs.LAST_BATCH
