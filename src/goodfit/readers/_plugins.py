# SPDX-License-Identifier: Apache-2.0
"""Readers of others, found by the entry point group `goodfit.readers`, loaded when a log is first read.

    [project.entry-points."goodfit.readers"]
    my-tool = "my_package.reader:MyReader"

A plugin that cannot be loaded or that fails is named, and the log is read as if it were not installed.
"""

import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.errors import FormatError, ReadError
from goodfit.readers._log import Log
from goodfit.readers._reader import Reader
from goodfit.values import History

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "goodfit.readers"


@cache
def plugins() -> tuple[tuple[Reader, ...], tuple[str, ...]]:
    """The readers that are installed, sorted by name, and a sentence for each that cannot be loaded."""
    readers: list[Reader] = []
    broken: list[str] = []
    for point in sorted(_points(), key=lambda each: each.name):
        try:
            loaded = point.load()
            reader = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
            broken.append(f"{_named(point)} could not be loaded ({type(error).__name__}: {error!s:.200}).")
            continue
        if isinstance(reader, Reader):
            readers.append(reader)
        else:
            broken.append(f"{_named(point)} is no reader: it lacks name, what, accepts or read.")
    return tuple(readers), tuple(broken)


def _points() -> "Sequence[EntryPoint]":
    if not _announced():
        return ()
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def _announced() -> bool:
    """Whether an installed package may name the group; `importlib.metadata` knows, but costs a twentieth of a run."""
    others = any(hasattr(each, "find_distributions") for each in sys.meta_path if each is not PathFinder)
    return others or any(_names_group(Path(each)) for each in sys.path)


def _names_group(place: Path) -> bool:
    """Whether a package in a folder of `sys.path` names the group, or may: an archive is not looked into."""
    try:
        with os.scandir(place) as entries:
            listed = [place / each.name / "entry_points.txt" for each in entries if _is_metadata(each.name)]
        return any(GROUP in each.read_text(encoding="utf-8") for each in listed if each.is_file())
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True


def _is_metadata(name: str) -> bool:
    return name.lower().endswith((".dist-info", "egg-info"))


def _named(point: "EntryPoint") -> str:
    return f"The reader {point.name!r} of {point.dist.name if point.dist else 'an unknown package'}"


def other_accepts(reader: Reader, log: Log, notes: list[str]) -> bool:
    """Ask a reader of others; one that fails does not accept, and is named in `notes`."""
    try:
        return bool(reader.accepts(log))
    except ReadError:
        raise
    except Exception as error:  # noqa: BLE001 - somebody else's code may raise anything
        notes.append(
            f"The reader {reader.name!r} failed when it was asked ({type(error).__name__}: {error!s:.200}); "
            "it was passed over."
        )
        return False


def other_reads(reader: Reader, log: Log) -> tuple[History, ...]:
    """Let a reader of others read.

    Raises:
        ReadError: it cannot.
        FormatError: it fails in another way, or gives something else than histories.
    """
    todo = f"report it to the author of {reader.name!r}, or uninstall that package to read the log without it"
    try:
        found = tuple(reader.read(log))
    except ReadError:
        raise
    except Exception as error:
        raise FormatError(
            f"the reader {reader.name!r} failed ({type(error).__name__}: {error!s:.200})",
            where=log.source,
            todo=todo,
        ) from error
    if not found or not all(isinstance(history, History) for history in found):
        raise FormatError(f"the reader {reader.name!r} gave no histories", where=log.source, todo=todo)
    return found
