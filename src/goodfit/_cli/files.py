# SPDX-License-Identifier: Apache-2.0
"""Writing files without losing anybody's: whole or not at all, and over nothing that goodfit did not write."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from goodfit.errors import SettingsError

_HEAD = 4000  # characters at the beginning of a file that are looked at
# How every file of ours begins; text and GitHub's commands bear no mark, so such files are replaced by --force alone.
_MARKS = tuple(
    re.compile(mark)
    for mark in (
        r'<meta name="generator" content="goodfit',  # the report page
        r"\A<!-- goodfit -->",  # Markdown
        r'\A<svg class="forest"',  # the plot of a comparison
        r'\A<\?xml [^>]*>\s*<testsuites name="goodfit"',  # JUnit
        r'"driver": \{\s*"name": "goodfit"',  # SARIF
        r'\A\s*\[?\s*\{\s*"type": "[A-Z]\w+",\s*"schema_version": \d',  # JSON and JSON Lines
    )
)


def write_page(page: str, path: Path) -> None:
    """Write an HTML page, replacing only a file that goodfit wrote.

    Raises:
        SettingsError: the path is a folder, cannot be written, or holds somebody else's file.
    """
    write_file(page, path)


def write_file(text: str, path: Path, *, force: bool = False) -> None:
    """Write a file whole or not at all; what stood there stays until the new one is complete.

    Raises:
        SettingsError: as `check_file`.
    """
    from tempfile import NamedTemporaryFile  # it costs 10 ms, which a result on stdout need not pay

    check_file(path, force=force)
    if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stdout
        _into(path, text)
        return
    target = path.resolve()  # a link stays a link
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", newline="\n", dir=target.parent, delete=False
        ) as new:
            new.write(text)
        _take_over(Path(new.name), target)
    except OSError as error:
        raise _unwritable(path, error) from error


def check_file(path: Path, *, force: bool = False, inputs: Sequence[Path] = ()) -> None:
    """Check, without writing anything, that a file may be written to `path`.

    Args:
        path: where to write.
        force: also over a file that goodfit did not write; never over one of `inputs`.
        inputs: what the command reads.

    Raises:
        SettingsError: the path is a folder, cannot be written, is an input, or holds somebody else's file.
    """
    if path.is_dir():
        raise SettingsError(f"{path} is a folder", todo="name a file in it")
    try:
        if not path.exists():
            check_folder(path.parent)
            return
        if any(each.exists() and each.samefile(path) for each in inputs):
            raise SettingsError(f"{path} is what this command reads", todo="name another file")
        if path.is_file() and not force:
            _check_ours(path)
        if not os.access(path, os.W_OK):
            raise PermissionError(f"{path} may not be written")
    except OSError as error:
        raise _unwritable(path, error) from error


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
    with path.open(encoding="utf-8", errors="replace") as lines:
        head = lines.read(_HEAD)
    if head and not any(mark.search(head) for mark in _MARKS):
        raise SettingsError(
            f"{path} exists and was not written by goodfit",
            todo="name another file, or remove it (--output-file takes --force)",
        )


def _into(path: Path, text: str) -> None:
    try:
        with path.open("w", encoding="utf-8", errors="replace") as there:
            there.write(text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _take_over(new: Path, target: Path) -> None:
    """Put a finished file in its place, with the rights that a file made there would have."""
    try:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~mask)
        new.replace(target)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def _unwritable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"the file cannot be written: {error}", where=str(path), todo="name another file")
