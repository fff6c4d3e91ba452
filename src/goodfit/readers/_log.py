# SPDX-License-Identifier: Apache-2.0
"""One log as it lies on disk, opened lazily: bytes, then text, then what the text holds.

Readers ask a `Log` only for what they need; each view is worked out once and raises a `ReadError`
that says what is wrong. `Log.open(path)` reads a file, `Log(source=..., raw=...)` takes bytes, and
`Log(source=..., files=...)` is a log that its tool spreads over several files.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from goodfit.errors import FormatError, ReadError
from goodfit.readers._decode import decoded, encoding_of
from goodfit.readers._delimited import parse_delimited
from goodfit.readers._json_lines import LARGE, LineRecords, load_lines
from goodfit.readers._screen import shown_lines
from goodfit.readers._sniff import Shape, binary_kind, binary_shape, load_json, shape_of
from goodfit.readers._table import Table
from goodfit.readers._unpack import unpacked

MAX_BYTES = (
    256 * 2**20
)  # hundreds of times the log of a long training; what is larger is no log, or has no end
_PIECE = 2**20  # bytes read at once
_BLOCK = 2**16  # bytes of separated text decoded at once
_LAST_LINES = 20  # of separated text, kept apart: the last one may be half written


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
            with Path(path).open("rb", buffering=0) as file:
                return cls(source=source, raw=bounded(file, source), path=Path(path))
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
    def _plain(self) -> tuple[bytes, tuple[str, ...]]:
        return unpacked(self.raw, self.source, MAX_BYTES)

    @cached_property
    def content(self) -> bytes:
        """The bytes of the text, unpacked, without the zeros that a crashed writer leaves at the end.

        Raises:
            FormatError: there are none, or they are no text.
        """
        if self.files or binary_shape(self.raw):
            raise FormatError(f"a {self.shape} is no text", where=self.source, todo="give a text log")
        raw = self._plain[0]
        if kind := binary_kind(raw):
            raise FormatError(f"this is {kind[0]}, not a text log", where=self.source, todo=kind[1])
        if not encoding_of(raw).startswith("utf-8"):
            return raw
        if raw.endswith(b"\0"):
            raw = raw.rstrip(b"\0")
        if b"\0" in raw:
            raise FormatError(
                "the file holds zero bytes: it is binary", where=self.source, todo="give a text log"
            )
        if raw in (b"", b"\xef\xbb\xbf") or raw.isspace():
            raise FormatError(
                "the file is empty", where=self.source, todo="give a log with at least one epoch"
            )
        return raw

    @cached_property
    def _decoded(self) -> tuple[str, tuple[str, ...]]:
        text, notes = decoded(self.content, self.source)
        if not text.strip():
            raise FormatError(
                "the file is empty", where=self.source, todo="give a log with at least one epoch"
            )
        if "\0" in text:
            raise FormatError(
                "the file holds zero bytes: it is binary", where=self.source, todo="give a text log"
            )
        return text, notes

    @property
    def text(self) -> str:
        """The bytes as text: UTF-8 unless they say otherwise.

        Raises:
            FormatError: the file is empty, or it is no text.
        """
        return self._decoded[0]

    @property
    def ended(self) -> bool:
        """Whether the last line is whole."""
        return self.content.endswith((b"\n", b"\r", b"\n\0", b"\0\n"))

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was odd about the bytes, as sentences; every history that is read from them gets these."""
        notes = [*self._plain[1]] if "_plain" in self.__dict__ else []
        if "content" in self.__dict__ and len(self.content) < len(self._plain[0]):
            notes.append("Zero bytes at the end, which a writer leaves that is stopped, were left out.")
        return (*notes, *(self._decoded[1] if "_decoded" in self.__dict__ else ()))

    @cached_property
    def shape(self) -> Shape:
        """How the content is laid out; views of another layout are None."""
        if self.files:
            return Shape.FOLDER
        return binary_shape(self.raw) or shape_of(self._head)

    @property
    def _head(self) -> str:
        """Enough of the text to tell its shape: all of a short one, and of one that begins like JSON."""
        raw = self.content
        if len(raw) <= _BLOCK or raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return self.text
        try:
            return raw[: raw.index(b"\n", _BLOCK) + 1].decode("utf-8-sig")
        except ValueError:  # one endless line, or another encoding
            return self.text

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines as a terminal would have shown them, states of progress bars one by one."""
        lines = shown_lines(self.text)
        while len(lines) > 1 and not lines[-1]:
            lines.pop()
        return lines

    @cached_property
    def data(self) -> Any:
        """The JSON value; for JSON Lines the sequence of objects. None when the content is no JSON.

        Raises:
            FormatError: the JSON is broken; says in which line.
        """
        if self.shape is Shape.JSON:
            return load_json(self.text, self.source)
        return self._lines[0] if self.shape is Shape.JSON_LINES else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was repaired while the JSON was read, as sentences."""
        return self._lines[1] if self.shape is Shape.JSON_LINES else ()

    @cached_property
    def _lines(self) -> tuple[Sequence[dict[str, Any]], tuple[str, ...]]:
        if len(self.content) > LARGE and encoding_of(self.content).startswith("utf-8"):
            records = LineRecords(self.content, self.source)
            return records, records.notes
        return load_lines(self.text, self.source)

    @cached_property
    def table(self) -> Table | None:
        """The separated cells as columns; None when the content is something else.

        Raises:
            FormatError: there is no header line.
        """
        if self.shape is not Shape.DELIMITED:
            return None
        return parse_delimited(self._blocks(), self.source)

    def _blocks(self) -> Iterator[str]:
        """The text in pieces that end with a line, so that a long log is not held as bytes and text at once."""
        raw = self.content
        if len(raw) <= _BLOCK or b'"' in raw or not raw.isascii() or _returns(raw):
            yield self.text.replace("\r\n", "\n") if b'"' not in raw else self.text
            return
        at, end = 0, len(raw)
        for _ in range(_LAST_LINES):
            end = raw.rfind(b"\n", 0, end)
        end += 1
        while at < end:
            cut = min(at + _BLOCK, end)
            cut = end if cut == end else raw.find(b"\n", cut) + 1 or end
            yield raw[at:cut].decode("ascii").replace("\r\n", "\n")
            at = cut
        yield raw[end:].decode("ascii").replace("\r\n", "\n")


def _returns(raw: bytes) -> bool:
    """Whether a line ends, or a cell is broken, with a carriage return alone."""
    return b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n")


def bounded(file: IO[bytes], source: str) -> bytes:
    """All bytes of an open file, read piece by piece, so that one without an end is noticed in bounded memory.

    Raises:
        ReadError: there are more than 256 MiB.
    """
    pieces: list[bytes] = []
    total, wanted = 0, _size(file)
    while piece := file.read(wanted):
        if not total and binary_shape(piece) is Shape.SQLITE:
            return piece[:_PIECE]  # may be larger than memory, and is never read as a whole
        pieces.append(piece)
        total, wanted = total + len(piece), _PIECE
        if total > MAX_BYTES:
            raise ReadError(
                f"the file holds more than {MAX_BYTES // 2**20} MiB, which no training log does",
                where=source,
                todo="give the log with one row an epoch, or leave columns out",
            )
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _size(file: IO[bytes]) -> int:
    """As many bytes as a file on disk holds, so that it is read in one piece; a piece's size for a pipe."""
    try:
        return min(max(os.fstat(file.fileno()).st_size, _PIECE), MAX_BYTES + 1)
    except (OSError, ValueError):
        return _PIECE
