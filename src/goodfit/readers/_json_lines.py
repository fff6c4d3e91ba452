# SPDX-License-Identifier: Apache-2.0
"""One JSON object a line; a long file is parsed again at each pass, so that its objects are never all held."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, overload

from goodfit.errors import FormatError

_BATCH = 512  # lines parsed at once
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


def _each(
    lines: Iterable[tuple[int, str | bytes]], count: int, source: str, *, any_record: bool = False
) -> Iterator[Record | None]:
    """Each line's object; None last, where the last line is cut off."""
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


def _at_once(batch: list[tuple[int, bytes]]) -> list[Record] | None:
    """The objects of whole lines; None when a line is anything else."""
    try:
        found = json.loads(b"[" + b",".join([line for _, line in batch]) + b"]")
    except (ValueError, RecursionError):
        return None
    return found if len(found) == len(batch) and all(type(record) is dict for record in found) else None


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
        self.keys: frozenset[str] = frozenset()  # that any object has
        self.shared: frozenset[str] = frozenset()  # that every object has
        seen: dict[tuple[str, ...], None] = {}
        for record in self._records():
            if record is None:
                self.notes = (INCOMPLETE,)
            else:
                self._count += 1
                seen[tuple(record)] = None
        if seen:
            self.keys = frozenset().union(*seen)
            self.shared = frozenset(next(iter(seen))).intersection(*seen)

    def _records(self) -> Iterator[Record | None]:
        """The objects, many lines at a time; one by one where that fails, to say which line is broken."""
        total = self._raw.count(b"\n") + 1
        lines = enumerate(self._split(), start=1)
        while batch := list(islice(lines, _BATCH)):
            yield from _at_once(batch) or _each(batch, total, self._source, any_record=batch[0][0] > 1)

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
