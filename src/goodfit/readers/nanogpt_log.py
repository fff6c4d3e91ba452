# SPDX-License-Identifier: Apache-2.0
"""What nanoGPT prints: both losses estimated in evaluation mode now and then, and single batches between.

    step 250: train loss 1.9012, val loss 2.1044
    iter 251: loss 1.8773, time 12.31ms, mfu 5.12%

So `train loss` is train_loss_eval, which a gap may be judged by; `loss` is the last batch alone.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape
from goodfit.readers._table import Table
from goodfit.readers._unfinished import looks_cut_off
from goodfit.values import Axis, History, MeasuredAs

_NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|nan|inf)"
_STEP = re.compile(rf"step (\d+): train loss ({_NUMBER}), val loss ({_NUMBER})", re.IGNORECASE)
_ITER = re.compile(rf"iter (\d+): loss ({_NUMBER})(?=[,\s]|$)", re.IGNORECASE)
_ABOVE = 20  # earlier numbers that say how long the last one must be


class NanogptLog:
    """Known by `step N: train loss ..., val loss ...`."""

    name = "nanogpt-log"
    what = "what nanoGPT prints"

    def accepts(self, log: Log) -> bool:
        """Know it by one line of estimated losses."""
        return log.shape is Shape.LINES and any(map(_STEP.match, log.lines))

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, x in steps."""
        if not self.accepts(log):
            raise FormatError("this was not printed by nanoGPT", where=log.source)
        rows: list[tuple[float, float | None, float | None, float | None]] = []
        texts: list[str] = []
        notes: tuple[str, ...] = ()
        for at, line in enumerate(log.lines):
            step, batch = _STEP.match(line), _ITER.match(line)
            found = step or batch
            if found is None:
                continue
            text, end = found[found.lastindex or 2], found.end()
            whole = log.ended or at < len(log.lines) - 1 or end < len(line)
            if not whole and looks_cut_off(text, texts[-_ABOVE:]):
                notes = (f"The last line stops in {text!r} and was left out: the log may still be written.",)
            elif step:
                rows.append((float(step[1]), float(step[2]), float(step[3]), None))
            elif batch:
                rows.append((float(batch[1]), None, None, float(batch[2])))
            texts.append(text)
        names = ("step", "train_loss_eval", "val_loss", "train_loss_step")
        columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=False)}
        if all(value is None for value in columns.get("train_loss_step", ())):
            columns.pop("train_loss_step", None)
        dialect = Dialect(train_measured_as=MeasuredAs.LAST_BATCH, prefer=Axis.STEP, notes=notes)
        return assemble(Table(numbers=columns, rows=len(rows)), log.source, dialect)
