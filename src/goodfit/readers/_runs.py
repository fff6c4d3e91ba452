# SPDX-License-Identifier: Apache-2.0
"""Tables that hold more than one thing a row: the split in a cell, or several runs below each other.

epoch,phase,loss              run,epoch,val_loss
0,train,2.1                   a,0,1.7
0,val,1.8                     b,0,1.6
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from goodfit.readers._names import parse_name, split_of
from goodfit.readers._synonyms import NAME_COLUMNS, RUN_COLUMNS, SPLIT_COLUMNS, VALUE_COLUMNS, axis_of, words
from goodfit.readers._table import MAX_CELLS, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """The rows of one run; `label` is "" when the file holds only one."""

    label: str
    table: Table


def spread(table: Table) -> Table:
    """Give every quantity and every split a column of its own, where cells name them."""
    return _spread_splits(_spread_names(table))


def _spread_names(table: Table) -> Table:
    """Turn `metric,value` rows into one column a metric."""
    names = next((name for name in table.words if _plain(name) in NAME_COLUMNS), None)
    values = next((name for name in table.numbers if _plain(name) in VALUE_COLUMNS), None)
    if names is None or values is None:
        return table
    cells = table.words[names]
    quantities = [cell for cell in dict.fromkeys(cells) if parse_name(cell) is not None]
    if not quantities or len(quantities) * table.rows > MAX_CELLS:
        return table
    numbers = {name: column for name, column in table.numbers.items() if name != values}
    numbers |= {quantity: _where(table.numbers[values], cells, quantity) for quantity in quantities}
    return replace(table, numbers=numbers, words=_without(table.words, names))


def _spread_splits(table: Table) -> Table:
    """Turn a column that names each row's split into columns of their own ("val/loss")."""
    for name, cells in table.words.items():
        known = {cell: split_of(cell) for cell in set(cells) if cell}
        if _plain(name) in SPLIT_COLUMNS and known and all(known.values()):
            return _spread_by(table, name, cells)
    return table


def _spread_by(table: Table, by: str, cells: Sequence[str]) -> Table:
    numbers: dict[str, Sequence[float | None]] = {}
    for name, column in table.numbers.items():
        meaning = parse_name(name)
        if meaning is None or meaning.split is not None:
            numbers[name] = column
            continue
        for cell in dict.fromkeys(cells):
            own = _where(column, cells, cell)
            if any(value is not None for value in own):
                numbers[f"{cell}/{name}" if cell else name] = own
    return replace(table, numbers=numbers, words=_without(table.words, by))


def _where(column: Sequence[float | None], cells: Sequence[str], wanted: str) -> list[float | None]:
    return [value if cell == wanted else None for value, cell in zip(column, cells, strict=True)]


def _without(words: Mapping[str, Sequence[str]], name: str) -> dict[str, Sequence[str]]:
    return {other: cells for other, cells in words.items() if other != name}


def split_runs(table: Table) -> tuple[RunTable, ...]:
    """Take a table apart by the columns that name the run, in the order of their first rows.

    A column with several values names runs only where the runs share an epoch or step: one training
    that was resumed under another name stays one.
    """
    columns = _run_columns(table)
    if not columns:
        return (RunTable(label="", table=table),)
    x = _x_of(table)
    groups: dict[tuple[str, ...], list[int]] = {(): list(range(table.rows))}
    used: list[str] = []
    for name, cells in columns:
        finer: dict[tuple[str, ...], list[int]] = {}
        several = False
        for key, rows in groups.items():
            parts: dict[str, list[int]] = {}
            for row in rows:
                parts.setdefault(cells[row], []).append(row)
            several = several or _overlap(x, list(parts.values()))
            finer.update({(*key, cell): part for cell, part in parts.items()})
        if several:
            groups, used = finer, [*used, name]
    return tuple(
        RunTable(
            label=", ".join(f"{name}={value}" for name, value in zip(used, key, strict=True)),
            table=table.only(rows) if used else table,
        )
        for key, rows in groups.items()
    )


def _plain(name: str) -> str:
    return "_".join(words(name))


def _x_of(table: Table) -> Sequence[Hashable] | None:
    return next((column for name, column in table.numbers.items() if axis_of(name) is not None), None)


def _run_columns(table: Table) -> list[tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    for name in table.names:
        if _plain(name) in RUN_COLUMNS:
            cells = table.words.get(name) or [
                "" if v is None else f"{v:g}" for v in table.numbers.get(name, ())
            ]
            found.setdefault(_plain(name), (name, list(cells)))
    return [found[plain] for plain in RUN_COLUMNS if plain in found]


def _overlap(x: Sequence[Hashable] | None, groups: list[list[int]]) -> bool:
    """Whether a group of several points shares an x with another one; without x, whether all are long."""
    if len(groups) == 1:
        return False
    if x is None:
        return all(len(rows) > 1 for rows in groups)
    places = [{x[row] for row in rows if x[row] is not None} for rows in groups]
    shared = Counter(place for group in places for place in group)
    return any(len(group) > 1 and any(shared[place] > 1 for place in group) for group in places)
