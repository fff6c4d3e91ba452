# SPDX-License-Identifier: Apache-2.0
"""What below a directory could be a log: files of known kinds, and folders that are one log together.

runs/a.csv                        a file
catboost_info/*_error.tsv         one run of CatBoost, a file a data set
out/checkpoint-*/trainer_state.json   one run of Hugging Face, saved again and again: the last one first
mlruns/0/4f1c.../metrics/*        one run of MLflow, a file a metric
logs/train/*, logs/validation/*   one run of TensorBoard, a folder a split

Links to folders are not followed, so that a ring of them ends; devices and pipes are left alone.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers._event_folders import EventFolders, is_event_file
from goodfit.readers._log import Log
from goodfit.readers._text_files import text_logs

STORES = frozenset({".wandb", ".db", ".sqlite", ".sqlite3"})  # looked at beside event files and text
_CHECKPOINT = re.compile(r"checkpoint-(\d+)$")
_MLFLOW_RUN = ("meta.yaml", "metrics")  # a file and a folder that every run of MLflow's file store has


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A log below a directory."""

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
    events, closed = EventFolders(), list[OSError]()
    for folder, inner, names in os.walk(directory, onerror=closed.append):
        yield from _closed(closed)
        here = Path(folder)
        visible = sorted(name for name in names if not name.startswith("."))
        inner[:] = sorted((name for name in inner if not name.startswith(".")), key=_order)
        if _MLFLOW_RUN[0] in visible and _MLFLOW_RUN[1] in inner:
            inner.clear()
            if files := _metric_files(here / _MLFLOW_RUN[1]):
                yield Found(path=here, files=files)
            continue
        yield from _in_folder(here, visible, inner, events)
    yield from _closed(closed)


def _in_folder(here: Path, visible: list[str], inner: list[str], events: EventFolders) -> Iterator[Found]:
    """The logs of one folder; takes folders out of `inner` that hold no further ones."""
    if any(name.endswith(".wandb") for name in visible):
        inner.clear()  # what lies deeper are copies: the summary, the output, the settings
    for path, parts in events.runs(here, visible, inner):
        yield Found(path=path, files=parts)
    others = [name for name in visible if not is_event_file(name)]
    for name in others:
        if Path(name).suffix.lower() in STORES and (here / name).is_file():
            yield Found(path=here / name)
    for path, files in text_logs(here, others, inner):
        yield Found(path=path, files=files)


def _closed(errors: list[OSError]) -> Iterator[Found]:
    while errors:
        error = errors.pop(0)
        yield Found(path=Path(str(error.filename)), closed=error.strerror or str(error))


def _order(name: str) -> tuple[str, int]:
    """Names in their order, but checkpoints from the last to the first."""
    numbered = _CHECKPOINT.match(name)
    return ("checkpoint-", -int(numbered[1])) if numbered else (name, 0)


def _metric_files(folder: Path) -> dict[str, Path]:
    """The files of one run of MLflow by the names of their metrics; "val/loss" lies in a folder of its own."""
    found = {}
    for inner, deeper, names in os.walk(folder):
        deeper.sort()
        for name in sorted(names):
            path = Path(inner, name)
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    return found
