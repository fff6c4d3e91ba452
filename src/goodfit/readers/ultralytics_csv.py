# SPDX-License-Identifier: Apache-2.0
"""Ultralytics' results.csv: the loss in parts, names and cells sometimes padded with spaces.

                  epoch,         train/box_loss,         train/cls_loss, ...,           val/box_loss
                      1,                 1.2134,                 2.3311, ...,                 1.1402

The parts are logged with their gains already multiplied in, and what is minimised is their sum; so
the sum is added as the loss, and said, and every part is kept beside it. Columns `metrics/...` are
measured on the validation set.
"""

from dataclasses import replace

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._table import Table
from goodfit.values import History, Split

_PARTS = frozenset(
    f"{part}_loss" for part in ("box", "cls", "dfl", "obj", "seg", "sem", "pose", "kobj", "rle")
)


class UltralyticsCsv:
    """Known by its columns train/..., val/... and metrics/..."""

    name = "ultralytics-csv"
    what = "Ultralytics results.csv"

    def accepts(self, log: Log) -> bool:
        """Know it by its three prefixes."""
        if log.table is None:
            return False
        prefixes = {name.partition("/")[0] for name in log.table.numbers if "/" in name}
        return {"train", "val", "metrics"} <= prefixes

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, with the sum of the parts as the loss."""
        if log.table is None:
            raise FormatError("this is not a results.csv of Ultralytics", where=log.source)
        numbers = dict(log.table.numbers)
        notes: list[str] = []
        parts = [part for part in sorted(_PARTS) if f"train/{part}" in numbers and f"val/{part}" in numbers]
        if len(parts) > 1 and "train/loss" not in numbers:
            for split in ("train", "val"):
                numbers[f"{split}/loss"] = _sum(log.table, [f"{split}/{part}" for part in parts])
            notes.append(
                f"train_loss and val_loss are the sums of {', '.join(parts)}, which Ultralytics minimises."
            )
        dialect = Dialect(bare=Split.VALIDATION, notes=tuple(notes))
        return assemble(replace(log.table, numbers=numbers), log.source, dialect)


def _sum(table: Table, names: list[str]) -> list[float | None]:
    rows = zip(*(table.numbers[name] for name in names), strict=True)
    return [None if None in row else sum(value for value in row if value is not None) for row in rows]
