# SPDX-License-Identifier: Apache-2.0
"""What the commands that read logs are given: files, folders, patterns or a pipe, and which columns and run are meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from goodfit.errors import ReadError, SettingsError
from goodfit.readers import Choice, read_each, read_history
from goodfit.values import History

Read = Iterator[tuple[Path, tuple[History, ...] | ReadError]]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What the log's names mean, where the guess must be overruled.

    Parameters
    ----------
    train:
        The column of the training loss or metric, as it is called in the log.
    val:
        The column of the validation loss or metric.
    x:
        The column of the epoch or step.
    run:
        The name of one of several runs, or a part of it.
    """

    train: Annotated[
        str | None, Parameter(help="The column of the training loss or metric, as it is called in the log.")
    ] = None
    val: Annotated[str | None, Parameter(help="The column of the validation loss or metric.")] = None
    x: Annotated[str | None, Parameter(help="The column of the epoch or step.")] = None
    run: Annotated[str | None, Parameter(help="The name of one of several runs, or a part of it.")] = None

    @property
    def columns(self) -> Choice:
        """The columns alone."""
        return Choice(train=self.train, val=self.val, x=self.x)


def one_history(file: Path, choosing: Choosing) -> History:
    """The one run that is meant.

    Raises:
        ReadError: as `goodfit.read_history`.
    """
    return read_history(file, train=choosing.train, val=choosing.val, x=choosing.x, run=choosing.run)


def several_runs(files: Sequence[Path], choosing: Choosing) -> Read | History:
    """The one run that a single log holds, or else all runs as they are read: none is chosen in silence.

    A run that is named by `--run` is looked for in all of them.

    Raises:
        SettingsError: no log is given.
        ReadError: nothing can be read.
    """
    if not files:
        raise SettingsError(
            "no log was given",
            where="FILE",
            todo="give a log, a folder, a pattern, or - for standard input; see `goodfit diagnose --help`",
        )
    given = files[0] if len(files) == 1 else tuple(files)
    if choosing.run is not None:
        return read_history(given, train=choosing.train, val=choosing.val, x=choosing.x, run=choosing.run)
    if len(files) > 1 or files[0].is_dir() or any(sign in str(files[0]) for sign in "*?["):
        return read_each(given, choice=choosing.columns)
    found = next(read_each(given, choice=choosing.columns))
    if isinstance(found[1], ReadError):
        raise found[1]
    return found[1][0] if len(found[1]) == 1 else iter((found,))
