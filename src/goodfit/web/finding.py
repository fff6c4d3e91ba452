# SPDX-License-Identifier: Apache-2.0
"""Which logs there are below a folder, and which of them changed since the last look.

A look costs a walk that asks each file for its time and size. Only when files came, went, or a file that is no log
changed are the logs looked for anew, which opens text files.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from goodfit.errors import ReadError
from goodfit.readers import Found, sources
from goodfit.values import UnreadFile

Stamp = tuple[int, int]  # time of the last change in ns, bytes
_NONE: Stamp = (0, 0)
_COMPANION = "-wal"  # SQLite writes here first; the database itself may stay the same
_STATE, _CHECKPOINT = "trainer_state.json", re.compile(r"checkpoint-\d+$")
_AGAIN = 5.0  # seconds; files that are no log may change all the time, and are not opened at each look


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One log as it lay on disk at a look."""

    name: str  # below the folder that was given
    found: Found
    stamps: tuple[Stamp, ...]  # of its files

    @property
    def written(self) -> float:
        """When a file of it was last written, in seconds since 1970."""
        return max((at for at, _ in self.stamps), default=0) / 1e9


class Finder:
    """Looks for logs in what was given, and in nothing else.

    Args:
        root: the folder, or one log.

    Raises:
        ReadError: there is nothing of this name.
    """

    def __init__(self, root: Path) -> None:
        if not root.exists():
            raise ReadError(
                "there is no such file or folder", where=str(root), todo="look for a typing error in the path"
            )
        self.root = root
        self.folder = root.is_dir()
        self._real = root.resolve()
        self._listing: Mapping[Path, Stamp] = {}
        self._found: tuple[Found, ...] = ()
        self._looked = -_AGAIN
        self.refused: tuple[UnreadFile, ...] = ()

    def look(self) -> tuple[Seen, ...]:
        """All logs, each with its stamps, sorted by path."""
        listing = dict(_stamped(self.root)) if self.folder else {}
        if not self.folder:
            self._found = self._found or self._allowed(self._find())
        elif self._is_to_be_found_anew(listing):
            self._found = self._allowed(self._find())
            self._looked = time.monotonic()
        self._listing = listing
        return _newest_states(
            Seen(name=self._named(f), found=f, stamps=_stamps(f, listing)) for f in self._found
        )

    def _is_to_be_found_anew(self, listing: Mapping[Path, Stamp]) -> bool:
        if listing.keys() != self._listing.keys():
            return True
        known = {path for each in self._found for path in _files(each)}
        others = any(stamp != self._listing[path] for path, stamp in listing.items() if path not in known)
        return others and time.monotonic() - self._looked >= _AGAIN

    def _find(self) -> Iterator[Found]:
        try:
            yield from (each for each in sources(self.root) if isinstance(each, Found))
        except ReadError:
            return  # nothing yet

    def _allowed(self, found: Iterator[Found]) -> tuple[Found, ...]:
        """Those that lie in the folder; a link may lead out of it."""
        kept, refused = list[Found](), list[UnreadFile]()
        for each in found:
            if not self.folder or all(self._is_inside(path) for path in _files(each)):
                kept.append(each)
            else:
                reason = "it is a link that leads out of the folder, and is not followed"
                refused.append(UnreadFile(path=self._named(each), reason=reason))
        self.refused = tuple(refused)
        return tuple(kept)

    def _is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self._real)

    def _named(self, found: Found) -> str:
        if not self.folder or found.path == self.root:
            return found.path.name or str(found.path)
        return found.path.relative_to(self.root).as_posix()


def _files(found: Found) -> tuple[Path, ...]:
    return tuple(found.files.values()) or (found.path,)


def _stamps(found: Found, listing: Mapping[Path, Stamp]) -> tuple[Stamp, ...]:
    files = _files(found)
    beside = [path.with_name(path.name + _COMPANION) for path in files]
    return tuple(listing[path] if path in listing else _stamp(path) for path in (*files, *beside))


def _stamp(path: Path) -> Stamp:
    try:
        told = path.stat()
    except OSError:
        return _NONE
    return told.st_mtime_ns, told.st_size


def _stamped(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    """Every visible file below a folder; links to folders are not followed."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:
            continue  # gone meanwhile, or closed to us: finding says so
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(here / entry.name)
                    continue
                told = entry.stat()
            except OSError:
                continue
            yield here / entry.name, (told.st_mtime_ns, told.st_size)


def _newest_states(seen: Iterator[Seen]) -> tuple[Seen, ...]:
    """Of the states that Hugging Face saves of one run in its checkpoints, the one written last."""
    kept: dict[Path, Seen] = {}
    for each in seen:
        path = each.found.path
        whose = path
        if path.name == _STATE:
            folder = path.parent
            whose = (folder.parent if _CHECKPOINT.match(folder.name) else folder) / _STATE
        if whose not in kept or kept[whose].written < each.written:
            kept[whose] = each
    return tuple(kept.values())
