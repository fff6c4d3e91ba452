# SPDX-License-Identifier: Apache-2.0
"""What of the user's code must travel to another machine so that the task's name means the same there.

A task in a file takes the Python files of that file's folder along, one in a module those of the package or of the
folder that it is found in; what is installed is expected to be installed there as well. Data are not shipped: they are
read where the task looks for them, which on several machines is a shared folder or an address.
"""

import importlib.util
import os
import shutil
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Any

from goodfit.execution.jobs import Job
from goodfit.training import TaskSource

_LEFT_OUT = {"__pycache__", "node_modules", "site-packages"}


def folder_to_ship(reference: str | None) -> Path | None:
    """The folder whose Python files a task needs; None when it is installed, or no name was given."""
    place, _, _ = (reference or "").rpartition(":")
    if place.endswith(".py"):
        return Path(place).resolve().parent
    if not place:
        return None
    top = place.partition(".")[0]
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `prepare` does
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).resolve()
    installed = [Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "purelib", "platlib")]
    if any(file.is_relative_to(folder) for folder in installed) or top == "goodfit":
        return None
    return file.parent.parent if spec.submodule_search_locations else file.parent


def staged(folder: Path, to: Path) -> Path:
    """Copy the Python files of a folder, with their places in it; hidden folders and environments are left out."""
    for here, folders, files in os.walk(folder):
        folders[:] = [
            each
            for each in folders
            if each not in _LEFT_OUT
            and not each.startswith(".")
            and not (Path(here) / each / "pyvenv.cfg").exists()
        ]
        for name in files:
            if name.endswith(".py"):
                target = to / (Path(here) / name).relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(here) / name, target)
    return to


def leaving(thing: Any) -> Any:
    """A job as it is sent: its store and its task's file at places that mean the same in another working directory."""
    if not isinstance(thing, Job):
        return thing
    store = thing.store.absolute() if isinstance(thing.store, Path) else thing.store
    place, function = _file_of(thing)
    source = thing.source if place is None else TaskSource(f"{place.resolve()}:{function}")
    return replace(thing, store=store, source=source)


def arrived(thing: Any, folder: Path | None, home: Path) -> Any:
    """A job as it is carried out: its task's file where `folder`, which was shipped, was unpacked."""
    place, function = _file_of(thing)
    if place is None or folder is None or not place.is_relative_to(folder):
        return thing
    return replace(thing, source=TaskSource(f"{home / place.relative_to(folder)}:{function}"))


def _file_of(thing: Any) -> tuple[Path | None, str]:
    """The file and the function of a job's task; no file where it is named otherwise, or is a command."""
    if not isinstance(thing, Job) or not isinstance(thing.source, TaskSource):
        return None, ""
    place, _, function = (thing.source.reference or "").rpartition(":")
    return (Path(place), function) if place.endswith(".py") else (None, function)
