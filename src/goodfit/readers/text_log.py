# SPDX-License-Identifier: Apache-2.0
"""Lines that a training printed, as most loops do that are written by hand.

    Epoch 3/10 | train_loss: 0.51 | val_loss: 0.62
    Train Epoch: 1 [6400/60000 (11%)]  Loss: 0.51

Only numbers behind a name that the table of synonyms knows are read; the epoch or step is the one that
the same line, or the last line before it, names.
"""

from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._printed_rows import Printed, read_printed
from goodfit.readers._sniff import Shape
from goodfit.values import Axis, History, MeasuredAs, RunContext, Split


class TextLog:
    """Reads what no more particular reader of printed lines knows."""

    name = "text-log"
    what = "printed lines, such as: Epoch 3/10 | train_loss: 0.51 | val_loss: 0.62"

    def accepts(self, log: Log) -> bool:
        """Take any text whose lines name losses or metrics."""
        return log.shape is Shape.LINES

    def read(self, log: Log) -> tuple[History, ...]:
        """Read all runs; how the training loss was averaged is not known."""
        if not self.accepts(log):
            raise FormatError("these are no printed lines of a training", where=log.source)
        return assemble_printed(read_printed(log.lines, ended=log.ended), log.source)


def assemble_printed(
    printed: Printed,
    source: str,
    *,
    train_measured_as: MeasuredAs = MeasuredAs.UNKNOWN,
    bare: Split | None = None,
) -> tuple[History, ...]:
    """Build the histories of printed lines.

    Raises:
        NoCurvesError: no line names a loss or metric with its number.
    """
    if not printed.rows:
        raise NoCurvesError(
            "no finished line names a loss or metric with its number",
            where=source,
            todo="print lines such as: Epoch 3 | train_loss: 0.51 | val_loss: 0.62",
        )
    table = printed.table()
    notes = (
        ("Where a line prints a running mean in parentheses behind the last value, the mean was read.",)
        if printed.averaged
        else ()
    )
    epochs = [row.places.get(Axis.EPOCH) for row in printed.rows]
    done = max((epoch for epoch in epochs if epoch is not None), default=None)
    context = RunContext(epochs_planned=printed.planned)
    if printed.planned and done is not None and done >= printed.planned:
        context = RunContext(epochs_planned=printed.planned, finished=True)
    dialect = Dialect(
        train_measured_as=MeasuredAs.SMOOTHED if printed.averaged else train_measured_as,
        bare=bare,
        context=context,
        notes=notes,
    )
    return assemble(table, source, dialect)
