# SPDX-License-Identifier: Apache-2.0
"""Table -> History: the last step of every reader, the same for all formats.

spread splits -> separate runs -> choose columns -> choose x -> one value per x -> curves
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from goodfit.errors import NoCurvesError
from goodfit.readers._axis import Places, choose_places, oldest_first
from goodfit.readers._choice import chosen_columns, chosen_places, current_choice
from goodfit.readers._columns import Column, choose_columns, unused, without_goal
from goodfit.readers._merge import Merged, merge
from goodfit.readers._not_evaluated import without_placeholders
from goodfit.readers._phrases import counted
from goodfit.readers._runs import split_runs, spread
from goodfit.readers._synonyms import goal_of
from goodfit.readers._table import Table
from goodfit.values import Axis, Curve, Goal, History, MeasuredAs, RunContext, Split

_NAMED = 20  # how many columns a message names


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a reader knows about its tool beyond the names of the columns."""

    train_measured_as: MeasuredAs = MeasuredAs.UNKNOWN  # of training columns that do not say
    bare: Split | None = None  # the split of metrics whose name has none
    prefer: Axis | None = None
    sets: tuple[str, ...] = ()  # names of validation sets, as they stand in column names
    context: RunContext = field(default_factory=RunContext)
    notes: tuple[str, ...] = ()  # what the reader itself repaired or doubts


def assemble(table: Table, source: str, dialect: Dialect | None = None) -> tuple[History, ...]:
    """Build the history of every run in the table.

    Raises:
        NoCurvesError: no column is a loss or metric; lists the columns found.
    """
    dialect = dialect or Dialect()
    runs = split_runs(spread(table))
    return tuple(
        _history(run.table, f"{source} ({run.label})" if run.label else source, dialect) for run in runs
    )


def _history(table: Table, source: str, dialect: Dialect) -> History:
    table, turned = oldest_first(table)
    choice = current_choice()
    columns, doubts = choose_columns(table, bare=dialect.bare, sets=dialect.sets)
    if choice:
        columns, doubts = chosen_columns(choice, table, columns, source), []
    if not columns:
        raise _nothing_found(table, source)
    columns, placeholders = without_placeholders(columns)
    doubts += [*placeholders, *([] if choice else unused(table, columns, dialect.sets))]
    notes = [*dialect.notes, *table.notes, *([turned] if turned else []), *doubts]
    guessed = choose_places(table, _deciding(columns), dialect.prefer)
    places = chosen_places(choice, table, guessed, source)
    merged = merge(places.x, [column.cells for column in columns])
    curves = {
        column.curve: Curve(
            values=tuple(values),
            x=tuple(x),
            axis=places.axis,
            split=column.split,
            metric=column.name.metric,
            goal=goal_of(column.name.metric) or Goal.MINIMIZE,
            measured_as=_measured_as(column, dialect),
        )
        for column, (x, values) in zip(columns, merged.points, strict=True)
        if x
    }
    if not curves:
        raise NoCurvesError(
            "no row has both a value and an epoch or step",
            where=source,
            todo="fill the epoch column, or leave it out to have the rows counted",
        )
    notes += [*without_goal(columns), *_repairs(columns, places, merged, table)]
    return History(curves=curves, context=dialect.context, source=source, warnings=tuple(notes))


def _deciding(columns: list[Column]) -> Sequence[float | None]:
    """The cells of the curve that a verdict rests on: validation if there is any."""
    validation = (column for column in columns if column.split is Split.VALIDATION)
    return next(validation, columns[0]).cells


def _measured_as(column: Column, dialect: Dialect) -> MeasuredAs:
    if column.split is not Split.TRAIN or column.name.eval_mode:
        return MeasuredAs.EVAL_MODE
    if column.name.metric == "grad_norm":
        return MeasuredAs.UNKNOWN
    return column.name.measured_as or dialect.train_measured_as


def _repairs(columns: list[Column], places: Places, merged: Merged, table: Table) -> list[str]:
    unit = places.axis.value
    notes = [places.note] if places.note else []
    if merged.jumps:
        first, dropped = merged.jumps[0], sum(jump.dropped for jump in merged.jumps)
        times = "" if len(merged.jumps) == 1 else f" ({len(merged.jumps)} times; this is the first)"
        notes.append(
            f"The log goes back from {unit} {first.start:g} to {unit} {first.to:g}{times}: a resumed or repeated "
            f"training. What was written last counts ({counted(dropped, 'earlier point')} dropped)."
        )
    notes += [
        f"Column {column.source!r} has several values for one {unit} ({counted(again, 'time')}); the last one counts."
        for column, again in zip(columns, merged.repeated, strict=True)
        if again and column.name.measured_as is not MeasuredAs.LAST_BATCH
    ]
    if merged.unplaced:
        notes.append(
            f"No {unit} stands in {counted(merged.unplaced, 'row')}; the values there were left out."
        )
    notes += [
        f"Column {column.source!r} holds text in {counted(table.unreadable[column.source], 'cell')}, which was left out."
        for column in columns
        if table.unreadable.get(column.source)
    ]
    return notes


def _nothing_found(table: Table, source: str) -> NoCurvesError:
    names = table.header or table.names
    shown = ", ".join(f"{name!r:.60}" for name in names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    kind = "all of them text" if table.words and not table.numbers else "none of them a loss or metric"
    return NoCurvesError(
        f"the columns found are {shown}: {kind}" if names else "no record of the log holds a value",
        where=source,
        todo="name the columns train_loss and val_loss, or val_<metric>, such as val_accuracy; "
        "or say which they are: --train and --val, in Python train= and val=",
    )
