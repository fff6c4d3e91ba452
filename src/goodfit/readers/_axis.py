# SPDX-License-Identifier: Apache-2.0
"""Which column gives the x values: the epoch, else the step, else the row's number.

A step column is preferred over the epoch where the epoch would merge several validation results into
one (validation every quarter of an epoch), since those are the points that a verdict rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from operator import ge, le

from goodfit.readers._sparse import filled, is_filled, picked, present
from goodfit.readers._synonyms import axis_of
from goodfit.readers._table import Table
from goodfit.values import Axis

Cells = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The x value of every row; None where the row has none."""

    x: Cells
    axis: Axis
    note: str = ""


def choose_places(table: Table, deciding: Cells, prefer: Axis | None = None) -> Places:
    """Choose the x column by the table's names; `deciding` is the curve that must not lose points."""
    epoch, step = _column(table, Axis.EPOCH), _column(table, Axis.STEP)
    if step is not None and (epoch is None or prefer is Axis.STEP or _keeps_more(step, epoch, deciding)):
        return Places(x=step, axis=Axis.STEP)
    if epoch is not None:
        return Places(x=epoch, axis=Axis.EPOCH)
    return Places(
        x=[float(row) for row in range(table.rows)],
        axis=Axis.EPOCH,
        note="The log has no column for the epoch or step: its rows were counted from 0, one epoch a row.",
    )


def oldest_first(table: Table) -> tuple[Table, str]:
    """Turn a log round that was written newest row first; returns it with a sentence on that, "" if it stays.

    Only a counter that never goes forward, over at least three values, says so: a resumed training goes back
    and then forward again.
    """
    epoch, step = _column(table, Axis.EPOCH), _column(table, Axis.STEP)
    counter = epoch if epoch is not None else step
    places = present(counter or ())[1]
    if not all(map(ge, places, islice(places, 1, None))) or len(set(places)) < _DESCENDING:
        return table, ""
    unit = (Axis.EPOCH if counter is epoch else Axis.STEP).value
    said = f"The log was written newest row first; its rows were sorted by {unit}."
    return table.only(range(table.rows - 1, -1, -1)), said


_DESCENDING = 3  # different values that go down; two may be one jump back


def _column(table: Table, axis: Axis) -> Cells | None:
    found = [column for name, column in table.numbers.items() if axis_of(name) is axis and is_filled(column)]
    # The fullest one, and of equal ones one that never goes back: "batch" restarts, "global_step" does not.
    if len(found) == 1:
        return found[0]
    return max(found, key=lambda column: (filled(column), _never_back(column)), default=None)


def _never_back(column: Cells) -> bool:
    values = present(column)[1]
    return all(map(le, values, islice(values, 1, None)))


def _keeps_more(step: Cells, epoch: Cells, deciding: Cells) -> bool:
    """Whether the deciding values share epochs, while their steps tell them apart."""
    rows = present(deciding)[0]
    if not any(first == second for first, second in pairwise(picked(epoch, rows))):
        return False
    return all(
        first is not None and second is not None and first < second
        for first, second in pairwise(picked(step, rows))
    )
