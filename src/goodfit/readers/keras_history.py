# SPDX-License-Identifier: Apache-2.0
"""Keras' History as JSON: a dict of lists, whose validation lists are shorter with validation_freq > 1.

    {"history": {"loss": [...9], "val_loss": [...3]}, "epoch": [0, ..., 8]}    or the inner dict alone

Keras validates after the epochs k-1, 2k-1, ... (0-based), so 3 values beside 9 epochs belong to 2, 5, 8.
"""

from collections.abc import Mapping
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name
from goodfit.readers._phrases import counted
from goodfit.readers._spacing import place_evaluations
from goodfit.readers._synonyms import axis_of
from goodfit.readers._table import Table, typed
from goodfit.values import Axis, History, MeasuredAs, RunContext, Split

Lists = dict[str, list[Any]]


class KerasHistory:
    """Known by lists of numbers under the names of losses or metrics."""

    name = "keras-history"
    what = "Keras history as JSON (a dict of lists)"

    def accepts(self, log: Log) -> bool:
        """Take any object whose values are lists of numbers, also nested one deeper."""
        return bool(_lists_of(log.data))

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, x being the epoch list, or the index where there is none."""
        lists = _lists_of(log.data)
        if not lists:
            raise FormatError("this is not a dict of lists", where=log.source)
        table, notes = _table(lists, _epochs_of(log.data))
        keras = "loss" in lists or any(f"val_{name}" in lists for name in lists)
        dialect = Dialect(
            train_measured_as=MeasuredAs.EPOCH_MEAN if keras else MeasuredAs.UNKNOWN,
            bare=Split.TRAIN if keras else None,
            context=_context(log.data),
            notes=notes,
        )
        return assemble(table, log.source, dialect)


def _lists_of(data: Any) -> Lists:
    """The lists of scalars in the object, by name."""
    if not isinstance(data, dict):
        return {}
    inner = data.get("history")
    return _named_lists(inner if isinstance(inner, dict) else data, "", depth=3)


def _named_lists(data: Mapping[str, Any], prefix: str, depth: int) -> Lists:
    found: Lists = {}
    for key, value in data.items():
        if isinstance(value, dict) and value and all(index.isdecimal() for index in value):
            value = list(value.values())  # noqa: PLW2901 - what pandas' to_json makes of a list
        if isinstance(value, list):
            if value and not any(isinstance(item, list | dict) for item in value):
                found[f"{prefix}{key}"] = value
        elif isinstance(value, dict) and depth:
            found.update(_named_lists(value, f"{prefix}{key}/", depth - 1))
    return found


def _epochs_of(data: Any) -> list[Any] | None:
    epochs = data.get("epoch") if isinstance(data, dict) else None
    return epochs if isinstance(epochs, list) else None


def _table(lists: Lists, epochs: list[Any] | None) -> tuple[Table, tuple[str, ...]]:
    """Give all lists the length of the longest; shorter validation lists go to their epochs."""
    columns = {name: typed(values)[0] for name, values in lists.items()}
    curves = [name for name in columns if parse_name(name) is not None]
    rows = max((len(columns[name]) for name in curves), default=0)
    notes: list[str] = []
    counters = {name: column for name, column in columns.items() if axis_of(name) and len(column) == rows}
    if not counters:
        x = typed(epochs)[0] if epochs is not None else []
        if epochs is not None and len(x) != rows:
            notes.append(
                f"The epoch list does not have {rows} entries, one a value; epochs were counted from 0."
            )
        counters = {"epoch": x if len(x) == rows else [float(row) for row in range(rows)]}
    counter = next((column for name, column in counters.items() if axis_of(name) is Axis.EPOCH), None)
    numbers: dict[str, list[float | None]] = dict(counters)
    for name in curves:
        placed = (
            columns[name]
            if len(columns[name]) == rows
            else _spread(name, columns[name], counter, rows, notes)
        )
        if placed is not None:
            numbers[name] = placed
    return Table(numbers=numbers, rows=rows, header=tuple(lists)), tuple(notes)


def _spread(
    name: str, values: list[float | None], epochs: list[float | None] | None, rows: int, notes: list[str]
) -> list[float | None] | None:
    """A shorter list at its epochs; None when there is no way to know them."""
    meaning = parse_name(name)
    if meaning is None or meaning.split is not Split.VALIDATION:
        notes.append(
            f"List {name!r} has {counted(len(values), 'value')} where others have {rows}; it was left out."
        )
        return None
    numbered = epochs if epochs is not None else [float(row) for row in range(rows)]
    spacing = place_evaluations(len(values), numbered)
    if spacing is None:
        notes.append(
            f"List {name!r} has {counted(len(values), 'value')} for {rows} epochs, and no even spacing fits: "
            "it was left out. Log null where nothing was measured."
        )
        return None
    notes.append(spacing.note(name))
    column: list[float | None] = [None] * rows
    for row, value in zip(spacing.rows, values, strict=True):
        column[row] = value
    return column


def _context(data: Any) -> RunContext:
    params = data.get("params") if isinstance(data, dict) else None
    planned = params.get("epochs") if isinstance(params, dict) else None
    if not isinstance(planned, int) or isinstance(planned, bool) or planned <= 0:
        return RunContext()
    epochs = _epochs_of(data)
    return RunContext(epochs_planned=planned, finished=len(epochs) >= planned if epochs is not None else None)
