# SPDX-License-Identifier: Apache-2.0
"""Plain lists -> History, for runs that were never logged to a file."""

from collections.abc import Iterable
from typing import Any

from goodfit.errors import NoCurvesError, SettingsError
from goodfit.readers._assemble import assemble
from goodfit.readers._phrases import counted
from goodfit.readers._spacing import place_evaluations
from goodfit.readers._synonyms import axis_of
from goodfit.readers._table import Table
from goodfit.values import History

Series = Iterable[Any]  # of numbers and None; a list, a tuple, an array, a tensor
SOURCE = "lists given in Python"


def history_from_lists(
    *, train_loss: Series | None = None, val_loss: Series | None = None, **metrics: Series | None
) -> History:
    """Build a history from lists of one value an epoch, None where nothing was measured.

    Metrics are named as columns are (`val_accuracy`, `train_f1`), and their goal follows from the
    name; `epoch=` or `step=` gives the x values, which count from 0 otherwise. A list that is shorter
    than the others is placed when it fits one even spacing only (validation every k-th epoch).
    Arrays and tensors are taken as they are.

    Raises:
        SettingsError: an entry is no number, or a list's length fits no epochs.
        NoCurvesError: nothing is left to judge.
    """
    given = {"train_loss": train_loss, "val_loss": val_loss, **metrics}
    columns = {name: _numbers(name, series) for name, series in given.items() if series is not None}
    rows = max(map(len, columns.values()), default=0)
    if not rows or not any(axis_of(name) is None for name in columns):
        raise NoCurvesError(
            "no values were given", where=SOURCE, todo="give train_loss=[...] and val_loss=[...]"
        )
    notes: list[str] = []
    if not any(map(axis_of, columns)):
        columns["epoch"] = [float(row) for row in range(rows)]
    numbers = {name: _placed(name, column, rows, notes) for name, column in columns.items()}
    (history,) = assemble(Table(numbers=numbers, rows=rows, notes=tuple(notes)), SOURCE)
    return history


def _numbers(name: str, series: Any) -> list[float | None]:
    if isinstance(series, str | bytes | dict):
        raise _refused(name, f"found a {type(series).__name__} where a list of numbers was expected")
    listed = series.tolist() if hasattr(series, "tolist") else series
    try:
        items = list(listed)
    except TypeError:
        raise _refused(name, f"found {series!r:.40} where a list of numbers was expected") from None
    return [_number(name, at, item) for at, item in enumerate(items)]


def _number(name: str, at: int, item: Any) -> float | None:
    if hasattr(item, "tolist"):  # a single-number array or tensor
        item = item.tolist()
    if item is None:
        return None
    if isinstance(item, bool | str | bytes | complex) or not hasattr(item, "__float__"):
        raise _refused(name, f"entry {at} is {item!r:.40}, not a number")
    try:
        return float(item)
    except (TypeError, ValueError, OverflowError) as error:
        raise _refused(name, f"entry {at} is not a number: {error}") from None


def _placed(name: str, column: list[float | None], rows: int, notes: list[str]) -> list[float | None]:
    if len(column) == rows:
        return column
    spacing = None if axis_of(name) else place_evaluations(len(column), [float(row) for row in range(rows)])
    if spacing is None or spacing.others:
        raise _refused(name, f"it has {counted(len(column), 'value')} where the longest list has {rows}")
    notes.append(spacing.note(name))
    placed: list[float | None] = [None] * rows
    for row, value in zip(spacing.rows, column, strict=True):
        placed[row] = value
    return placed


def _refused(name: str, found: str) -> SettingsError:
    return SettingsError(
        found, where=f"{name}=", todo="give one number an epoch, and None where nothing was measured"
    )
