# SPDX-License-Identifier: Apache-2.0
"""A log packed with gzip is read as what is in it, in bounded memory.

A few kilobytes can unpack to many gigabytes; what unpacks to more than a log can have is refused while
it is unpacked, and nothing is ever written to disk.
"""

import io

from goodfit.errors import FormatError, ReadError

GZIP = b"\x1f\x8b"
_PIECE = 2**20  # bytes unpacked at once


def unpacked(raw: bytes, source: str, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """Unpack gzip data; returns it with sentences on what is missing. Other bytes come back as they are.

    Raises:
        ReadError: it unpacks to more than `limit` bytes.
        FormatError: not one byte of it can be unpacked.
    """
    if not raw.startswith(GZIP):
        return raw, ()
    import gzip
    import zlib

    pieces: list[bytes] = []
    total = 0
    notes: tuple[str, ...] = ()
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
        try:
            while piece := file.read1(_PIECE):
                pieces.append(piece)
                total += len(piece)
                if total > limit:
                    raise ReadError(
                        f"the gzip archive unpacks to more than {limit // 2**20} MiB, which no training log does",
                        where=source,
                        todo="give the log with one row an epoch, or leave columns out",
                    )
        except (EOFError, OSError, zlib.error) as error:
            if not pieces:
                raise FormatError(
                    f"the gzip archive cannot be unpacked: {error}",
                    where=source,
                    todo="was the file cut off while it was copied or written?",
                ) from None
            notes = (
                "The gzip archive is cut off or damaged; what could be unpacked was read, up to the damage.",
            )
    return b"".join(pieces), notes


def beginning(head: bytes, limit: int) -> bytes:
    """What the beginning of a gzip archive unpacks to, at most `limit` bytes; nothing if it cannot be."""
    import zlib

    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, limit)
    except zlib.error:
        return b""
