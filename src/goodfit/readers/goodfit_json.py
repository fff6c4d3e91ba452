# SPDX-License-Identifier: Apache-2.0
"""goodfit's own JSON: a History, or a Run or Report that carries one, read back unchanged."""

from typing import Any

from goodfit.errors import FormatError, SchemaError
from goodfit.readers._log import Log
from goodfit.values import History, Report, Run, from_json


class GoodfitJson:
    """Known by the type and schema version in front."""

    name = "goodfit-json"
    what = "goodfit's own JSON"

    def accepts(self, log: Log) -> bool:
        """Know it by its `type` and `schema_version`."""
        data = log.data
        return isinstance(data, dict) and "schema_version" in data and data.get("type") in _KINDS

    def read(self, log: Log) -> tuple[History, ...]:
        """Read the history as it was written."""
        data: Any = log.data
        if not self.accepts(log):
            raise FormatError("this is not JSON written by goodfit", where=log.source)
        try:
            if data["type"] == "Report":
                return (from_json(Report, data).history,)
            if data["type"] == "Run":
                return (from_json(Run, data).history,)
            return (from_json(History, data),)
        except SchemaError as error:
            where = f"{log.source}, {error.where}" if error.where else log.source
            todo = error.todo or "give a file written by this version of goodfit"
            raise FormatError(error.found, where=where, todo=todo) from None


_KINDS = frozenset({"History", "Run", "Report"})
