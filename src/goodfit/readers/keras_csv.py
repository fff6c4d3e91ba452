# SPDX-License-Identifier: Apache-2.0
"""Keras' CSVLogger: `epoch`, then the sorted keys of the logs, `NA` where validation was skipped.

epoch,accuracy,loss,val_accuracy,val_loss
0,0.34,2.089,NA,NA
"""

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.values import History, MeasuredAs, Split


class KerasCsv:
    """Training numbers carry no prefix and are means over the epoch, in training mode."""

    name = "keras-csv"
    what = "Keras CSVLogger"

    def accepts(self, log: Log) -> bool:
        """Know it by `epoch` in front, a bare `loss`, and sorted names of which each `val_` has its twin."""
        if log.table is None:
            return False
        first, *names = log.table.header or ("",)
        validation = [name.removeprefix("val_") for name in names if name.startswith("val_")]
        return (
            first == "epoch" and "loss" in names and names == sorted(names) and set(validation) <= set(names)
        )

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it as epoch means."""
        if log.table is None:
            raise FormatError("this is not a log of Keras' CSVLogger", where=log.source)
        dialect = Dialect(train_measured_as=MeasuredAs.EPOCH_MEAN, bare=Split.TRAIN)
        return assemble(log.table, log.source, dialect)
