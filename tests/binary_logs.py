# SPDX-License-Identifier: Apache-2.0
"""Binary logs made byte by byte, for cases that a real tool would not write: each format spelled out once more."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache, lru_cache
from pathlib import Path
from struct import pack

SAMPLES = Path(__file__).parent / "data" / "logs"
BLOCK = 32_768


def crc32c(data: bytes) -> int:
    """CRC-32C, as it is defined: bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _of_byte(crc & 0xFF ^ byte) ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@cache
def _of_byte(crc: int) -> int:
    for _ in range(8):
        crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc


def masked(data: bytes) -> bytes:
    """The masked checksum of a TFRecord."""
    crc = crc32c(data)
    return pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


@lru_cache(maxsize=100_000)
def record(data: bytes) -> bytes:
    """One TFRecord."""
    length = pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def varint(number: int) -> bytes:
    """A protobuf number."""
    number %= 2**64
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def message(number: int, content: bytes) -> bytes:
    """A protobuf field that holds bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def number_field(number: int, value: int) -> bytes:
    """A protobuf field that holds a number."""
    return varint(number << 3) + varint(value)


def event(*values: bytes, step: int = 0, wall: float = 1.0) -> bytes:
    """An event with a summary of these values."""
    summary = b"".join(message(1, value) for value in values)
    return b"\x09" + pack("<d", wall) + (number_field(2, step) if step else b"") + message(5, summary)


def scalar(tag: str, value: float) -> bytes:
    """A value written as simple_value."""
    return message(1, tag.encode()) + b"\x15" + pack("<f", value)


def tensor(tag: str, content: bytes, *, plugin: str = "scalars") -> bytes:
    """A value written as a tensor."""
    return (
        message(1, tag.encode()) + message(9, message(1, message(1, plugin.encode()))) + message(8, content)
    )


VERSION = record(b"\x09" + pack("<d", 1.0) + message(3, b"brain.Event:2"))


def event_file(*events: bytes) -> bytes:
    """A whole event file."""
    return VERSION + b"".join(map(record, events))


def event_file_of(curves: Mapping[str, Sequence[float | None]]) -> bytes:
    """An event file with one value a step for each tag; None is left out."""
    points = [
        (step, tag, value)
        for tag, values in curves.items()
        for step, value in enumerate(values)
        if value is not None
    ]
    return event_file(*(event(scalar(tag, value), step=step) for step, tag, value in sorted(points)))


def wandb_file(rows: Iterable[dict[str, object]]) -> bytes:
    """A .wandb file with these rows of history."""
    return wandb_log(history(row) for row in rows)


def history(row: dict[str, object]) -> bytes:
    """One history record."""
    items = (message(2, key.encode()) + message(16, json.dumps(value).encode()) for key, value in row.items())
    return message(2, b"".join(message(1, item) for item in items))


def wandb_log(records: Iterable[bytes]) -> bytes:
    """Records in LevelDB's framing."""
    out = bytearray(b":W&B\xe1\xbe\x00")
    for data in records:
        left, first = data, True
        while left or first:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += bytes(room)
                continue
            piece, left = left[: room - 7], left[room - 7 :]
            kind = (1 if first else 4) if not left else (2 if first else 3)
            out += pack("<IHB", zlib.crc32(bytes((kind,)) + piece), len(piece), kind) + piece
            first = False
    return bytes(out)


def database(*statements: str) -> bytes:
    """An SQLite database, as bytes; pages are small so that it stays so."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in ("PRAGMA page_size = 512", *statements):
            connection.execute(statement)
        return connection.serialize()


MLFLOW = (
    "CREATE TABLE runs (run_uuid TEXT, name TEXT, lifecycle_stage TEXT)",
    "CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN)",
    "INSERT INTO runs VALUES ('a1', 'base', 'active')",
)
TRACKIO = (
    "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, step INTEGER, metrics TEXT)"
)


def mlflow_row(key: str, value: float, step: int, *, is_nan: int = 0, run: str = "a1", time: int = 0) -> str:
    """The statement that logs one value as MLflow does."""
    return f"INSERT INTO metrics VALUES ('{key}', {value}, {time or step}, '{run}', {step}, {is_nan})"  # noqa: S608


def trackio_row(step: int, metrics: dict[str, object], run: str = "base") -> str:
    """The statement that logs one row as trackio does."""
    values = f"'{run}', '{run}', {step}, '{json.dumps(metrics)}'"
    return f"INSERT INTO metrics (run_id, run_name, step, metrics) VALUES ({values})"  # noqa: S608
