# SPDX-License-Identifier: Apache-2.0
"""Records in JSON: JSON Lines, or one array of objects; training and validation may stand apart.

{"epoch": 0, "loss": 2.17}
{"epoch": 0, "val": {"loss": 1.75, "acc": 0.68}}
"""

from collections.abc import Sequence
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._json_lines import LineRecords
from goodfit.readers._log import Log
from goodfit.readers._table import from_records
from goodfit.values import History


def records_of(log: Log) -> Sequence[dict[str, Any]] | None:
    """The log's objects when it is a sequence of them, else None."""
    data = log.data
    if isinstance(data, LineRecords):
        return data
    if isinstance(data, list) and data and all(isinstance(record, dict) for record in data):
        return data
    return None


class JsonRecords:
    """Reads what no more particular reader knows; nested objects become "outer/inner"."""

    name = "json-records"
    what = "JSON Lines, or a JSON array of objects"

    def accepts(self, log: Log) -> bool:
        """Take any sequence of objects."""
        return records_of(log) is not None

    def read(self, log: Log) -> tuple[History, ...]:
        """Read all runs; how the training loss was averaged is not known."""
        records = records_of(log)
        if records is None:
            raise FormatError("this is not a sequence of JSON objects", where=log.source)
        return assemble(from_records(records), log.source, Dialect(notes=log.notes))
