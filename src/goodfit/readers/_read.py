# SPDX-License-Identifier: Apache-2.0
"""From what the user gives to histories: the first reader that knows a log reads it; nothing is chosen in silence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from goodfit.errors import FormatError, NoCurvesError, ReadError, SeveralRunsError
from goodfit.readers._choice import Choice, choosing
from goodfit.readers._copies import Copies
from goodfit.readers._duplicates import without_copies
from goodfit.readers._log import Log
from goodfit.readers._one_run import chosen_run, named
from goodfit.readers._order import GENERAL, PARTICULAR, READERS, Ordered
from goodfit.readers._plugins import other_accepts, other_reads, plugins
from goodfit.readers._reader import Reader
from goodfit.readers._sniff import Shape
from goodfit.readers._sources import Given, Source, is_directory, sources
from goodfit.values import History

_NAMED = 10  # how many reasons a message names


def read_history(
    path: Given,
    *,
    train: str | None = None,
    val: str | None = None,
    x: str | None = None,
    run: str | None = None,
    readers: Sequence[Reader] = READERS,
) -> History:
    """Read the one run that a log holds.

    Args:
        path: a log file, a directory or pattern with one log in it, "-" for standard input, or several of these.
        train: the column of the training loss or metric, where the guess is to be overruled.
        val: the column of the validation loss or metric.
        x: the column of the epoch or step.
        run: the name of one of several runs, or a part of it.
        readers: the formats to try, in this order.

    Raises:
        ReadError: there is no such file, or it cannot be read.
        FormatError: it is empty, binary, broken, or in no known format.
        NoCurvesError: it holds neither a loss nor a metric, or no column of the given name.
        SeveralRunsError: it holds several runs; names them.
    """
    runs = read_runs(path, train=train, val=val, x=x, run=run, readers=readers)
    if len(runs) == 1:
        return runs[0]
    raise SeveralRunsError(
        f"{len(runs)} runs were found: {named(runs)}",
        where=str(path),
        todo="name one of them: --run NAME, in Python run=; in Python, goodfit.read_runs returns them all",
    )


def read_runs(
    path: Given,
    *,
    train: str | None = None,
    val: str | None = None,
    x: str | None = None,
    run: str | None = None,
    readers: Sequence[Reader] = READERS,
) -> tuple[History, ...]:
    """Read every run in a log file, or in all readable logs below a directory (sorted by path).

    In a directory, a log that another one repeats is left out: the same run logged by two tools, or
    the state saved in an earlier checkpoint. Arguments are those of `read_history`.

    Raises:
        ReadError, FormatError, NoCurvesError: as `read_history`; of several logs only when none can be read.
    """
    given = list(sources(path))
    choice = Choice(train=train, val=val, x=x)
    with choosing(choice):
        if len(given) == 1 and not _is_folder(path):
            found = list(_checked(read_log(given[0].open(), readers=readers), choice))
        else:
            found = list(without_copies(_all_of(given, str(path), readers, choice)))
    return chosen_run(found, run, str(path)) if run is not None else tuple(found)


def _is_folder(path: Given) -> bool:
    return isinstance(path, str | Path) and is_directory(path)


def _all_of(given: Sequence[Source], where: str, readers: Sequence[Reader], choice: Choice) -> list[History]:
    found: list[History] = []
    reasons: list[str] = []
    for each in given:
        try:
            found.extend(_checked(read_log(each.open(), readers=readers), choice))
        except ReadError as error:
            reasons.append(f"{each.path.name}: {error.found}")
    if not found:
        raise ReadError(
            f"no log in this directory can be read ({'; '.join(reasons[:_NAMED])})",
            where=where,
            todo="give the log file itself",
        )
    return found


def read_each(
    path: Given, *, choice: Choice | None = None, readers: Sequence[Reader] = READERS
) -> Iterator[tuple[Path, tuple[History, ...] | ReadError]]:
    """Read logs one after the other, those of a directory sorted by path: the runs of each, or why it has none.

    No run is kept, so that any number of files can be gone through. A run that came before, as when two
    loggers wrote it, is not given again but named; earlier states of one training are passed over.

    Raises:
        ReadError: a directory holds no file that could be a log, or a pattern matches none.
    """
    given = sources(path)
    first = next(given)
    return _each(chain((first,), given), choice or Choice(), readers)


def _each(
    given: Iterator[Source], choice: Choice, readers: Sequence[Reader]
) -> Iterator[tuple[Path, tuple[History, ...] | ReadError]]:
    copies = Copies()
    for each in given:
        try:
            runs = read_source(each, choice=choice, readers=readers)
        except ReadError as error:
            yield each.path, error
            continue
        originals = [copies.original(each.path, run) for run in runs]
        new = tuple(run for run, original in zip(runs, originals, strict=True) if original is None)
        if new:
            yield each.path, new
        for original in filter(None, originals):
            yield each.path, ReadError(f"it holds the same run as {original}", where=str(each.path))


def read_source(
    source: Source, *, choice: Choice | None = None, readers: Sequence[Reader] = READERS
) -> tuple[History, ...]:
    """Read the runs of one of the logs that `sources` found.

    Raises:
        ReadError, FormatError, NoCurvesError: as `read_history`.
    """
    choice = choice or Choice()
    with choosing(choice):
        return _checked(read_log(source.open(), readers=readers), choice)


def read_log(log: Log, *, readers: Sequence[Reader] = READERS) -> tuple[History, ...]:
    """Read an opened log with the first reader that accepts it; readers of others are asked before the general ones.

    Raises:
        FormatError: none does.
        NoCurvesError: it is JSON with nothing in it.
    """
    _refuse_empty(log)
    notes: list[str] = []
    found: tuple[History, ...] | None = None
    if readers is READERS:
        found = _first(log, PARTICULAR)
        if found is None:
            found = _by_others(log, notes)
        readers = GENERAL if found is None else ()
    if found is None:
        found = _first(log, readers)
    if found is None:
        known = ", ".join(reader.what for reader in (READERS if readers is GENERAL else readers))
        raise FormatError(
            f"this {log.shape} text is no training log that goodfit knows"
            if log.shape.is_text
            else f"this {log.shape} holds no training log that goodfit knows",
            where=log.source,
            todo=f"give one of: {known}",
        )
    said = (*log.repairs, *notes)
    return tuple(replace(run, warnings=(*said, *run.warnings)) for run in found) if said else found


def _first(log: Log, readers: Sequence[Reader]) -> tuple[History, ...] | None:
    asked = readers.of(log.shape) if isinstance(readers, Ordered) else readers
    return next((reader.read(log) for reader in asked if reader.accepts(log)), None)


def _by_others(log: Log, notes: list[str]) -> tuple[History, ...] | None:
    """What a reader of others makes of the log; None when none of them accepts it."""
    readers, broken = plugins()
    notes.extend(broken)
    return next((other_reads(each, log) for each in readers if other_accepts(each, log, notes)), None)


def _checked(runs: tuple[History, ...], choice: Choice) -> tuple[History, ...]:
    """The runs, if the reader took the user's choice of columns up.

    Raises:
        FormatError: it did not.
    """
    if choice and not choice.taken_up:
        raise FormatError(
            "columns cannot be chosen in this format",
            where=str(runs[0].source),
            todo="leave --train, --val and --x out, in Python train=, val= and x=",
        )
    choice.taken_up = False
    return runs


def _refuse_empty(log: Log) -> None:
    """Say of JSON that holds nothing what it is, in the words of JSON."""
    if log.shape not in (Shape.JSON, Shape.JSON_LINES):
        return
    data = log.data[0] if log.shape is Shape.JSON_LINES and len(log.data) == 1 else log.data
    found = ""
    if data is None:
        found = "the JSON value is null"
    elif data in ({}, []):
        found = f"the {'object' if isinstance(data, dict) else 'list'} is empty"
    elif isinstance(data, dict) and data.get("log_history") == []:
        found = "log_history is empty"
    if found:
        raise NoCurvesError(found, where=log.source, todo="give a log with at least one epoch in it")
