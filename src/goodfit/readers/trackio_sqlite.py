# SPDX-License-Identifier: Apache-2.0
"""trackio's database, one a project: a row for each call of `log`, its metrics as JSON.

    run_name  step  metrics
    base      0     {"train_loss":2.25,"val_loss":2.0}
    base      4     {"train_loss":0.5,"val_loss":"NaN"}      NaN and infinity are written as text

`step` counts calls unless the user gives it.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._phrases import counted
from goodfit.readers._sniff import Shape
from goodfit.readers._table import from_records
from goodfit.readers._tracked import context_of, run_labels
from goodfit.readers.wandb_offline import preferred
from goodfit.values import History

if TYPE_CHECKING:
    import sqlite3

_NEEDED = frozenset({"run_name", "step", "metrics"})
Row = dict[str, Any]
Runs = dict[tuple[str, str], list[Row]]  # (id, name) -> rows


class TrackioSqlite:
    """Known by its table `metrics` with JSON in it."""

    name = "trackio-sqlite"
    what = "trackio's database"

    def accepts(self, log: Log) -> bool:
        """Know it by the columns of its table."""
        if log.shape is not Shape.SQLITE:
            return False
        from goodfit.readers._sqlite import columns, database  # loads sqlite3

        with database(log) as connection:
            return columns(connection, "metrics") >= _NEEDED

    def read(self, log: Log) -> tuple[History, ...]:
        """Read every run, by the user's epoch or the step."""
        from goodfit.readers._sqlite import columns, database

        with database(log) as connection:
            has = columns(connection, "metrics")
            if not has >= _NEEDED:
                raise FormatError("this is no database of trackio", where=log.source)
            key = "run_id" if "run_id" in has else "run_name"
            runs, damaged = _rows(connection, key)
            settings = _settings(connection, key)
        found: list[History] = []
        empty: NoCurvesError | None = None
        note = (f"{counted(damaged, 'row')} that are no JSON object were left out.",) if damaged else ()
        for (run, rows), label in zip(runs.items(), run_labels(list(runs)), strict=True):
            where = f"{log.source} ({label})" if label else log.source
            dialect = Dialect(
                prefer=preferred(rows), context=context_of(settings.get(run[0], {})), notes=note
            )
            try:
                found.extend(assemble(from_records(rows), where, dialect))
            except NoCurvesError as error:
                empty = error
        if not found:
            raise empty or NoCurvesError(
                "no run in it has a metric", where=log.source, todo="log train_loss and val_loss"
            )
        return tuple(found)


def _rows(connection: "sqlite3.Connection", key: str) -> tuple[Runs, int]:
    rows = connection.execute(
        f"SELECT {key}, run_name, step, metrics FROM metrics WHERE typeof(step) = 'integer' ORDER BY rowid"  # noqa: S608
    )
    runs: Runs = {}
    damaged = 0
    for run, name, step, metrics in rows:
        values = _object(metrics)
        if values is None:
            damaged += 1
            continue
        runs.setdefault((str(run), str(name)), []).append({"step": step, **values})
    return runs, damaged


def _settings(connection: "sqlite3.Connection", key: str) -> Mapping[str, Row]:
    from goodfit.readers._sqlite import columns

    has = columns(connection, "configs")
    if not has >= {key, "config"}:
        return {}
    rows = connection.execute(f"SELECT {key}, config FROM configs")  # noqa: S608 - one of two fixed words
    return {str(run): _object(config) or {} for run, config in rows}


def _object(written: Any) -> Row | None:
    """A JSON object from text or bytes; None when it is none."""
    if not isinstance(written, str | bytes):
        return None
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
