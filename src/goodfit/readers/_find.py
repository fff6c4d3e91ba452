# SPDX-License-Identifier: Apache-2.0
"""What below a directory could be a log: files of known kinds, and folders that are one log together.

runs/a.csv                        a file
catboost_info/*_error.tsv         one run of CatBoost, a file a data set
out/checkpoint-*/trainer_state.json   one run of Hugging Face, saved again and again: the last one first

Links to folders are not followed, so that a ring of them ends; devices and pipes are left alone.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers._log import Log
from goodfit.readers._text_files import text_logs

_CHECKPOINT = re.compile(r"checkpoint-(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One log that was found and not yet opened."""

    path: Path  # the file, or the folder
    files: Mapping[str, Path] = field(default_factory=dict)  # of a folder, under the names in it
    closed: str = ""  # why nothing below this folder could be looked at

    def open(self) -> Log:
        """Open it.

        Raises:
            ReadError: it cannot be read.
        """
        if self.closed:
            raise ReadError(f"the folder cannot be looked into: {self.closed}", where=str(self.path))
        return Log(source=str(self.path), files=self.files) if self.files else Log.open(self.path)


def find_logs(directory: Path) -> Iterator[Found]:
    """Every log below the directory, sorted by path; of checkpoints the last one first."""
    closed: list[OSError] = []
    for folder, inner, names in os.walk(directory, onerror=closed.append):
        yield from _closed(closed)
        here = Path(folder)
        visible = sorted(name for name in names if not name.startswith("."))
        inner[:] = sorted((name for name in inner if not name.startswith(".")), key=_order)
        for path, files in text_logs(here, visible, inner):
            yield Found(path=path, files=files)
    yield from _closed(closed)


def _closed(errors: list[OSError]) -> Iterator[Found]:
    while errors:
        error = errors.pop(0)
        yield Found(path=Path(str(error.filename)), closed=error.strerror or str(error))


def _order(name: str) -> tuple[str, int]:
    """Names in their order, but checkpoints from the last to the first."""
    numbered = _CHECKPOINT.match(name)
    return ("checkpoint-", -int(numbered[1])) if numbered else (name, 0)
