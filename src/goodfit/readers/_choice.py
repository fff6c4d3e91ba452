# SPDX-License-Identifier: Apache-2.0
"""The user's word against the guess: which column is the training, which the validation, which the x axis.

Every reader ends in `assemble`, so the choice is laid down beside the call and taken up there: no
reader, ours or another's, has to hand it through.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from goodfit.errors import NoCurvesError
from goodfit.readers._axis import Places
from goodfit.readers._columns import PREFIX, Column
from goodfit.readers._names import Name, parse_name
from goodfit.readers._synonyms import axis_of, goal_of
from goodfit.readers._table import Table
from goodfit.values import Axis, Split

_NAMED = 20  # columns that a message names


@dataclass(slots=True)
class Choice:
    """Columns by their names in the log; None leaves the choice to the reader."""

    train: str | None = None
    val: str | None = None
    x: str | None = None
    taken_up: bool = field(default=False, compare=False)  # a reader came to ask for it

    def __bool__(self) -> bool:
        """Whether anything is chosen."""
        return any(name is not None for name in (self.train, self.val, self.x))


_CHOICE: ContextVar[Choice | None] = ContextVar("goodfit_choice", default=None)


@contextmanager
def choosing(choice: Choice) -> Iterator[Choice]:
    """Let the choice hold for every log that is read inside."""
    token = _CHOICE.set(choice)
    try:
        yield choice
    finally:
        _CHOICE.reset(token)


def current_choice() -> Choice:
    """The choice that holds now; a reader that calls this has taken it up."""
    choice = _CHOICE.get() or Choice()
    choice.taken_up = True
    return choice


def chosen_columns(choice: Choice, table: Table, columns: list[Column], source: str) -> list[Column]:
    """The columns with the chosen ones in the place of those that were guessed.

    Raises:
        NoCurvesError: there is no such column; names those there are.
    """
    picked: list[Column] = []
    for split, name in ((Split.TRAIN, choice.train), (Split.VALIDATION, choice.val)):
        if name is not None:
            picked.append(_picked(split, find_column(name, table, source), table))
    if not picked:
        return columns
    sources = {column.source for column in picked}
    splits = {column.split for column in picked}
    metrics = {column.name.metric for column in picked}
    kept = [
        column
        for column in columns
        if column.source not in sources
        and not (column.split in splits and column.name.metric in (*metrics, "loss"))
        and (column.name.metric != "loss" or "loss" in metrics)
    ]
    return [*picked, *kept]


def _picked(split: Split, source: str, table: Table) -> Column:
    """A column as the curve of its split; what is no known metric is taken for the loss."""
    meaning = parse_name(source)
    metric = meaning.metric if meaning is not None else ""
    if goal_of(metric) is None or (meaning is not None and meaning.is_component):
        metric = "loss"
    name = Name(
        split=split,
        metric=metric,
        measured_as=meaning.measured_as if meaning else None,
        eval_mode=bool(meaning and meaning.eval_mode and split is Split.TRAIN),
    )
    title = f"{PREFIX[split]}_{metric}" + ("_eval" if name.eval_mode else "")
    return Column(source=source, name=name, cells=table.numbers[source], curve=title)


def chosen_places(choice: Choice, table: Table, guessed: Places, source: str) -> Places:
    """The x values of the chosen column, or those that were guessed.

    Raises:
        NoCurvesError: there is no such column.
    """
    if choice.x is None:
        return guessed
    name = find_column(choice.x, table, source)
    return Places(x=table.numbers[name], axis=axis_of(name) or Axis.STEP)


def find_column(name: str, table: Table, source: str) -> str:
    """A column by its name as it stands in the log, or by that name in other case.

    Raises:
        NoCurvesError: none is called so, or it holds text.
    """
    if name in table.numbers:
        return name
    same = [other for other in table.numbers if _folded(other) == _folded(name)]
    if len(same) == 1:
        return same[0]
    if name in table.words:
        raise NoCurvesError(
            f"the column {name!r} holds text", where=source, todo="choose a column of numbers"
        )
    raise NoCurvesError(
        f"there is no column {name!r:.80}", where=source, todo=_listed(name, list(table.numbers))
    )


def _folded(name: str) -> str:
    return name.strip().lower()


def _listed(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=_NAMED) or names
    shown = ", ".join(f"{each!r:.60}" for each in close[:_NAMED])
    return f"choose one of: {shown}" + (", ..." if len(close) > _NAMED else "")
