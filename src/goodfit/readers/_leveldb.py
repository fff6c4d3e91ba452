# SPDX-License-Identifier: Apache-2.0
"""The framing of `.wandb` files: LevelDB's log, with a checksum of another kind.

    7 bytes of file header, then blocks of 32 KiB, and in them
    checksum (4) | length (2) | kind (1) | piece      kind: 1 whole, 2 first, 3 middle, 4 last piece of a record

A piece with a wrong checksum costs the rest of its block; the next block begins anew.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

HEADER = b":W&B"
_FILE_HEAD = 7
_BLOCK = 32_768
_PIECE = Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


@dataclass(slots=True)
class LevelLog:
    """The records of a log, and what was wrong with them."""

    raw: bytes
    damaged: int = 0  # pieces with a wrong checksum, or without their beginning
    cut_off: bool = False  # the file ends in the middle of a record

    def records(self) -> Iterator[bytes]:
        """Every whole record."""
        pieces: list[bytes] = []
        for kind, piece in self._pieces():
            if kind == _WHOLE:
                self.damaged += bool(pieces)
                pieces = []
                yield piece
            elif kind == _FIRST:
                self.damaged += bool(pieces)
                pieces = [piece]
            elif pieces and kind == _MIDDLE:
                pieces.append(piece)
            elif pieces and kind == _LAST:
                yield b"".join((*pieces, piece))
                pieces = []
            else:  # its beginning was damaged
                self.damaged += not pieces and kind == _LAST
                pieces = []
        self.cut_off |= bool(pieces)

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        raw, at = self.raw, _FILE_HEAD
        while at < len(raw):
            left = _BLOCK - at % _BLOCK
            if left < _PIECE.size:
                at += left
                continue
            if at + _PIECE.size > len(raw):
                self.cut_off = True
                return
            checksum, length, kind = _PIECE.unpack_from(raw, at)
            piece = raw[at + _PIECE.size : at + _PIECE.size + length]
            if not checksum and not length and not kind:  # filled up with zeros
                at += left
            elif _PIECE.size + length <= left and len(piece) < length:
                self.cut_off = True
                return
            elif _PIECE.size + length > left or zlib.crc32(piece, zlib.crc32(bytes((kind,)))) != checksum:
                self.damaged += 1
                at += left
                yield 0, b""
            else:
                at += _PIECE.size + length
                yield kind, piece
