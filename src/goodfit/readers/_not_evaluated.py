# SPDX-License-Identifier: Apache-2.0
"""A `nan` that a logger writes where a split was not evaluated is a missing value, and no NaN.

    step  train_loss  val_loss          epoch  train_loss  val_loss
    1     2.1         nan               1      2.1         nan
    2     nan         1.8               2      1.7         1.9
    3     1.7         nan               3      1.5         nan

Decided only where the other split is finite in all of those rows, and the finite rows come at an even
spacing up to the end: NaN that a training arrives at does not come and go by the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite, isnan

from goodfit.readers._columns import Column
from goodfit.readers._phrases import counted
from goodfit.readers._sparse import has_nan
from goodfit.values import Split

_FEWEST = 3  # finite values that make a rhythm


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one column, by what stands in them."""

    finite: frozenset[int]
    nan: frozenset[int]
    infinite: frozenset[int]


def without_placeholders(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """Leave out NaN that stands for "not evaluated"; returns the columns, and a sentence for each changed."""
    if not any(has_nan(column.cells) for column in columns):
        return list(columns), []
    rows = [_rows(column) for column in columns]
    kept: list[Column] = []
    notes: list[str] = []
    for column, own in zip(columns, rows, strict=True):
        partner = next(
            (
                other
                for other, theirs in zip(columns, rows, strict=True)
                if own.nan and _are_placeholders(column.split, own, other.split, theirs)
            ),
            None,
        )
        if partner is None:
            kept.append(column)
            continue
        cells = [None if value is not None and isnan(value) else value for value in column.cells]
        kept.append(replace(column, cells=cells))
        notes.append(
            f"Column {column.source!r} is NaN in {counted(len(own.nan), 'row')} that alternate evenly with its "
            f"numbers, while {partner.source!r} goes on: read as not evaluated there, not as NaN."
        )
    return kept, notes


def _rows(column: Column) -> _Rows:
    present = [(row, value) for row, value in enumerate(column.cells) if value is not None]
    finite = frozenset(row for row, value in present if isfinite(value))
    nan = frozenset(row for row, value in present if isnan(value))
    return _Rows(finite, nan, frozenset(row for row, _ in present) - finite - nan)


def _are_placeholders(split: Split, own: _Rows, other_split: Split, theirs: _Rows) -> bool:
    """Whether a column's NaN stand where only the other split was measured."""
    if {split, other_split} != {Split.TRAIN, Split.VALIDATION} or own.infinite or theirs.infinite:
        return False
    if not own.nan <= theirs.finite:
        return False
    in_turn = own.finite.isdisjoint(theirs.finite) and theirs.nan <= own.finite
    beside = split is Split.VALIDATION and not theirs.nan and own.finite <= theirs.finite
    # Train rows are as many as batches are logged, which may differ by one from epoch to epoch.
    validation = own if split is Split.VALIDATION else theirs
    return (beside and _is_even(own, 0)) or (in_turn and _is_even(validation, 1, theirs.finite | own.finite))


def _is_even(rows: _Rows, tolerance: int, among: frozenset[int] = frozenset()) -> bool:
    """Whether the finite rows come at one spacing (in rows that hold values), from the beginning to the end."""
    order = {row: place for place, row in enumerate(sorted(rows.finite | rows.nan | among))}
    places = [order[row] for row in sorted(rows.finite)]
    gaps = [later - earlier for earlier, later in pairwise(places)]
    if len(places) < _FEWEST or max(gaps) - min(gaps) > tolerance or max(gaps) == 1:
        return False
    return places[0] < max(gaps) and len(order) - 1 - places[-1] <= max(gaps) - (not tolerance)
