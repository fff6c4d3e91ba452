# SPDX-License-Identifier: Apache-2.0
"""Printed lines -> Table: each number in the row of the epoch or step that the lines above it name.

Epoch 1/3                              epoch  loss  val/loss
loss: 2.1                       ->     1      2.1
Test Error:                            1            1.9
 Avg loss: 1.9
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from goodfit.readers._names import parse_name
from goodfit.readers._pairs import Quantity, Said, heading_split, read_line
from goodfit.readers._synonyms import words
from goodfit.readers._table import Table
from goodfit.readers._unfinished import looks_cut_off
from goodfit.values import Axis, Split

_BAR = re.compile(r"(?:%\|[^|]*\|\s*|^\s*)(\d+)/(\d+)(?=\s*(?:\[|[━─=>█]|-\s+\d+m?s\b|$))")
_EPOCH, _STEP, _RUN = "epoch", "step", "run"
_ABOVE = 20  # earlier numbers of a name that say how long its numbers are


@dataclass(slots=True)
class _Row:
    """One printing."""

    places: dict[Axis, float]
    run: str
    values: dict[str, float]
    drawn: tuple[int, int] | None  # the state of a progress bar: 3 of 5


@dataclass(slots=True)
class Printed:
    """All printings of a log, in order."""

    rows: list[_Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # lower-case name -> as first printed
    notes: list[str] = field(default_factory=list)
    planned: int | None = None  # epochs
    averaged: bool = False  # running means were taken where both were printed

    def table(self) -> Table:
        """The printings as columns; counters that no line names are left out."""
        rows = self.rows
        numbers: dict[str, list[float | None]] = {}
        for axis, name in ((Axis.EPOCH, _EPOCH), (Axis.STEP, _STEP)):
            if any(axis in row.places for row in rows):
                numbers[name] = [row.places.get(axis) for row in rows]
        if not numbers and rows:
            numbers[_EPOCH] = self._counted()
            self.notes.append(
                "No line names its epoch or step: each time that a name comes again counts as one epoch, from 0."
            )
        batches = self._batches()
        for key, name in self.names.items():
            called = f"{name}_step" if key in batches else name
            numbers[called] = [row.values.get(key) for row in rows]
        run = [row.run for row in rows]
        return Table(
            numbers=numbers, words={_RUN: run} if any(run) else {}, rows=len(rows), notes=tuple(self.notes)
        )

    def _batches(self) -> set[str]:
        """Names printed many times an epoch beside one of the same meaning that is printed once: single batches."""
        often = {key: times for key in self.names if (times := _times(key, self.rows))}
        meanings = {key: _meaning(self.names[key]) for key in often}
        return {
            key
            for key, times in often.items()
            if times > 1
            and any(meanings[other] == meanings[key] and often[other] <= 1 for other in often if other != key)
        }

    def _counted(self) -> list[float | None]:
        seen: dict[str, int] = {}
        counted: list[float | None] = []
        for row in self.rows:
            for name in row.values:
                seen[name] = seen.get(name, -1) + 1
            counted.append(float(max(seen[name] for name in row.values)))
        return counted


def read_printed(lines: Sequence[str], *, ended: bool) -> Printed:
    """Read lines as they were shown; `ended` says whether the text ends with its line."""
    printed = Printed()
    split, run = "", ""
    places: dict[Axis, float] = {}
    texts: dict[str, deque[str]] = {}
    last = len(lines) - 1
    for at, line in enumerate(lines):
        if not line.strip():
            split = ""
            continue
        said = read_line(line, split)
        if said.run and said.run != run:
            run, places = said.run, {}
        places = _moved(places, said)
        if said.places:
            split = ""
        if said.planned is not None:
            printed.planned = int(said.planned)
        if not said.quantities:
            split = heading_split(line) or split
            continue
        if at == last and not ended:
            _drop_half(line, said.quantities, texts, printed.notes)
        for each in said.quantities:
            texts.setdefault(each.name.lower(), deque(maxlen=_ABOVE)).append(each.text)
        _add(printed, said, places, run, _bar(line))
    _drop_unfinished(printed)
    return printed


def _moved(places: dict[Axis, float], said: Said) -> dict[Axis, float]:
    """Where the training is after a line: a new epoch forgets the step within the last one."""
    if Axis.EPOCH in said.places and said.places[Axis.EPOCH] != places.get(Axis.EPOCH):
        return dict(said.places)
    return {**places, **said.places} if said.places else places


def _add(
    printed: Printed, said: Said, places: dict[Axis, float], run: str, drawn: tuple[int, int] | None
) -> None:
    values: dict[str, float] = {}
    for each in said.quantities:
        key = " ".join(words(each.name))
        printed.names.setdefault(key, each.name)
        printed.averaged = printed.averaged or each.averaged
        values[key] = each.value
    row = _Row(places=dict(places), run=run, values=values, drawn=drawn)
    rows = printed.rows
    if drawn and rows and rows[-1].drawn and rows[-1].places == row.places and rows[-1].run == run:
        row.values = {**rows[-1].values, **values}  # the bar was drawn again
        rows[-1] = row
    elif values:
        rows.append(row)


def _bar(line: str) -> tuple[int, int] | None:
    found = _BAR.search(line)
    return (int(found[1]), int(found[2])) if found else None


def _drop_half(line: str, quantities: list[Quantity], texts: dict[str, deque[str]], notes: list[str]) -> None:
    """Leave the last number out when the text stops in it."""
    final = quantities[-1]
    if line[final.ends :].strip() or not looks_cut_off(final.text, texts.get(final.name.lower(), ())):
        return
    quantities.pop()
    notes.append(
        f"The log ends without a line break in {final.text!r}, which may be half a number: it was left out. "
        "The log may still be written."
    )


def _drop_unfinished(printed: Printed) -> None:
    """Leave the last state of a progress bar out that stopped within an epoch, or that was not drawn anew."""
    if not printed.rows or (last := printed.rows[-1]).drawn is None:
        return
    done, total = last.drawn
    before = next((row for row in reversed(printed.rows[:-1]) if row.drawn and row.run == last.run), None)
    stale = before is not None and before.values == last.values
    if done < total or stale:
        printed.rows.pop()
        printed.notes.append(
            "The last epoch was not finished when the log ended; its progress bar was left out."
        )


def _times(key: str, rows: Sequence[_Row]) -> float:
    """How often a name is printed at one place, on average."""
    places = [
        (row.run, row.places.get(Axis.EPOCH, row.places.get(Axis.STEP))) for row in rows if key in row.values
    ]
    return len(places) / len(set(places)) if places else 0


def _meaning(name: str) -> tuple[Split, str] | None:
    """The split and quantity of a name; what names no split is the training's."""
    meaning = parse_name(name)
    return (meaning.split or Split.TRAIN, meaning.metric.removeprefix("avg_")) if meaning else None
