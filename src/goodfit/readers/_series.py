# SPDX-License-Identifier: Apache-2.0
"""Named series of (step, value) in the order written -> the table that all formats share.

Trackers keep each quantity by itself, and all that was ever written for it. Of a resumed training that is the
part before and the part after, with some steps twice: what was written last counts, and a step back cuts what
lay beyond it, in that series only, since one log may count batches in one series and epochs in another.

    step   8    9    10   11   8    9    10 ...      resumed at 8: the first 8 to 11 are cut
    step   0    0    0    0                          logged without a step: counted 0, 1, 2, 3
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import FormatError
from goodfit.readers._names import parse_name
from goodfit.readers._phrases import counted
from goodfit.readers._table import MAX_CELLS, Table

Floats = NDArray[np.float64]
_STEPLESS = 3  # points at step 0 that show that no step was given
_NAMED = 5  # how many series a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity, in the order written."""

    name: str
    x: Floats
    values: Floats


def in_time(name: str, times: Sequence[float], steps: Sequence[float], values: Sequence[float]) -> Series:
    """A series in the order of time; what has one time stays in the order written."""
    order = np.argsort(np.array(times), kind="stable")
    return Series(name=name, x=np.array(steps)[order], values=np.array(values)[order])


@dataclass(slots=True)
class _Repairs:
    """What was done to get one value per step."""

    stepless: list[str] = field(default_factory=list)
    jump: tuple[float, float] | None = None  # the first step back: from, to
    dropped: int = 0
    repeated: dict[str, int] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """They as sentences."""
        notes = []
        if self.stepless:
            notes.append(
                f"No step was logged for {_named(self.stepless)}: the points were counted from 0 in the order written."
            )
        if self.jump:
            notes.append(
                f"The log goes back from step {self.jump[0]:g} to step {self.jump[1]:g}: a resumed or repeated "
                f"training. What was written last counts ({counted(self.dropped, 'earlier point')} dropped)."
            )
        if self.repeated:
            again = sum(self.repeated.values())
            notes.append(
                f"{_named(list(self.repeated))} has several values for one step ({counted(again, 'time')}); "
                "the last one counts."
            )
        return notes


def tabulate(series: Iterable[Series], source: str, purged: int = 0) -> Table:
    """Lay the series side by side over all their steps; those that are neither a loss nor a metric stay away.

    `purged` are points that the tool itself has taken back.

    Raises:
        FormatError: there are too many of them to be curves.
    """
    repairs = _Repairs(dropped=purged)
    settled: dict[str, tuple[Floats, Floats]] = {}
    named = [each for each in series if parse_name(each.name) is not None and len(each.x)]
    for each in named:
        settled[each.name] = _settle(each, repairs)
    rows = _union([x for x, _ in settled.values()])
    if len(rows) * len(settled) > MAX_CELLS:
        raise FormatError(
            f"the log holds {len(settled)} series over {len(rows)} steps, which is more than curves need",
            where=source,
            todo="log less often, or fewer quantities",
        )
    numbers: dict[str, Sequence[float | None]] = {"step": rows.tolist()}
    for name, (x, values) in settled.items():
        numbers[name] = _spread(rows, x, values)
    header = tuple(each.name for each in named)
    return Table(numbers=numbers, rows=len(rows), header=header, notes=tuple(repairs.notes()))


def _union(several: Sequence[Floats]) -> Floats:
    """All steps, each once; np.unique would do it too, and loads all of numpy.ma for it."""
    if not several:
        return np.empty(0)
    steps = np.sort(np.concatenate(several))
    return steps[np.concatenate(([True], steps[1:] != steps[:-1]))]


def _spread(rows: Floats, x: Floats, values: Floats) -> Sequence[float | None]:
    cells: list[float | None] = [None] * len(rows)
    if len(x) == len(rows):
        cells[:] = values.tolist()
        return cells
    for row, value in zip(np.searchsorted(rows, x).tolist(), values.tolist(), strict=True):
        cells[row] = value
    return cells


def _settle(series: Series, repairs: _Repairs) -> tuple[Floats, Floats]:
    """One value per step, the steps increasing."""
    x = series.x
    if (np.diff(x) > 0).all():
        return x, series.values
    if len(x) >= _STEPLESS and not x.any():
        repairs.stepless.append(series.name)
        return np.arange(len(x), dtype=np.float64), series.values
    kept = _last_written(x.tolist(), series.name, repairs)
    return x[kept], series.values[kept]


def _last_written(x: Sequence[float], name: str, repairs: _Repairs) -> list[int]:
    kept: list[int] = []
    for at, place in enumerate(x):
        if kept and x[kept[-1]] > place:
            repairs.jump = repairs.jump or (x[kept[-1]], place)
            while kept and x[kept[-1]] >= place:
                kept.pop()
                repairs.dropped += 1
        elif kept and x[kept[-1]] == place:
            kept.pop()
            repairs.repeated[name] = repairs.repeated.get(name, 0) + 1
        kept.append(at)
    return kept


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
