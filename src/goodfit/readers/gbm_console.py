# SPDX-License-Identifier: Apache-2.0
"""What XGBoost, LightGBM and CatBoost print: a line for each tree, with every data set they were given.

    [0]  train-mlogloss:1.75402  eval-mlogloss:1.90698
    [1]  training's multi_logloss: 2.00006  valid_1's multi_logloss: 2.12089
    0:   learn: 2.1014117  test: 2.1150324  best: 2.1150324 (0)  total: 47.4ms  remaining: 332ms

CatBoost does not print the name of its measure; it minimises the training's, so it is read as the loss.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._assemble import Dialect, assemble
from goodfit.readers._log import Log
from goodfit.readers._numbers import number
from goodfit.readers._sniff import Shape
from goodfit.readers._table import Table, from_records
from goodfit.readers._unfinished import NOTE
from goodfit.values import Axis, History, MeasuredAs

_BRACKETED = re.compile(r"^(?:.*?\s)?\[(\d+)\]\t")
_CATBOOST = re.compile(r"^(\d+):\t(?=learn: )")
_PAIR = re.compile(r"^(.+?):\s*([^\s(]+)(?:\+\S+)?(?:\s\(\d+\))?$")
_OWN = frozenset({"best", "total", "remaining"})
CATBOOST_NOTE = "CatBoost's test set is looked at during training: it was read as validation."


class GbmConsole:
    """Known by lines that begin with the number of a tree and go on in tabs."""

    name = "gbm-console"
    what = "what XGBoost, LightGBM and CatBoost print"

    def accepts(self, log: Log) -> bool:
        """Know it by one line with a tree's number and a pair behind a tab."""
        return log.shape is Shape.LINES and any(_record(line) for line in log.lines)

    def read(self, log: Log) -> tuple[History, ...]:
        """Read it, x being the tree."""
        if not self.accepts(log):
            raise FormatError("this was not printed by a gradient boosting library", where=log.source)
        lines = list(log.lines)
        notes: tuple[str, ...] = ()
        if not log.ended and _record(lines[-1]):
            del lines[-1]
            notes = (NOTE,)
        records = [record for line in lines if (record := _record(line))]
        catboost = any(map(_CATBOOST.match, lines))
        if catboost:
            notes = (*notes, CATBOOST_NOTE)
        table = from_records(records) if records else Table(numbers={}, rows=0)
        dialect = Dialect(
            train_measured_as=MeasuredAs.EVAL_MODE, prefer=Axis.STEP, notes=notes
        )  # trees have no other mode
        return assemble(table, log.source, dialect)


def _record(line: str) -> dict[str, float | None]:
    """The numbers of one tree by their names; {} when the line is none."""
    found = _BRACKETED.match(line) or _CATBOOST.match(line)
    if found is None:
        return {}
    record: dict[str, float | None] = {"iteration": float(found[1])}
    for part in line[found.end() :].split("\t"):
        pair = _PAIR.match(part.strip())
        if pair is None or pair[1] in _OWN:
            continue
        name = {"learn": "train_loss", "test": "val_loss"}.get(pair[1], pair[1].replace("'s ", "/"))
        if pair[1].startswith("test") and pair[1] != "test":
            name = f"val{pair[1][4:]}_loss"  # test1: a second set
        try:
            record[name] = number(pair[2])
        except ValueError:
            continue
    return record if len(record) > 1 else {}
