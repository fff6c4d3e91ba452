# SPDX-License-Identifier: Apache-2.0
"""DVCLive's plots/metrics: a file of tabs for each metric, in folders that say what its name was.

plots/metrics/train/loss.tsv      plots/metrics/val/loss.tsv
step  loss                        step  loss
0     2.1986                      0     2.0133
"""

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._joined import joined
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape
from goodfit.values import Axis, History


class DvcliveTsv:
    """Known by files of tabs alone, whose names are metrics; all of plots/metrics is read together."""

    name = "dvclive-tsv"
    what = "DVCLive's plots/metrics folder"

    def accepts(self, log: Log) -> bool:
        """Know it by its files of tabs."""
        return log.shape is Shape.FOLDER and all(name.endswith(".tsv") for name in log.files)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read all metrics by step."""
        if not self.accepts(log):
            raise FormatError("this is not a folder of DVCLive", where=log.source)
        table = joined(log.files, lambda file, column, at: file.removesuffix(".tsv") if not at else column)
        return assemble(table, log.source, Dialect(prefer=Axis.STEP))
