# SPDX-License-Identifier: Apache-2.0
"""A long log of one file that only grows is read on from where it ended, instead of from its beginning.

    tails = Tails(choice)
    runs = tails.read(found)             # as `read_source(found, choice=choice)`, and soon where it can be

What was appended is read together with the log's first rows, by the same reader, so that columns, units and what they
hold are made out as before. Wherever that reading says anything else than the whole one did (another curve, a doubt, an
x that goes back, a second run, a line that is not whole), the log is read whole; and so it is now and then anyway.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers import Choice, Found, Log, read_source
from goodfit.values import Curve, History

LONG = 256 * 2**10  # bytes; shorter logs are read whole in some hundredths of a second
HELD = 4  # logs whose history is held, those read last: a run of 200,000 steps takes 15 MiB
_FIRST = 64 * 2**10  # bytes of first rows: thousands of steps, with an evaluation among them
_END = 4096  # bytes before the old end that must be as they were
_MORE = 1.02  # so many times more bytes, and the log is read whole; as often as all rules are asked again


@dataclass(frozen=True, slots=True)
class _Piece(Found):
    """Some bytes of a log, as if they were the file."""

    raw: bytes = b""

    def open(self) -> Log:
        """Open them."""
        return Log(source=str(self.path), raw=self.raw, path=self.path)


@dataclass(slots=True)
class _Held:
    """A log as it was last read."""

    history: History
    first: bytes  # its first rows
    known: History  # what they alone say
    end: bytes  # the last bytes
    size: int  # bytes read
    whole: int  # bytes of the last reading of everything


class Tails:
    """The long logs that are read on.

    Args:
        choice: columns by their names in the log, where the guess is to be overruled.
    """

    def __init__(self, choice: Choice | None = None) -> None:
        self._choice = choice
        self._held: OrderedDict[Path, _Held] = OrderedDict()
        self.whole = 0  # readings of everything

    def read(self, found: Found) -> tuple[History, ...]:
        """The runs of a log.

        Raises:
            ReadError, FormatError, NoCurvesError: as `read_source`.
        """
        key, choice = found.path, self._choice
        held = self._held.pop(key, None)
        grown = _grown(found, choice, held) if held is not None else None
        if grown is not None:
            self._held[key] = grown
            return (grown.history,)
        self.whole += 1
        before = _size(found.path)
        runs = read_source(found, choice=choice)
        fresh = _held(found, choice, runs, before)
        if fresh is not None:
            self._held[key] = fresh
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return runs


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _held(found: Found, choice: Choice | None, runs: tuple[History, ...], before: int) -> _Held | None:
    """What is remembered of a log that was read whole; None where it cannot be read on."""
    if found.files or len(runs) != 1 or before < LONG:
        return None
    try:
        with found.path.open("rb") as file:
            first = file.read(_FIRST)
            file.seek(before - _END)
            end = file.read(_END)
            more = file.read(1)
    except OSError:
        return None
    first = first[: first.rfind(b"\n") + 1]
    if more or not first or not end.endswith(b"\n"):
        return None  # it grew meanwhile, or its last line is not whole
    known = _of_pieces(found, choice, first)
    if known is None or not _alike(known, runs[0]):
        return None
    return _Held(history=runs[0], first=first, known=known, end=end, size=before, whole=before)


def _grown(found: Found, choice: Choice | None, held: _Held) -> _Held | None:
    """The log with what was appended; None where it is to be read whole."""
    try:
        with found.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not held.size <= size <= held.whole * _MORE or file.read(len(held.first)) != held.first:
                return None
            file.seek(held.size - len(held.end))
            if file.read(len(held.end)) != held.end:
                return None
            added = file.read(size - held.size)
    except OSError:
        return None
    if not added:
        return held
    if not added.endswith(b"\n"):
        return None
    part = _of_pieces(found, choice, held.first + added)
    history = _joined(held, part) if part is not None else None
    if history is None:
        return None
    end = (held.end + added)[-_END:]
    return replace(held, history=history, end=end, size=held.size + len(added))


def _of_pieces(found: Found, choice: Choice | None, raw: bytes) -> History | None:
    try:
        runs = read_source(_Piece(path=found.path, raw=raw), choice=choice)
    except ReadError:
        return None
    return runs[0] if len(runs) == 1 else None


def _alike(part: History, whole: History) -> bool:
    """Whether both are of one log but for the points of their curves."""
    return {name: _empty(curve) for name, curve in part.curves.items()} == {
        name: _empty(curve) for name, curve in whole.curves.items()
    } and (part.context, part.source, part.warnings) == (whole.context, whole.source, whole.warnings)


def _empty(curve: Curve) -> Curve:
    return replace(curve, values=(), x=())


def _joined(held: _Held, part: History) -> History | None:
    """The points that are in `part` and not in the first rows, after those that there are; None where they do not follow."""
    if not _alike(part, held.history):
        return None
    reached = max(curve.x[-1] for curve in held.history.curves.values())
    curves, new = {}, 0
    for name, curve in held.history.curves.items():
        known, now = held.known.curves[name], part.curves[name]
        old = len(known)
        # NaN is no reason to read everything: texts are compared.
        if now.x[:old] != known.x or repr(now.values[:old]) != repr(known.values):
            return None
        x = now.x[old:]
        if x and (x[0] < reached or x[0] <= curve.x[-1]):
            return None
        new += len(x)
        curves[name] = replace(curve, values=curve.values + now.values[old:], x=curve.x + x) if x else curve
    return replace(held.history, curves=curves) if new else None
