# SPDX-License-Identifier: Apache-2.0
"""goodfit's own JSON: a History, or a Run or Report that carries one, read back unchanged."""

from typing import Any

from goodfit.errors import FormatError, NoCurvesError, SchemaError
from goodfit.readers._log import Log
from goodfit.values import History, Report, Run, from_json


class GoodfitJson:
    """Known by the type and schema version in front."""

    name = "goodfit-json"
    what = "goodfit's own JSON"

    def accepts(self, log: Log) -> bool:
        """Know it by its `type` and `schema_version`."""
        data = log.data
        if not isinstance(data, dict) or "schema_version" not in data:
            return False
        kind = data.get("type")
        return isinstance(kind, str) and kind in _KINDS

    def read(self, log: Log) -> tuple[History, ...]:
        """Read the history as it was written."""
        data: Any = log.data
        if not self.accepts(log):
            raise FormatError("this is not JSON written by goodfit", where=log.source)
        try:
            history = _history(data)
        except SchemaError as error:
            where = f"{log.source}, {error.where}" if error.where else log.source
            todo = error.todo or "give a file written by this version of goodfit"
            raise FormatError(error.found, where=where, todo=todo) from None
        if not history.curves:
            raise NoCurvesError(
                "the history holds no curve", where=log.source, todo="give one with a loss in it"
            )
        return (history,)


def _history(data: Any) -> History:
    if data["type"] == "Report":
        return from_json(Report, data).history
    return from_json(Run, data).history if data["type"] == "Run" else from_json(History, data)


_KINDS = frozenset({"History", "Run", "Report"})
