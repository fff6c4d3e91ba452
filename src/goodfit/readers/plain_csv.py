# SPDX-License-Identifier: Apache-2.0
"""Separated text of any tool: a header line, then a row for each epoch or step."""

from goodfit.errors import FormatError
from goodfit.readers._assemble import assemble
from goodfit.readers._log import Log
from goodfit.values import History


class PlainCsv:
    """Reads what no more particular reader knows; commas, semicolons, tabs or bars."""

    name = "csv"
    what = "CSV with a header line"

    def accepts(self, log: Log) -> bool:
        """Take any separated text that has a header."""
        return log.table is not None

    def read(self, log: Log) -> tuple[History, ...]:
        """Read all runs; how the training loss was averaged is not known."""
        if log.table is None:
            raise FormatError("this is not separated text", where=log.source)
        return assemble(log.table, log.source)
