# SPDX-License-Identifier: Apache-2.0
"""Several tables that count the same steps, a file each -> one table, row by row of the step."""

from collections.abc import Callable, Mapping
from pathlib import Path

from goodfit.errors import NoCurvesError
from goodfit.readers._log import Log
from goodfit.readers._synonyms import axis_of
from goodfit.readers._table import Table

Named = Callable[
    [str, str, int], str
]  # of a file, a column in it, and the column's place: its name among all


def joined(files: Mapping[str, Path], named: Named) -> Table:
    """Lay the files side by side; the last value that a file gives for a step counts.

    Raises:
        ReadError: a file cannot be read.
    """
    counters: dict[str, dict[float, None]] = {}
    cells: dict[str, dict[float, float]] = {}
    notes: list[str] = []
    counter = "step"
    for file, path in files.items():
        try:
            table = Log.open(path).table
        except NoCurvesError as error:
            notes.append(f"{file}: {error.found}.")
            continue
        if table is None:
            continue
        notes += [f"{file}: {note}" for note in table.notes]
        counter = next((name for name in table.numbers if axis_of(name)), counter)
        places = table.numbers.get(counter) or [float(row) for row in range(table.rows)]
        values = [name for name in table.numbers if name not in (counter, "timestamp")]
        for at, name in enumerate(values):
            column = cells.setdefault(named(file, name, at), {})
            for place, value in zip(places, table.numbers[name], strict=True):
                if place is not None and value is not None:
                    column[place] = value
                    counters.setdefault("x", {})[place] = None
    places_of_all = sorted(counters.get("x", {}))
    numbers: dict[str, list[float | None]] = {counter: list(places_of_all)}
    numbers |= {name: [column.get(place) for place in places_of_all] for name, column in cells.items()}
    return Table(numbers=numbers, rows=len(places_of_all), notes=tuple(notes))
