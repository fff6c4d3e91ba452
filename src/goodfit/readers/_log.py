# SPDX-License-Identifier: Apache-2.0
"""One log as it lies on disk, opened lazily: bytes, then text, then what the text holds.

Readers ask a `Log` only for what they need; each view is worked out once and raises a `ReadError`
that says what is wrong. `Log.open(path)` reads a file, `Log(source=..., raw=...)` takes bytes, and
`Log(source=..., files=...)` is a log that its tool spreads over several files.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from goodfit.errors import FormatError, ReadError
from goodfit.readers._delimited import parse_delimited
from goodfit.readers._sniff import Shape, binary_kind, binary_shape, load_json, load_lines, shape_of
from goodfit.readers._table import Table

MAX_BYTES = (
    256 * 2**20
)  # hundreds of times the log of a long training; what is larger is no log, or has no end
_PIECE = 2**20  # bytes read at once
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Log:
    """A log being read; `source` is its name in messages.

    Args:
        source: the file or folder, as messages call it.
        raw: the file's bytes; of an SQLite database on disk only the beginning, since it is read by its path.
        path: the file on disk; None when only its bytes were given.
        files: the files of a log that is a folder, under the names that the folder gives them.
    """

    def __init__(
        self,
        *,
        source: str,
        raw: bytes = b"",
        path: Path | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> None:
        self.source = source
        self.raw = raw
        self.path = path
        self.files = files or {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Log":
        """Read the file's bytes.

        Raises:
            ReadError: there is no such file, it may not be read, or it holds more than 256 MiB.
        """
        source = str(path)
        try:
            return cls(source=source, raw=_bounded(Path(path), source), path=Path(path))
        except FileNotFoundError:
            raise ReadError(
                "there is no such file", where=source, todo="look for a typing error in the path"
            ) from None
        except IsADirectoryError:
            raise ReadError(
                "this is a directory, not a log file", where=source, todo="give the log file in it"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ReadError(f"the file cannot be read: {reason}", where=source) from None

    @cached_property
    def text(self) -> str:
        """The bytes as text: UTF-8, or UTF-16 when a byte order mark says so.

        Raises:
            FormatError: the file is empty, or it is no text.
        """
        if kind := binary_kind(self.raw):
            raise FormatError(f"this is {kind[0]}, not a text log", where=self.source, todo=kind[1])
        if self.files or binary_shape(self.raw):
            raise FormatError(f"a {self.shape} is no text", where=self.source, todo="give a text log")
        encoding = "utf-16" if self.raw.startswith(_UTF16) else "utf-8-sig"
        try:
            text = self.raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise FormatError(
                f"byte {error.start + 1} is not valid {encoding.removesuffix('-sig').upper()}: the file is binary "
                "or in another encoding",
                where=self.source,
                todo="give a text log, saved as UTF-8",
            ) from None
        if not text.strip():
            raise FormatError(
                "the file is empty", where=self.source, todo="give a log with at least one epoch"
            )
        if "\0" in text:
            raise FormatError(
                "the file holds zero bytes: it is binary", where=self.source, todo="give a text log"
            )
        return text

    @cached_property
    def shape(self) -> Shape:
        """How the content is laid out; views of another layout are None."""
        if self.files:
            return Shape.FOLDER
        return binary_shape(self.raw) or shape_of(self.text)

    @cached_property
    def data(self) -> Any:
        """The JSON value; for JSON Lines the list of objects. None when the content is no JSON.

        Raises:
            FormatError: the JSON is broken; says in which line.
        """
        if self.shape is Shape.JSON:
            return load_json(self.text, self.source)
        return self._lines[0] if self.shape is Shape.JSON_LINES else None

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was repaired while the JSON was read, as sentences."""
        return self._lines[1] if self.shape is Shape.JSON_LINES else ()

    @cached_property
    def _lines(self) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        return load_lines(self.text, self.source)

    @cached_property
    def table(self) -> Table | None:
        """The separated cells as columns; None when the content is something else.

        Raises:
            FormatError: there is no header line.
        """
        return parse_delimited(self.text, self.source) if self.shape is Shape.DELIMITED else None


def _bounded(path: Path, source: str) -> bytes:
    """The file's bytes, read piece by piece, so that one without an end is noticed in bounded memory."""
    pieces: list[bytes] = []
    total = 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            pieces.append(piece)
            if not total and binary_shape(piece) is Shape.SQLITE:
                return piece  # may be larger than memory, and is never read as a whole
            total += len(piece)
            if total > MAX_BYTES:
                raise ReadError(
                    f"the file holds more than {MAX_BYTES // 2**20} MiB, which no training log does",
                    where=source,
                    todo="give the log with one row an epoch, or leave columns out",
                )
    return b"".join(pieces)
