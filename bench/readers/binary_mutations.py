# SPDX-License-Identifier: Apache-2.0
"""Mutations of event files, .wandb files and SQLite databases; checksums are made anew unless damage is the point."""

import sqlite3
import zlib
from contextlib import closing, suppress
from random import Random
from struct import pack, unpack_from

from binary_logs import record, wandb_log

ODD = (0, 1, -1, 2**31, 2**62, 1e308, -1e-320, "NaN", "", "x", b"\xff\x00", None)
STATEMENTS = (
    "UPDATE metrics SET {column} = ? WHERE rowid % {n} = 0",
    "DELETE FROM metrics WHERE rowid % {n} = 0",
    "INSERT INTO metrics SELECT * FROM metrics WHERE rowid % {n} = 0",
    "ALTER TABLE metrics DROP COLUMN {column}",
    "ALTER TABLE metrics RENAME COLUMN {column} TO odd",
    "ALTER TABLE metrics ADD COLUMN more DEFAULT 1",
)


def mutated_events(raw: bytes, random: Random) -> bytes:
    """Records of an event file changed, moved, doubled or left out."""
    records = []
    at = 0
    while at + 16 <= len(raw):
        (length,) = unpack_from("<Q", raw, at)
        records.append(raw[at + 12 : at + 12 + length])
        at += 16 + length
    changed = b"".join(map(record, _changed(records, random)))
    return _damaged(changed, random) if random.random() < 0.25 else changed


def mutated_wandb(raw: bytes, random: Random) -> bytes:
    """The same for the records of a .wandb file that fit into one piece."""
    records = []
    at = 7
    while at + 7 <= len(raw):
        checksum, length, kind = unpack_from("<IHB", raw, at)
        piece = raw[at + 7 : at + 7 + length]
        if zlib.crc32(bytes((kind,)) + piece) != checksum:
            break
        records.append(piece)
        at += 7 + length
    changed = wandb_log(_changed(records, random))
    return _damaged(changed, random) if random.random() < 0.25 else changed


def _changed(records: list[bytes], random: Random) -> list[bytes]:
    """All records after the first, which says the format, may change."""
    records = list(records)
    for _ in range(random.randint(1, 4)):
        if len(records) < 2:
            break
        at = random.randrange(1, len(records))
        kind = random.randrange(8)
        if kind == 0:
            del records[at]
        elif kind == 1:
            records[at:at] = [records[at]] * random.randint(1, 30)
        elif kind == 2:
            other = random.randrange(1, len(records))
            records[at], records[other] = records[other], records[at]
        elif kind == 3:
            records[at] += records[random.randrange(1, len(records))]
        else:
            records[at] = _changed_message(records[at], random)
    return records


def _changed_message(message: bytes, random: Random) -> bytes:
    """A protobuf message with a byte, a length or a number changed, or cut."""
    content = bytearray(message)
    at = random.randrange(len(content) or 1)
    kind = random.randrange(5)
    if kind == 0 and content:
        content[at] = random.randrange(256)
    elif kind == 1:
        del content[at : at + random.randint(1, 8)]
    elif kind == 2:
        content[at:at] = random.randbytes(random.randint(1, 4))
    elif kind == 3:
        odd = random.choice(
            (b"\xff" * 9 + b"\x01", b"\xff" * 12, pack("<f", float("nan")), b"\x80" * 4 + b"\x00")
        )
        content[at : at + len(odd)] = odd
    else:
        content[at:at] = content[at : at + 40] * random.randint(1, 20)
    return bytes(content)


def _damaged(raw: bytes, random: Random) -> bytes:
    """A wrong bit, or a file that was cut off, behind the first record."""
    at = random.randrange(64, len(raw)) if len(raw) > 64 else len(raw)
    if random.random() < 0.5:
        return raw[:at]
    return raw[:at] + bytes(byte ^ 0x10 for byte in raw[at : at + 1]) + raw[at + 1 :]


def mutated_database(raw: bytes, random: Random) -> bytes:
    """Rows and columns of the table of metrics changed by SQLite itself, which leaves a whole database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(raw[:18] + b"\1\1" + raw[20:])
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(metrics)")]
        for _ in range(random.randint(1, 3)):
            statement = random.choices(STATEMENTS, weights=(12, 4, 4, 1, 1, 1))[0]
            filled = statement.format(column=random.choice(columns), n=random.randint(1, 7))
            with suppress(sqlite3.Error):
                connection.execute(filled, (random.choice(ODD),) if "?" in filled else ())
        return bytes(connection.serialize())


def mutated_pages(raw: bytes, random: Random) -> bytes:
    """Bytes of the pages overwritten, most of them behind the schema; or pages swapped or cut off."""
    content = bytearray(raw)
    size = int.from_bytes(raw[16:18], "big") or 1
    pages = max(1, len(raw) // size)
    kind = random.randrange(4)
    if kind == 0:
        del content[random.randrange(pages) * size :]
    elif kind == 1 and pages > 2:
        one, other = (random.randrange(1, pages) * size for _ in range(2))
        content[one : one + size], content[other : other + size] = (
            raw[other : other + size],
            raw[one : one + size],
        )
    else:
        for _ in range(random.randint(1, 5)):
            at = random.randrange(100 if random.random() < 0.2 else min(size, len(raw) - 1), len(raw))
            content[at : at + 4] = random.randbytes(len(content[at : at + 4]))
    return bytes(content or raw[:100])
