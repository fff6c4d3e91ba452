# SPDX-License-Identifier: Apache-2.0
"""Logs of training tools -> History: one file a format, one table of synonyms, one way to build curves.

    read_history("metrics.csv")        one run
    read_runs("logs/")                 every readable run below a directory; also "logs/*.csv", "-", or several
    history_from_lists(train_loss=[2.1, 1.4], val_loss=[1.9, 1.5])

A missing value and a logged NaN are different things in every format; whatever was repaired or is
doubtful is said in `History.warnings`.

Names are loaded when first used, and so is each reader.
"""

from typing import TYPE_CHECKING

from goodfit._lazy import lazily

if TYPE_CHECKING:
    from goodfit.readers._choice import Choice
    from goodfit.readers._find import Found
    from goodfit.readers._lists import history_from_lists
    from goodfit.readers._log import Log
    from goodfit.readers._order import GENERAL, PARTICULAR, READERS
    from goodfit.readers._read import read_each, read_history, read_log, read_runs, read_source
    from goodfit.readers._reader import Reader
    from goodfit.readers._sources import sources

_HOME = {
    "Choice": "_choice",
    "Found": "_find",
    "GENERAL": "_order",
    "Log": "_log",
    "PARTICULAR": "_order",
    "READERS": "_order",
    "Reader": "_reader",
    "history_from_lists": "_lists",
    "read_each": "_read",
    "read_history": "_read",
    "read_log": "_read",
    "read_runs": "_read",
    "read_source": "_read",
    "sources": "_sources",
}

__all__ = [
    "GENERAL",
    "PARTICULAR",
    "READERS",
    "Choice",
    "Found",
    "Log",
    "Reader",
    "history_from_lists",
    "read_each",
    "read_history",
    "read_log",
    "read_runs",
    "read_source",
    "sources",
]

__getattr__ = lazily(__name__, _HOME, globals())


def __dir__() -> list[str]:
    return __all__
