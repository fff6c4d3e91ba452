# SPDX-License-Identifier: Apache-2.0
"""What below a directory could be a log: files of known kinds, and folders that are one log together.

runs/a.csv                        a file
mlruns/0/4f1c.../metrics/*        one run of MLflow, a file a metric
logs/train/*, logs/validation/*   one run of TensorBoard, a folder a split

Links to folders are not followed, so that a ring of them ends; devices and pipes are left alone.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goodfit.readers._event_folders import EventFolders, is_event_file
from goodfit.readers._log import Log

SUFFIXES = frozenset(
    {".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".wandb", ".db", ".sqlite", ".sqlite3"}
)  # looked at when a directory is given, beside event files
_MLFLOW_RUN = ("meta.yaml", "metrics")  # a file and a folder that every run of MLflow's file store has


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One log that was found and not yet opened."""

    path: Path  # the file, or the folder
    files: Mapping[str, Path] = field(default_factory=dict)  # of a folder, under the names in it

    def open(self) -> Log:
        """Open it.

        Raises:
            ReadError: it cannot be read.
        """
        return Log(source=str(self.path), files=self.files) if self.files else Log.open(self.path)


def find_logs(directory: Path) -> Iterator[Found]:
    """Every log below the directory, sorted by path."""
    events = EventFolders()
    for folder, inner, names in os.walk(directory):
        here = Path(folder)
        visible = sorted(name for name in names if not name.startswith("."))
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if _MLFLOW_RUN[0] in visible and _MLFLOW_RUN[1] in inner:
            inner.clear()
            if files := _metric_files(here / _MLFLOW_RUN[1]):
                yield Found(path=here, files=files)
            continue
        if any(name.endswith(".wandb") for name in visible):
            inner.clear()  # what lies deeper are copies: the summary, the output, the settings
        for path, files in events.runs(here, visible, inner):
            yield Found(path=path, files=files)
        for name in visible:
            if Path(name).suffix.lower() in SUFFIXES and not is_event_file(name) and (here / name).is_file():
                yield Found(path=here / name)


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
