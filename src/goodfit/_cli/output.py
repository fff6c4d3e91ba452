# SPDX-License-Identifier: Apache-2.0
"""Where results go: the terminal, JSON on stdout, a file that is never overwritten unless it is ours."""

import os
from pathlib import Path
from typing import Literal

from rich.console import Console

from goodfit._about import provenance
from goodfit.errors import SettingsError
from goodfit.measures import phases
from goodfit.rules import diagnose
from goodfit.values import History, Report

Format = Literal["text", "json"]
MARK = 'content="goodfit'  # in the head of every page we write


def stdout() -> Console:
    """The console for results; it drops colour when stdout is no terminal or NO_COLOR is set.

    Names and paths are printed as they are: square brackets are not markup.
    """
    return Console(highlight=False, emoji=False, markup=False)


def stderr() -> Console:
    """The console for progress; like `stdout`, without markup."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def report_of(history: History) -> Report:
    """A report that goes as far as a log alone can: to the diagnosis."""
    return Report(
        history=history, diagnoses=diagnose(history), phases=phases(history), provenance=provenance()
    )


def write_page(page: str, path: Path) -> None:
    """Write an HTML page, replacing only a page that goodfit wrote.

    Raises:
        SettingsError: the path is a folder, cannot be written, or holds somebody else's file.
    """
    check_page(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise _no_page(path, error) from error


def check_page(path: Path) -> None:
    """Check, without writing anything, that a page may be written to `path`.

    Raises:
        SettingsError: the path is a folder, cannot be written, or holds somebody else's file.
    """
    if path.is_dir():
        raise SettingsError(f"{path} is a folder", todo="name a file, such as report.html")
    try:
        if path.exists():
            _check_ours(path)
        else:
            check_folder(path.parent)
    except OSError as error:
        raise _no_page(path, error) from error


def check_folder(folder: Path) -> None:
    """Check, without making it, that a folder is there or can be made, and that files can be put into it.

    Raises:
        NotADirectoryError: a file is in its place, or in that of a folder above it.
        PermissionError: it may not be written.
    """
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(f"{nearest} may not be written")


def _check_ours(path: Path) -> None:
    with path.open(encoding="utf-8", errors="replace") as page:
        if MARK not in page.read(2000):
            raise SettingsError(
                f"{path} exists and was not written by goodfit", todo="name another file, or remove it"
            )
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} may not be written")


def _no_page(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"the page cannot be written: {error}", where=str(path), todo="name another file")
