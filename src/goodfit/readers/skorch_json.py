# SPDX-License-Identifier: Apache-2.0
"""skorch's history.json: one object an epoch, whose losses are means over the epoch's batches.

[{"epoch": 1, "train_loss": 2.17, "valid_loss": 1.75, "dur": 0.6, "batches": [...]}, ...]
"""

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._table import from_records
from goodfit.readers.json_records import records_of
from goodfit.values import History, MeasuredAs


class SkorchJson:
    """Known by `batches` and `dur` beside the losses."""

    name = "skorch-json"
    what = "skorch history.json"

    def accepts(self, log: Log) -> bool:
        """Know it by the list of batches in its first record."""
        records = records_of(log)
        first = records[0] if records else {}
        return isinstance(first.get("batches"), list)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it as epoch means."""
        records = records_of(log)
        if records is None:
            raise FormatError("this is not a history of skorch", where=log.source)
        dialect = Dialect(train_measured_as=MeasuredAs.EPOCH_MEAN, notes=log.notes)
        return assemble(from_records(records), log.source, dialect)
