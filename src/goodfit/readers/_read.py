# SPDX-License-Identifier: Apache-2.0
"""From a path to histories: the first reader that knows the log reads it; nothing is chosen in silence."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from goodfit.errors import FormatError, NoCurvesError, ReadError, SeveralRunsError
from goodfit.readers._duplicates import without_copies
from goodfit.readers._find import SUFFIXES, Found, find_logs
from goodfit.readers._log import Log
from goodfit.readers._reader import Reader
from goodfit.readers._sniff import Shape
from goodfit.readers.fastai_csv import FastaiCsv
from goodfit.readers.goodfit_json import GoodfitJson
from goodfit.readers.hugging_face import HuggingFace
from goodfit.readers.json_records import JsonRecords
from goodfit.readers.keras_csv import KerasCsv
from goodfit.readers.keras_history import KerasHistory
from goodfit.readers.lightning_csv import LightningCsv
from goodfit.readers.mlflow_files import MlflowFiles
from goodfit.readers.mlflow_sqlite import MlflowSqlite
from goodfit.readers.plain_csv import PlainCsv
from goodfit.readers.skorch_json import SkorchJson
from goodfit.readers.tensorboard import TensorBoard
from goodfit.readers.trackio_sqlite import TrackioSqlite
from goodfit.readers.ultralytics_csv import UltralyticsCsv
from goodfit.readers.wandb_offline import WandbOffline
from goodfit.values import History

READERS: tuple[Reader, ...] = (  # the most particular first: the first one that accepts reads
    TensorBoard(),
    WandbOffline(),
    MlflowSqlite(),
    TrackioSqlite(),
    MlflowFiles(),
    GoodfitJson(),
    HuggingFace(),
    SkorchJson(),
    KerasHistory(),
    JsonRecords(),
    LightningCsv(),
    FastaiCsv(),
    UltralyticsCsv(),
    KerasCsv(),
    PlainCsv(),
)
_NO_FILE = f"no event file and no file ending in {', '.join(sorted(SUFFIXES))}"
_NAMED = 10  # how many runs or reasons a message names
PathLike = str | os.PathLike[str]


def read_history(path: PathLike, *, readers: Sequence[Reader] = READERS) -> History:
    """Read the one run that a log file, or a directory with one log in it, holds.

    Raises:
        ReadError: there is no such file, or it cannot be read.
        FormatError: it is empty, binary, broken, or in no known format.
        NoCurvesError: it holds neither a loss nor a metric.
        SeveralRunsError: it holds several runs; names them.
    """
    runs = read_runs(path, readers=readers)
    if len(runs) == 1:
        return runs[0]
    names = [str(run.source) for run in runs]
    shown = "; ".join(names[:_NAMED]) + (f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    raise SeveralRunsError(
        f"{len(runs)} runs were found: {shown}",
        where=str(path),
        todo="give the log of one run; in Python, goodfit.readers.read_runs returns them all",
    )


def read_runs(path: PathLike, *, readers: Sequence[Reader] = READERS) -> tuple[History, ...]:
    """Read every run in a log file, or in all readable logs below a directory (sorted by path).

    In a directory, a log that another one repeats is left out: the same run logged by two tools, or
    the state saved in an earlier checkpoint.

    Raises:
        ReadError, FormatError, NoCurvesError: as `read_history`; for a directory only when no log below it
            can be read.
    """
    if not _is_directory(path):
        return read_log(Log.open(path), readers=readers)
    found: list[History] = []
    reasons: list[str] = []
    for each in find_logs(Path(path)):
        try:
            found.extend(read_log(each.open(), readers=readers))
        except ReadError as error:
            reasons.append(f"{each.path.name}: {error.found}")
    if not found:
        looked = "; ".join(reasons[:_NAMED]) or f"it holds {_NO_FILE}"
        raise ReadError(
            f"no log in this directory can be read ({looked})",
            where=str(path),
            todo="give the log file itself",
        )
    return without_copies(found)


def read_each(
    directory: PathLike, *, readers: Sequence[Reader] = READERS
) -> Iterator[tuple[Path, tuple[History, ...] | ReadError]]:
    """Read the logs below a directory one after the other, sorted by path: the runs of each, or why it has none.

    Nothing is kept, so that any number of files can be gone through; copies of a run are not left out.

    Raises:
        ReadError: the directory holds no file that could be a log.
    """
    files = find_logs(Path(directory))
    first = next(files, None)
    if first is None:
        raise ReadError(
            f"this directory holds {_NO_FILE}",
            where=str(directory),
            todo="give the directory that the logs are written to, or a log file itself",
        )
    return ((each.path, _runs_or_reason(each, readers)) for each in chain((first,), files))


def _runs_or_reason(found: Found, readers: Sequence[Reader]) -> tuple[History, ...] | ReadError:
    try:
        return read_log(found.open(), readers=readers)
    except ReadError as error:
        return error


def read_log(log: Log, *, readers: Sequence[Reader] = READERS) -> tuple[History, ...]:
    """Read an opened log with the first reader that accepts it.

    Raises:
        FormatError: none does.
        NoCurvesError: it is JSON with nothing in it.
    """
    _refuse_empty(log)
    for reader in readers:
        if reader.accepts(log):
            return reader.read(log)
    known = ", ".join(reader.what for reader in readers)
    raise FormatError(
        f"this {log.shape} text is no training log that goodfit knows"
        if log.shape.is_text
        else f"this {log.shape} holds no training log that goodfit knows",
        where=log.source,
        todo=f"give one of: {known}",
    )


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


def _is_directory(path: PathLike) -> bool:
    try:
        return Path(path).is_dir()
    except ValueError:  # a zero byte in the name; opening it says so
        return False
