# SPDX-License-Identifier: Apache-2.0
"""fastai's CSVLogger: the training loss is a running mean, bare metrics are validation metrics.

    epoch,train_loss,valid_loss,accuracy,time
    0,2.155,1.764,0.684,00:05

The recorder smooths the training loss exponentially (0.98 a batch), so it lags behind and hides the
beginning of over-fitting.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.values import History, MeasuredAs, Split

_CLOCK = re.compile(r"^(\d+:)?\d+:\d\d$")


class FastaiCsv:
    """Known by its column of clock times."""

    name = "fastai-csv"
    what = "fastai CSVLogger"

    def accepts(self, log: Log) -> bool:
        """Know it by epoch, train_loss, ... and a last column of times such as 00:05."""
        if log.table is None or log.table.header[:2] != ("epoch", "train_loss"):
            return False
        times = [cell for cell in log.table.words.get("time", ()) if cell]
        return bool(times) and all(map(_CLOCK.match, times))

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it as a running mean."""
        if log.table is None:
            raise FormatError("this is not a log of fastai's CSVLogger", where=log.source)
        dialect = Dialect(train_measured_as=MeasuredAs.SMOOTHED, bare=Split.VALIDATION)
        return assemble(log.table, log.source, dialect)
