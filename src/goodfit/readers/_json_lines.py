# SPDX-License-Identifier: Apache-2.0
"""One JSON object a line; a long file is parsed again at each pass, so that its objects are never all held."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, overload

from goodfit.errors import FormatError

LARGE = 16 * 2**20  # bytes; a shorter file is parsed once and kept
INCOMPLETE = "The last line is incomplete and was left out: the log may still be written."
Record = dict[str, Any]


def load_lines(text: str, source: str) -> tuple[list[Record], tuple[str, ...]]:
    """Parse one JSON object a line; a last line without its end is left out, with a note.

    Raises:
        FormatError: a line is broken, or holds something else than an object; says which.
    """
    lines = text.split("\n")
    return _parsed(list(_each(enumerate(lines, start=1), len(lines), source)))


def _parsed(found: list[Record | None]) -> tuple[list[Record], tuple[str, ...]]:
    if found and found[-1] is None:
        return [record for record in found if record is not None], (INCOMPLETE,)
    return [record for record in found if record is not None], ()


def _each(lines: Iterator[tuple[int, str | bytes]] | Any, count: int, source: str) -> Iterator[Record | None]:
    """Each line's object; None last, where the last line is cut off."""
    any_record = False
    for at, line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            if at == count and any_record:
                yield None
                return
            raise FormatError(
                f"the JSON is broken: {getattr(error, 'msg', error)}",
                where=f"{source}, line {at}",
                todo="each line of a JSON Lines log must be one whole object",
            ) from None
        if not isinstance(record, dict):
            raise FormatError(
                f"found a JSON {type(record).__name__} where an object was expected",
                where=f"{source}, line {at}",
                todo="each line of a JSON Lines log must be one whole object",
            )
        any_record = True
        yield record


class LineRecords(Sequence[Record]):
    """The objects of a long file as a sequence that is parsed anew each time it is gone through.

    Raises:
        FormatError: as `load_lines`; the whole file is parsed once at the beginning.
    """

    def __init__(self, raw: bytes, source: str) -> None:
        self._raw = raw
        self._source = source
        self._count = 0
        self.notes: tuple[str, ...] = ()
        for record in self._records():
            if record is None:
                self.notes = (INCOMPLETE,)
            else:
                self._count += 1

    def _records(self) -> Iterator[Record | None]:
        lines = self._raw.count(b"\n") + 1
        return _each(enumerate(self._split(), start=1), lines, self._source)

    def _split(self) -> Iterator[bytes]:
        at = 3 if self._raw.startswith(b"\xef\xbb\xbf") else 0
        while (end := self._raw.find(b"\n", at)) >= 0:
            yield self._raw[at:end]
            at = end + 1
        yield self._raw[at:]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Record]:
        return (record for record in self._records() if record is not None)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, slice):
            return list(self)[at]
        wanted = at + self._count if at < 0 else at
        for place, record in enumerate(self):
            if place == wanted:
                return record
        raise IndexError(at)
