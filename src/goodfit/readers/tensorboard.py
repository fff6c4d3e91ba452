# SPDX-License-Identifier: Apache-2.0
"""TensorBoard event files: one, all of one folder, or the folders that one run is spread over.

    Loss/train, Loss/val                        tags of SummaryWriter.add_scalar
    run/loss_train/, run/loss_val/ with "loss"  SummaryWriter.add_scalars
    run/train/, run/validation/ with "loss"     one writer a split, as Keras does

Every point is read: TensorBoard's own accumulator keeps a random 10,000 of each tag. x is the step that was
logged, whatever it counts. Records with a wrong checksum are left out and counted.
"""

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape
from goodfit.values import Axis, History


class TensorBoard:
    """Known by the version record that event files begin with."""

    name = "tensorboard"
    what = "TensorBoard event files"

    def accepts(self, log: Log) -> bool:
        """Know it by its first record; a folder by its first file."""
        if log.shape is not Shape.FOLDER:
            return log.shape is Shape.EVENTS
        return any("tfevents" in name for name in log.files)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read every scalar, x in the steps that were logged."""
        if not self.accepts(log):
            raise FormatError("this is no TensorBoard event file", where=log.source)
        from goodfit.readers._event_run import run_table  # loads numpy

        table, notes = run_table(log)
        return assemble(table, log.source, Dialect(prefer=Axis.STEP, notes=notes))
