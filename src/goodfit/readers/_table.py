# SPDX-License-Identifier: Apache-2.0
"""The one inner shape of all formats: named columns of equal length, missing cells None.

from_records([{"step": 1, "loss": 2.0}, {"step": 1, "val": {"loss": 1.5}}])
    step      1     1
    loss      2.0   None
    val/loss  None  1.5
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._numbers import scalar

_PLAIN = frozenset({float, int, str, type(None)})  # of values that are neither nested nor left out
MAX_DEPTH = 8  # of nested objects; what lies deeper is settings, not curves
MAX_CELLS = 50_000_000  # beyond it, names are used as data: one new name a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns in the order of the file; a column is either of numbers or of words."""

    numbers: Mapping[str, Sequence[float | None]]  # NaN only where NaN was logged
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)  # "" where missing
    rows: int
    header: tuple[str, ...] = ()  # names in the order of the file; () when it has no such order
    unreadable: Mapping[str, int] = field(default_factory=dict)  # cells left out because they hold text
    notes: tuple[str, ...] = ()  # what was repaired while reading, as sentences

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, those of numbers first."""
        return (*self.numbers, *self.words)

    def only(self, rows: Sequence[int]) -> "Table":
        """The table of the given rows alone."""
        return replace(
            self,
            numbers={name: _at(column, rows) for name, column in self.numbers.items()},
            words={name: [column[i] for i in rows] for name, column in self.words.items()},
            rows=len(rows),
        )


def _at(column: Iterable[float | None], rows: Sequence[int]) -> list[float | None]:
    cells = list(column)
    return [cells[row] for row in rows]


def from_records(records: Sequence[Mapping[str, Any]]) -> Table:
    """Lay records side by side; nested objects become "outer/inner", lists and booleans are left out.

    Raises:
        FormatError: there are so many different names that they must be data.
    """
    cells: dict[str, list[Any]] = {}
    for row, record in enumerate(records):
        for name, value in record.items() if _PLAIN.issuperset(map(type, record.values())) else _flat(record):
            if name not in cells:
                if len(cells) * len(records) > MAX_CELLS:
                    raise FormatError(
                        f"the log names more than {len(cells)} different quantities in {len(records)} records",
                        todo="give a log in which the same names come back in every record",
                    )
                cells[name] = [None] * len(records)
            cells[name][row] = value
    numbers: dict[str, list[float | None]] = {}
    words: dict[str, list[str]] = {}
    unreadable: dict[str, int] = {}
    for name in list(cells):
        column = cells.pop(name)  # so that a long log is not held twice
        values, text = typed(column)
        if text and not any(value is not None for value in values):
            words[name] = ["" if value is None else str(value) for value in column]
            continue
        numbers[name], unreadable[name] = values, text
    return Table(numbers=numbers, words=words, rows=len(records), unreadable=unreadable)


def _flat(record: Mapping[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            if depth < MAX_DEPTH:
                yield from _flat(value, f"{prefix}{key}/", depth + 1)
        elif not isinstance(value, list | bool):
            yield f"{prefix}{key}", value


def typed(column: Iterable[Any]) -> tuple[list[float | None], int]:
    """Read JSON scalars; also returns how many are no numbers."""
    values: list[float | None] = []
    text = 0
    for value in column:
        if type(value) is float:
            values.append(value)
            continue
        try:
            values.append(scalar(value))
        except ValueError:
            values.append(None)
            text += 1
    return values, text
