# SPDX-License-Identifier: Apache-2.0
"""Which curve each column becomes: settled over all columns at once, never column by column.

A bare "accuracy" is the training accuracy beside "val_accuracy", and the validation accuracy in a
log whose losses say their split; of "loss" and "running_loss" the plain one is the loss.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from goodfit.readers._names import Name, parse_name
from goodfit.readers._sparse import filled, is_filled, same_cells
from goodfit.readers._synonyms import RUN_COLUMNS, axis_of, goal_of, words
from goodfit.readers._table import Table
from goodfit.values import MeasuredAs, Split

Cells = Sequence[float | None]
_NAMED = 5  # how many columns a sentence names
PREFIX = {Split.TRAIN: "train", Split.VALIDATION: "val", Split.TEST: "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column and the curve it becomes."""

    source: str  # the column's name in the log
    name: Name
    cells: Cells
    curve: str = ""  # name of the curve

    @property
    def split(self) -> Split:
        """The split, once it is settled."""
        return self.name.split or Split.TRAIN


def choose_columns(
    table: Table, *, bare: Split | None = None, sets: tuple[str, ...] = ()
) -> tuple[list[Column], list[str]]:
    """Give every column that is a loss or metric its curve; returns them with what was doubtful.

    `bare` is the split of metrics whose name has none, where the tool is known to mean one.
    """
    notes: list[str] = []
    named = [(name, parse_name(name, sets), cells) for name, cells in table.numbers.items()]
    columns = [
        Column(source=source, name=name, cells=cells)
        for source, name, cells in named
        if name is not None and is_filled(cells)
    ]
    if not any(axis_of(name) for name in table.names) and not any(c.name.split for c in columns):
        columns = [c for c in columns if c.name.metric == "loss"]  # a "score" alone makes no training log
    columns = _placed_bare(columns, bare, notes)
    columns = _placed_test(columns, notes)
    columns = _placed_parts(columns, notes)
    return sorted(_titled(columns, notes), key=_order), notes


def _placed_bare(columns: list[Column], bare: Split | None, notes: list[str]) -> list[Column]:
    """Settle the split of columns whose name has none, and drop those that are no metric."""
    losses = {column.name.split for column in columns if column.name.metric == "loss"}
    twins = {column.name.metric for column in columns if column.name.split is Split.VALIDATION}
    split_is_said = bool({Split.TRAIN, Split.VALIDATION} & losses) and None not in losses
    placed: list[Column] = []
    for column in columns:
        metric = column.name.metric
        if column.name.split is not None:
            placed.append(column)
        elif goal_of(metric) is None and metric not in twins:
            continue  # a setting or a counter: nothing says that it is a metric
        elif metric == "loss" or metric in twins or column.name.is_component:
            placed.append(_with_split(column, Split.TRAIN))
        elif bare is not None:
            placed.append(_with_split(column, bare))
        elif split_is_said and Split.VALIDATION in losses:
            notes.append(f"Column {column.source!r} does not say on which data; it was read as validation.")
            placed.append(_with_split(column, Split.VALIDATION))
        else:
            placed.append(_with_split(column, Split.TRAIN))
    return placed


def _with_split(column: Column, split: Split) -> Column:
    """Place a bare name; one rank behind a column that says its split itself."""
    return replace(column, name=replace(column.name, split=split, rank=column.name.rank + 1))


def _placed_test(columns: list[Column], notes: list[str]) -> list[Column]:
    """Read a "test" set that was looked at every epoch as what it is: a validation set."""
    if any(column.split is Split.VALIDATION for column in columns):
        return columns
    watched = [c for c in columns if c.split is Split.TEST and filled(c.cells) > 1]
    if watched:
        names = ", ".join(repr(column.source) for column in watched)
        notes.append(
            f"There is no validation column; {names} was read as validation: "
            "a set that is looked at during training is a validation set, whatever its name."
        )
    return [replace(c, name=replace(c.name, split=Split.VALIDATION)) if c in watched else c for c in columns]


def _placed_parts(columns: list[Column], notes: list[str]) -> list[Column]:
    """Let a single named loss ("ce_loss") stand for the loss; name the candidates when there are several."""
    plain = {column.split for column in columns if column.name.metric == "loss"}
    for split in (Split.TRAIN, Split.VALIDATION):
        parts = [column for column in columns if column.split is split and column.name.is_component]
        metrics = list(dict.fromkeys(column.name.metric for column in parts))
        if split in plain or not metrics:
            continue
        if len(metrics) == 1:
            columns = [replace(c, name=replace(c.name, metric="loss")) if c in parts else c for c in columns]
        else:
            notes.append(
                f"The {split.value} loss stands in {len(metrics)} parts ({', '.join(metrics)}) without their total: "
                f"none was taken for the loss. Log the total as {PREFIX[split]}_loss to have it judged, or choose one of "
                f"{', '.join(repr(column.source) for column in parts[:_NAMED])}: --{PREFIX[split]} NAME, in Python {PREFIX[split]}=."
            )
    return columns


def _titled(columns: list[Column], notes: list[str]) -> list[Column]:
    """Name the curves; the best column of each quantity gets the plain name."""
    titled: list[Column] = []
    groups: dict[tuple[Split, str, bool], list[Column]] = {}
    for column in columns:
        groups.setdefault((column.split, column.name.metric, column.name.eval_mode), []).append(column)
    for (split, metric, eval_mode), members in groups.items():
        quantity = metric or "loss"
        title = f"{PREFIX[split]}_{quantity}" + ("_eval" if eval_mode else "")
        if not metric:
            notes.append(f"Column {members[0].source!r} does not name its quantity; it was read as the loss.")
        first, *others = sorted(members, key=lambda column: column.name.rank)
        titled.append(replace(first, curve=title, name=replace(first.name, metric=quantity)))
        titled.extend(_others(first, others, title, notes))
    return _unique(titled)


def _others(first: Column, others: list[Column], title: str, notes: list[str]) -> list[Column]:
    kept: list[Column] = []
    for column in others:
        if same_cells(column.cells, first.cells):
            continue  # a copy, as MLflow's autologging makes them
        if column.name.measured_as is MeasuredAs.LAST_BATCH:
            if column.split is Split.TRAIN:
                name = replace(column.name, metric=f"{column.name.metric}_step")
                kept.append(replace(column, curve=f"{title}_step", name=name))
            continue
        if column.name.group and column.name.group != first.name.group:
            kept.append(replace(column, curve=f"{title}_{column.name.group}"))
            continue
        name = replace(column.name, metric=f"{column.name.metric}_{len(kept) + 2}")
        kept.append(replace(column, curve=f"{title}_{len(kept) + 2}", name=name))
        notes.append(
            f"Columns {first.source!r} and {column.source!r} both name {title}; {first.source!r} is used."
        )
    sets = [column for column in kept if column.name.group and column.split is Split.VALIDATION]
    if sets:
        names = ", ".join(repr(column.source) for column in (first, *sets[: _NAMED - 1]))
        names += ", ..." if len(sets) >= _NAMED else ""
        notes.append(
            f"There are {len(sets) + 1} validation sets ({names}); {title} is {first.source!r}. "
            "To judge by another, name it: --val NAME, in Python val=. If one of them is the training set "
            "(XGBoost's validation_0 often is), name that: --train NAME, in Python train=."
        )
    return kept


def _unique(columns: Iterable[Column]) -> list[Column]:
    found: dict[str, Column] = {}
    for column in columns:
        curve, again = column.curve, 2
        while curve in found:
            curve, again = f"{column.curve}_{again}", again + 1
        found[curve] = replace(column, curve=curve)
    return list(found.values())


def unused(table: Table, columns: Iterable[Column], sets: tuple[str, ...] = ()) -> list[str]:
    """Name the columns of numbers that may be a metric and were not read as one, in one sentence."""
    metrics = {column.name.metric for column in columns}
    names = [
        repr(source)
        for source, cells in table.numbers.items()
        if _may_be_metric(source, sets, metrics) and is_filled(cells)
    ]
    if not names:
        return []
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return [f"Not used: {shown}. A loss or metric among them needs a name such as val_loss or val_accuracy."]


_SHOWN = 3  # how many columns that were not used are named


def _may_be_metric(source: str, sets: tuple[str, ...], metrics: set[str]) -> bool:
    """Whether a name is neither a loss or metric that was read, nor a counter, setting or name of a run."""
    name = parse_name(source, sets)
    if name is None or "_".join(words(source)) in RUN_COLUMNS:
        return False
    return name.split is None and name.metric not in metrics and goal_of(name.metric) is None


def _order(column: Column) -> int:
    """Losses, then metrics with a known goal, then parts of losses, then the rest; else as in the log."""
    if column.name.metric == "loss":
        return 0
    if column.name.metric == "grad_norm":
        return 3
    if column.name.is_component:
        return 2
    return 1 if goal_of(column.name.metric) is not None else 3


def without_goal(columns: Iterable[Column]) -> list[str]:
    """Name the columns that do not say whether they should rise or fall, in one sentence."""
    names = [
        repr(c.source) for c in columns if goal_of(c.name.metric) is None and c.name.metric != "grad_norm"
    ]
    if not names:
        return []
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return [f"Nothing says whether {shown} should rise or fall; lower is taken as better."]
