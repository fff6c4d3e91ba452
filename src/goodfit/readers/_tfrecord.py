# SPDX-License-Identifier: Apache-2.0
"""The framing of event files: records with a length in front and checksums behind.

    length (8 bytes) | checksum of the length (4) | record | checksum of the record (4)

A length whose checksum is wrong, or that reaches beyond the end, ends the file: nothing says where the next
record begins. A record whose own checksum is wrong is left out. Both are counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from goodfit.readers._crc32c import Bytes, masked_crcs

_LENGTH = Struct("<Q")
_HEAD, _TAIL = 12, 4  # bytes around a record
_AT_ONCE = 2**22  # bytes of equally long records laid out at once
_LARGEST = 2**24  # bytes; what is larger is a graph or a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Whole records of one length."""

    order: NDArray[np.int64]  # which record of the file each row is, counted from 0
    rows: Bytes  # (records, length)


@dataclass(slots=True)
class Frames:
    """The records of one event file, and what was wrong with them."""

    raw: bytes
    sound: int = 0  # records laid out
    damaged: int = 0  # records left out because their checksum is wrong
    rest: int = 0  # bytes after the last whole record
    broken_length: bool = False  # the rest begins with a wrong checksum, and is not just cut off

    def groups(self) -> Iterator[Group]:
        """The whole records, those of one length together."""
        content = np.frombuffer(self.raw, dtype=np.uint8)
        starts, lengths = self._walk()
        sound = _sound_lengths(content, starts)
        self.broken_length = sound < len(starts)
        if sound < len(starts) or len(starts) > len(lengths):
            self.rest = len(self.raw) - int(starts[min(sound, len(lengths))]) + _HEAD
        lengths = lengths[:sound]
        for length in sorted(set(lengths[lengths <= _LARGEST].tolist())):
            found = np.flatnonzero(lengths == length)
            at_once = max(1, _AT_ONCE // max(length, 1))
            for first in range(0, len(found), at_once):
                order = found[first : first + at_once]
                rows = _gather(content, starts[order], length)
                stored = _gather(content, starts[order] + length, _TAIL).view("<u4")[:, 0]
                sound_rows = masked_crcs(rows) == stored
                self.damaged += int(len(order) - sound_rows.sum())
                self.sound += int(sound_rows.sum())
                yield Group(order=order[sound_rows], rows=rows[sound_rows])

    def _walk(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each record begins, and the lengths of those that lie in the file as a whole."""
        starts: list[int] = []
        lengths: list[int] = []
        raw, unpack, end = self.raw, _LENGTH.unpack_from, len(self.raw)
        at = 0
        while at + _HEAD <= end:
            (length,) = unpack(raw, at)
            starts.append(at + _HEAD)
            at += length + _HEAD + _TAIL
            if at > end:
                break
            lengths.append(length)
        else:
            self.rest = end - at
        return np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int64)


def _sound_lengths(content: Bytes, starts: NDArray[np.int64]) -> int:
    """How many records there are before the first length with a wrong checksum."""
    if not len(starts):
        return 0
    heads = _gather(content, starts - _HEAD, _HEAD)
    wrong = masked_crcs(heads[:, :8]) != np.ascontiguousarray(heads[:, 8:]).view("<u4")[:, 0]
    return int(np.argmax(wrong)) if wrong.any() else len(starts)


def _gather(content: Bytes, starts: NDArray[np.int64], length: int) -> Bytes:
    if len(starts) == 1:  # without an index, which would take eight times the bytes
        return content[None, int(starts[0]) : int(starts[0]) + length]
    laid_out: Bytes = content[starts[:, None] + np.arange(length)]
    return laid_out
