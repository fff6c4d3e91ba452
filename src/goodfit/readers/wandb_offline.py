# SPDX-License-Identifier: Apache-2.0
"""An offline run of Weights & Biases: `run-ID.wandb`, one protobuf record for each call of `log`.

    Record   history = 2, config = 5, run = 17
    History  item = 1 (repeated): key = 1 or nested_key = 2 (repeated), value_json = 16
    Run      config = 4, display_name = 8;  Config  update = 1 (repeated): as an item

`_step` counts calls of `log`. Training and validation that are logged in calls of their own have steps of their
own; they are placed by the user's epoch where every call has one. Values are JSON with bare NaN.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._leveldb import LevelLog
from goodfit.readers._log import Log
from goodfit.readers._names import parse_name
from goodfit.readers._phrases import counted
from goodfit.readers._sniff import Shape
from goodfit.readers._synonyms import axis_of
from goodfit.readers._table import from_records
from goodfit.readers._tracked import context_of
from goodfit.readers._wire import Field, Malformed, fields, inside, text
from goodfit.values import Axis, History

_HISTORY, _CONFIG, _RUN = 2, 5, 17  # in Record
_ITEM = 1  # in History and Config
_KEY, _NESTED_KEY, _VALUE = 1, 2, 16  # in an item
_RUN_CONFIG = 4  # in Run
Row = dict[str, Any]


class WandbOffline:
    """Known by the mark that its file begins with."""

    name = "wandb-offline"
    what = "offline runs of Weights & Biases"

    def accepts(self, log: Log) -> bool:
        """Know it by its first bytes."""
        return log.shape is Shape.WANDB

    def read(self, log: Log) -> tuple[History, ...]:
        """Read the run, by the user's epoch or the step that counts calls."""
        if not self.accepts(log):
            raise FormatError("this is no offline run of Weights & Biases", where=log.source)
        records = LevelLog(log.raw)
        run = _Run()
        for record in records.records():
            run.add(record)
        if not run.rows:
            raise NoCurvesError(
                "the run has no history yet", where=log.source, todo="log losses with run.log"
            )
        dialect = Dialect(
            prefer=preferred(run.rows),
            context=context_of(run.settings),
            notes=tuple(_notes(records.damaged + run.malformed, cut_off=records.cut_off)),
        )
        return assemble(from_records(run.rows), log.source, dialect)


@dataclass(slots=True)
class _Run:
    """What the records say, one after the other."""

    rows: list[Row] = field(default_factory=list)
    settings: Row = field(default_factory=dict)
    malformed: int = 0

    def add(self, raw: bytes) -> None:
        """Take in one record; one that is none is counted."""
        try:
            for part in fields(raw):
                if part.number == _HISTORY:
                    self.rows.append(dict(_items(raw, part)))
                elif part.number == _CONFIG:
                    self.settings.update(_items(raw, part))
                elif part.number == _RUN:
                    for config in inside(raw, part, _RUN_CONFIG):
                        self.settings.update(_items(raw, config))
        except Malformed:
            self.malformed += 1


def _items(raw: bytes, part: Field) -> Iterator[tuple[str, Any]]:
    for item in inside(raw, part, _ITEM):
        names: list[str] = []
        value: Any = None
        for each in fields(raw, item.start, item.end):
            if each.number in (_KEY, _NESTED_KEY):
                names.append(text(raw, each))
            elif each.number == _VALUE:
                value = _json(text(raw, each))
        if any(names):
            yield "/".join(name for name in names if name), value


def _json(written: str) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        raise Malformed("a value that is no JSON") from None


def preferred(rows: Sequence[Row]) -> Axis | None:
    """The step where some calls that log a loss or metric do not say their epoch; None leaves the choice open."""
    for row in rows:
        measured = any(value is not None and parse_name(name) is not None for name, value in row.items())
        if measured and not any(axis_of(name) is Axis.EPOCH for name in row):
            return Axis.STEP
    return None


def _notes(damaged: int, *, cut_off: bool) -> Iterator[str]:
    if damaged:
        yield f"{counted(damaged, 'record')} with a wrong checksum or content were left out: the file is damaged."
    if cut_off:
        yield "The last record is incomplete and was left out: the log may still be written."
