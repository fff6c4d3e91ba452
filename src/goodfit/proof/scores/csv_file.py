# SPDX-License-Identifier: Apache-2.0
"""Scores in CSV or TSV: long (seed, example, loss), or wide (one row an example, one column a seed).

In the long form `example` may be left out, and then the order counts; so may `seed`, and then there is one.
"""

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from goodfit.errors import FormatError
from goodfit.proof.scores.table import ScoreTable, table_of

SEED, EXAMPLE = ("seed",), ("example", "id", "index", "example_id")
VALUES = ("loss", "losses", "score", "value", "metric")
_FORMS = "give columns seed, example and loss, or a column for every seed"
Rows = list[dict[str, str]]


def read_csv(file: Path, metric: str) -> ScoreTable:
    """Read the scores of a CSV or TSV file; the column of the numbers is called loss, score, or as the metric.

    Raises:
        FormatError: there is no such column, a row is broken, or an example is missing for a seed.
    """
    place = str(file)
    names, rows = _table(file)
    value = next((name for name in (metric.lower(), *VALUES) if name in names), None)
    seed = next((name for name in SEED if name in names), None)
    example = next((name for name in EXAMPLE if name in names), None)
    if value is not None:
        return _long(place, rows, (seed, example, value))
    if seed is not None:
        raise FormatError(
            f"there is no column of numbers among {', '.join(names)}",
            where=place,
            todo=f"{_FORMS}; or name it by --metric",
        )
    columns = [name for name in names if name != example]
    if len(columns) == 1 and example is None and not _names_a_seed(columns[0]):
        raise FormatError(f"column {columns[0]!r} is no seed and no loss", where=place, todo=_FORMS)
    if odd := [name for name in columns if not _names_a_seed(name)]:
        raise FormatError(f"column {odd[0]!r} is no seed and no loss", where=place, todo=_FORMS)
    examples = [row[example] for row in rows] if example else None
    return table_of(place, [(name, [row[name] for row in rows]) for name in columns], examples=examples)


def _table(file: Path) -> tuple[list[str], Rows]:
    place = str(file)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"not text: {error}", where=place, todo=_FORMS) from None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004 - a header and a row
        raise FormatError("the file has no rows below a header", where=place, todo=_FORMS)
    separator = next((mark for mark in ("\t", ";", ",") if mark in lines[0]), ",")
    reader = csv.reader(lines, delimiter=separator)
    names = [name.strip().lower() for name in next(reader)]
    if len(set(names)) < len(names):
        raise FormatError("two columns have the same name", where=place, todo=_FORMS)
    rows = []
    for number, cells in enumerate(reader, start=2):
        if len(cells) != len(names):
            raise FormatError(
                f"row {number} has {len(cells)} cells, the header has {len(names)}",
                where=place,
                todo="mend or leave out the row",
            )
        rows.append({name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    return names, rows


def _long(place: str, rows: Rows, columns: tuple[str | None, str | None, str]) -> ScoreTable:
    seed, example, value = columns
    of_seed: dict[str, Rows] = {}
    for row in rows:
        of_seed.setdefault(row[seed] if seed else "0", []).append(row)
    if example is None:
        found = [(name, [row[value] for row in own]) for name, own in of_seed.items()]
        return table_of(place, found, numbered=seed is None)
    order = _examples(place, next(iter(of_seed.values())), example)
    found = [(name, _in_order(place, name, own, (order, example, value))) for name, own in of_seed.items()]
    return table_of(place, found, examples=order, numbered=seed is None)


def _examples(place: str, rows: Rows, example: str) -> list[str]:
    names = [row[example] for row in rows]
    for name, group in groupby(sorted(names)):
        if len(list(group)) > 1:
            raise FormatError(
                f"example {name!r} stands twice for one seed",
                where=place,
                todo="add a column seed, or give each example once",
            )
    return names


def _in_order(place: str, seed: str, rows: Rows, columns: tuple[Sequence[str], str, str]) -> list[str]:
    """The numbers of a seed in the order of the first seed's examples."""
    order, example, value = columns
    own = {row[example]: row[value] for row in rows}
    if len(own) < len(rows):
        _examples(place, rows, example)
    odd = sorted(set(own) ^ set(order))
    if odd:
        raise FormatError(
            f"example {odd[0]!r} is missing for seed {seed}"
            if odd[0] not in own
            else f"seed {seed} alone has example {odd[0]!r}",
            where=place,
            todo="score all seeds on the same examples",
        )
    return [own[name] for name in order]


def _names_a_seed(column: str) -> bool:
    return column.removeprefix("seed").lstrip("_ -").isdigit()
