# SPDX-License-Identifier: Apache-2.0
"""MLflow's database `mlflow.db`: every value of every run, by key and step.

    key         value   timestamp       run_uuid   step  is_nan
    train_loss  2.25    1795631543948   fc378...   0     0
    val_loss    0.0     1795631544080   fc378...   4     1        NaN, stored as 0.0

NaN is a flag, and infinity is stored as the largest float. Without `step=` every step is 0; the order of writing
counts then. A resumed run has some steps twice.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan
from sys import float_info
from typing import TYPE_CHECKING

from goodfit.errors import FormatError
from goodfit.readers._log import Log
from goodfit.readers._phrases import counted
from goodfit.readers._sniff import Shape
from goodfit.readers._tracked import TrackedRun, histories
from goodfit.values import History

if TYPE_CHECKING:
    import sqlite3

    from goodfit.readers._series import Series

_NEEDED = frozenset({"key", "value", "timestamp", "run_uuid"})
_LARGEST = {float_info.max: inf, -float_info.max: -inf}


@dataclass(slots=True)
class _Points:
    """What was logged under one key, in the order written."""

    times: "array[float]" = field(default_factory=lambda: array("d"))
    steps: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def series(self, name: str) -> "Series":
        """In the order of time; what has one time stays in the order written."""
        from goodfit.readers._series import in_time  # loads numpy

        return in_time(name, self.times, self.steps, self.values)


class MlflowSqlite:
    """Known by its tables `metrics` and `runs`."""

    name = "mlflow-sqlite"
    what = "MLflow's mlflow.db"

    def accepts(self, log: Log) -> bool:
        """Know it by the columns of its tables."""
        if log.shape is not Shape.SQLITE:
            return False
        from goodfit.readers._sqlite import columns, database  # loads sqlite3

        with database(log) as connection:
            return columns(connection, "metrics") >= _NEEDED and "run_uuid" in columns(connection, "runs")

    def read(self, log: Log) -> tuple[History, ...]:
        """Read every run that was not deleted, x in the steps that were logged."""
        from goodfit.readers._sqlite import columns, database

        with database(log) as connection:
            has = columns(connection, "metrics")
            if not has >= _NEEDED:
                raise FormatError("this is no database of MLflow", where=log.source)
            points, left_out = _points(connection, has)
            names, deleted = _runs(connection)
            settings = _settings(connection)
        notes = (f"{counted(left_out, 'row')} without a number were left out.",) if left_out else ()
        runs = [
            TrackedRun(
                id=run,
                name=names.get(run, ""),
                series=[each.series(key) for key, each in keys.items()],
                settings=settings.get(run, {}),
                notes=notes,
            )
            for run, keys in points.items()
            if run not in deleted
        ]
        return histories(runs, log.source)


def _points(
    connection: "sqlite3.Connection", has: frozenset[str]
) -> tuple[Mapping[str, dict[str, _Points]], int]:
    """The points of every run by key, and how many rows hold none."""
    nan_flag = "is_nan" if "is_nan" in has else "0"
    step = "step" if "step" in has else "0"
    rows = connection.execute(
        f"SELECT run_uuid, key, value, timestamp, {step}, {nan_flag} FROM metrics "  # noqa: S608 - two fixed words
        f"WHERE typeof(value) IN ('real', 'integer') AND typeof(timestamp) = 'integer' AND typeof({step}) = 'integer' "
        "AND typeof(key) = 'text' AND typeof(run_uuid) = 'text' ORDER BY rowid"
    )
    found: dict[str, dict[str, _Points]] = {}
    (left_out,) = connection.execute("SELECT count(*) FROM metrics").fetchone()
    for run, key, value, timestamp, place, is_nan in rows:
        left_out -= 1
        points = found.setdefault(run, {}).setdefault(key, _Points())
        points.times.append(timestamp)
        points.steps.append(place)
        points.values.append(nan if is_nan else _LARGEST.get(value, value))
    return found, left_out


def _runs(connection: "sqlite3.Connection") -> tuple[dict[str, str], set[str]]:
    """The names of the runs, and those that were deleted and only lie in the bin."""
    from goodfit.readers._sqlite import columns

    has = columns(connection, "runs")
    name = "name" if "name" in has else "''"
    stage = "lifecycle_stage" if "lifecycle_stage" in has else "''"
    rows = list(connection.execute(f"SELECT run_uuid, {name}, {stage} FROM runs"))  # noqa: S608 - two fixed words
    names = {str(run): str(name or "") for run, name, _ in rows}
    return names, {str(run) for run, _, stage in rows if stage == "deleted"}


def _settings(connection: "sqlite3.Connection") -> dict[str, dict[str, str]]:
    from goodfit.readers._sqlite import columns

    found: dict[str, dict[str, str]] = {}
    if columns(connection, "params") >= {"run_uuid", "key", "value"}:
        for run, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
            found.setdefault(str(run), {})[str(key)] = str(value)
    return found
