# SPDX-License-Identifier: Apache-2.0
"""CatBoost's catboost_info: a file of tabs for each data set, which alone does not say which set it is.

    learn_error.tsv          test_error.tsv
    iter  MultiClass         iter  MultiClass
    0     2.1014             0     2.1150

The first measure is the one that is minimised, so it is the loss.
"""

from pathlib import Path

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._joined import joined
from goodfit.readers._log import Log
from goodfit.readers._sniff import Shape
from goodfit.readers._synonyms import goal_of
from goodfit.readers._text_files import CATBOOST
from goodfit.readers.gbm_console import CATBOOST_NOTE
from goodfit.values import Axis, History, MeasuredAs


class CatboostTsv:
    """Known by learn_error.tsv or test_error.tsv, which are read together."""

    name = "catboost-tsv"
    what = "CatBoost's catboost_info folder (learn_error.tsv, test_error.tsv)"

    def accepts(self, log: Log) -> bool:
        """Know it by the names of its files, since they alone say which data set each is."""
        return log.shape is Shape.FOLDER and all(CATBOOST.match(name) for name in log.files)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read both sets, x being the tree."""
        if not self.accepts(log):
            raise FormatError("this is not a folder of CatBoost", where=log.source)
        table = joined(log.files, _named)
        tested = any(name.startswith("test") for name in log.files)
        dialect = Dialect(
            train_measured_as=MeasuredAs.EVAL_MODE, prefer=Axis.STEP, notes=(CATBOOST_NOTE,) if tested else ()
        )  # trees have no other mode
        return assemble(table, log.source, dialect)


def _named(file: str, column: str, at: int) -> str:
    """What a column of one file is called among all files."""
    part = Path(file).name.removesuffix("_error.tsv")
    split = "train" if part == "learn" else part.replace("test", "val", 1)
    return f"{split}/loss" if at == 0 and goal_of(column) is None else f"{split}/{column}"
