# SPDX-License-Identifier: Apache-2.0
"""Where results go: the terminal, JSON on stdout, a file that is never overwritten unless it is ours."""

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
    """The console for results; it drops colour when stdout is no terminal or NO_COLOR is set."""
    return Console(highlight=False, emoji=False)


def stderr() -> Console:
    """The console for progress."""
    return Console(stderr=True, highlight=False, emoji=False)


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
    if path.is_dir():
        raise SettingsError(f"{path} is a folder", todo="name a file, such as report.html")
    try:
        if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace")[:2000]:
            raise SettingsError(
                f"{path} exists and was not written by goodfit", todo="name another file, or remove it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"the page cannot be written: {error}", where=str(path), todo="name another file"
        ) from error
