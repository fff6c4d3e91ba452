# SPDX-License-Identifier: Apache-2.0
"""What a user gives as logs: a file, a folder, a pattern, "-" for what is piped in, or several of them.

sources("runs/")          every log below the folder
sources("runs/*/log.csv") every file that matches
sources("-")              standard input
"""

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers._find import STORES, Found, find_logs
from goodfit.readers._log import Log, bounded
from goodfit.readers._text_files import BY_CONTENT, SUFFIXES, siblings

PIPED = "-"
STDIN = "standard input"
PathLike = str | os.PathLike[str]
Given = PathLike | Iterable[PathLike]


@dataclass(frozen=True, slots=True)
class Piped:
    """What is piped into the program."""

    path: Path = Path(STDIN)

    def open(self) -> Log:
        """Read it to its end.

        Raises:
            ReadError: nothing comes, or more than any log has.
        """
        stream = getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise ReadError("there is no standard input", where=STDIN, todo="give a log file")
        try:
            return Log(source=STDIN, raw=bounded(stream, STDIN))
        except (OSError, ValueError) as error:
            raise ReadError(f"it cannot be read: {error}", where=STDIN, todo="give a log file") from None


Source = Found | Piped


def sources(given: Given) -> Iterator[Source]:
    """The logs that are meant, each once, in the order given; those of a folder sorted by path.

    Raises:
        ReadError: a pattern matches nothing, a folder holds nothing that could be a log, or nothing is given.
    """
    seen: set[Path] = set()
    several = [given] if isinstance(given, str | os.PathLike) else list(given)
    if not several:
        raise ReadError(
            "no log was given", todo="give a log file, a folder, a pattern, or - for standard input"
        )
    for each in several:
        for source in _meant(each):
            if source.path not in seen:
                seen.add(source.path)
                yield source


def _meant(given: PathLike) -> Iterator[Source]:
    if str(given) == PIPED:
        yield Piped()
    elif is_directory(given):
        yield from _below(Path(given))
    elif glob.has_magic(str(given)) and not _is_there(given):
        matches = sorted(glob.iglob(str(given), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
        if not matches:
            raise ReadError(
                "no file matches this pattern", where=str(given), todo="look for a typing error in it"
            )
        for match in matches:
            yield from _below(Path(match)) if is_directory(match) else iter((_file(Path(match)),))
    else:
        yield _file(Path(given))


def _below(directory: Path) -> Iterator[Source]:
    found = False
    for each in find_logs(directory):
        found = True
        yield each
    if not found:
        endings = ", ".join(sorted(SUFFIXES | STORES))
        raise ReadError(
            f"this directory holds no event file, no file ending in {endings}, and no text file "
            f"({', '.join(sorted(BY_CONTENT))}) in which a loss or metric stands",
            where=str(directory),
            todo="give the directory that the logs are written to, or a log file itself",
        )


def _file(path: Path) -> Found:
    """A file, or the log that it is a part of."""
    if not _is_there(path):
        return Found(path=path)
    whole, files = siblings(path)
    return Found(path=whole, files=files)


def is_directory(path: PathLike) -> bool:
    """Whether it is a folder."""
    try:
        return Path(path).is_dir()
    except (ValueError, OSError):  # a zero byte in the name, a ring of links; opening it says so
        return False


def _is_there(path: PathLike) -> bool:
    try:
        return Path(path).exists()
    except (ValueError, OSError):
        return False
