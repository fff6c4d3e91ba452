# SPDX-License-Identifier: Apache-2.0
"""Where a command logged -> the History of its one run, by goodfit's readers.

Only what the run wrote counts: files that were there before are left out, and so are the scores, whose losses are no
curve, and what was printed, as long as something else can be read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from goodfit.errors import DivergedError, NoCurvesError, ReadError, SeveralRunsError, TrainingError
from goodfit.readers import read_runs
from goodfit.readers._sources import sources
from goodfit.training.command.process import quoted
from goodfit.values import Curve, History, Split

VALIDATION = "val_loss"
_NAMED = 8  # curves and runs that a message names
Stamps = Mapping[Path, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One run's traces."""

    log: Path  # a file, or the folder in which the logs lie
    output: Path  # what the command printed
    others: tuple[Path, ...] = ()  # no logs, whatever they look like
    before: Stamps  # the files that were there, and when they were last changed
    train: str | None = None  # columns, where the guess is to be overruled
    val: str | None = None


def stamps_below(place: Path) -> Stamps:
    """When each file at or below a place was last changed, and its size."""
    files = [place] if place.is_file() else place.rglob("*") if place.is_dir() else []
    found = {}
    for path in files:
        try:
            state = path.stat()
        except OSError:
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
    return found


def history_of(written: Written) -> History:
    """The run that was logged, without any curve of a test set.

    Raises:
        ReadError: nothing can be read, or several runs; quotes the end of the output.
        TrainingError: the log has no validation loss.
    """
    reasons: list[str] = []
    logs, printed = _new_logs(written, reasons), [written.output] if written.output.stat().st_size else []
    for paths in (logs, printed):
        runs = _readable(paths, written, reasons)
        if runs:
            return _without_test(_one(runs, written))
    raise ReadError(
        f"no curves were found ({'; '.join(dict.fromkeys(reasons)) or 'the command wrote no log'}){quoted(written.output)}",
        where=str(written.log),
        todo="let the script log the validation loss of every epoch into {out}, or say where it logs: --log",
    )


def check_finite(history: History, where: str) -> None:
    """Make sure that no loss is NaN or infinite.

    Raises:
        DivergedError: one is; names the curve and the place.
    """
    for name, curve in history.curves.items():
        if curve.metric == "loss" and not curve.finite:
            at = next(i for i, value in enumerate(curve.values) if not isfinite(value))
            raise DivergedError(
                f"{name} became {curve.values[at]} at {curve.axis.value} {curve.x[at]:g}",
                where=where,
                todo="lower the learning rate, or leave this value out",
            )


def validation_of(history: History, written: Written) -> Curve:
    """The validation loss.

    Raises:
        TrainingError: the log has none; names what it has.
    """
    curve = history.curves.get(VALIDATION)
    if curve is None or not len(curve):
        names = ", ".join(list(history.curves)[:_NAMED])
        raise TrainingError(
            f"the log has no validation loss; it has {names}{quoted(written.output)}",
            where=history.source or str(written.log),
            todo="log it under a name such as val_loss, or name its column: --val NAME",
        )
    return curve


def _new_logs(written: Written, reasons: list[str]) -> list[Path]:
    """Logs that the run wrote or changed."""
    try:
        found = [each.path for each in sources(written.log)]
    except ReadError as error:
        reasons.append(error.found)
        return []
    left_out = {path.resolve() for path in (*written.others, written.output)}
    now = stamps_below(written.log)
    changed = {path for path, stamp in now.items() if written.before.get(path) != stamp}
    found = [path for path in found if path.resolve() not in left_out]
    new = [path for path in found if path in changed or any(each.is_relative_to(path) for each in changed)]
    if found and not new:
        reasons.append("what lies there was not changed by the command")
    return new


def _readable(paths: Iterable[Path], written: Written, reasons: list[str]) -> tuple[History, ...]:
    paths = list(paths)
    if not paths:
        return ()
    try:
        return read_runs(paths, train=written.train, val=written.val)
    except (ReadError, NoCurvesError) as error:
        reasons.append(error.found)
        return ()


def _one(runs: tuple[History, ...], written: Written) -> History:
    """The only run, or the only one with a validation loss."""
    judged = [run for run in runs if VALIDATION in run.curves] or list(runs)
    if len(judged) > 1:
        names = ", ".join(str(run.source) for run in judged[:_NAMED])
        raise SeveralRunsError(
            f"the command logged {len(judged)} runs: {names}",
            where=str(written.log),
            todo="name the log of the training: --log {out}/FILE",
        )
    return judged[0]


def _without_test(history: History) -> History:
    """The test set stays closed, also where the script logs what it measures on it."""
    kept = {name: curve for name, curve in history.curves.items() if curve.split is not Split.TEST}
    return history if len(kept) == len(history.curves) else replace(history, curves=kept)
