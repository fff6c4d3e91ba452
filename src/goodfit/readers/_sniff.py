# SPDX-License-Identifier: Apache-2.0
"""What kind of content a file holds, from its first bytes and lines; its name is never asked.

SQLite format 3, :W&B, ...       a binary log, which is never decoded as text
{"epoch": 0, "loss": 2.1}        one object a line: JSON Lines
{"history": {"loss": [...]}}     one value: JSON
epoch,train_loss,val_loss        anything else: separated cells
"""

import json
from enum import StrEnum
from typing import Any

from goodfit.errors import FormatError

_BINARY = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
    (b"\x89PNG", "a PNG image", "give the log the picture was drawn from"),
    (b"%PDF", "a PDF document", "give the log it was made from"),
    (
        b"\x80\x04\x95",
        "a Python pickle",
        "write the history as JSON or CSV: pickles of strangers are not opened",
    ),
    (b"\x89HDF", "an HDF5 file", "write the history as JSON or CSV"),
)
_JSON_WORDS = frozenset({"null", "true", "false"})
_EVENT_FILE = b"brain.Event:"  # in the first record of every TensorBoard file


class Shape(StrEnum):
    """How the content is laid out: as text, as binary records, or in several files."""

    JSON = "JSON"
    JSON_LINES = "JSON Lines"
    DELIMITED = "separated cells"
    EVENTS = "TensorBoard event file"
    SQLITE = "SQLite database"
    WANDB = "offline run of Weights & Biases"
    FOLDER = "folder"

    @property
    def is_text(self) -> bool:
        """Whether the content is text."""
        return self in (Shape.JSON, Shape.JSON_LINES, Shape.DELIMITED)


def binary_shape(raw: bytes) -> Shape | None:
    """The binary format that a reader may know, from the first bytes; None for text and everything else."""
    if raw.startswith(b"SQLite format 3\0"):
        return Shape.SQLITE
    if raw.startswith(b":W&B"):
        return Shape.WANDB
    return Shape.EVENTS if _EVENT_FILE in raw[:64] else None


def binary_kind(raw: bytes) -> tuple[str, str] | None:
    """Name a binary format that no reader knows and what to do with it; None when the bytes are none of these."""
    return next(((what, todo) for magic, what, todo in _BINARY if raw.startswith(magic)), None)


def shape_of(text: str) -> Shape:
    """Tell one JSON value, JSON Lines and separated cells apart."""
    start = text.lstrip()
    if start.strip() in _JSON_WORDS:
        return Shape.JSON
    if start[:1] not in ("{", "["):
        return Shape.DELIMITED
    if start.startswith("["):
        return Shape.JSON
    first, _, rest = start.partition("\n")
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        return Shape.JSON
    if rest.strip():
        return Shape.JSON_LINES
    single = isinstance(record, dict) and not any(isinstance(value, list | dict) for value in record.values())
    return Shape.JSON_LINES if single else Shape.JSON


def load_json(text: str, source: str) -> Any:
    """Parse one JSON value; bare NaN and Infinity are read, as Python's own tools write them.

    Raises:
        FormatError: it is broken; says in which line.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"the JSON is broken: {error.msg}",
            where=f"{source}, line {error.lineno}, column {error.colno}",
            todo="was the file cut off while it was copied or written?",
        ) from None
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"the JSON cannot be read: {error}", where=source, todo="give a training log"
        ) from None


def load_lines(text: str, source: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Parse one JSON object a line; a last line without its end is left out, with a note.

    Raises:
        FormatError: a line is broken, or holds something else than an object; says which.
    """
    records: list[dict[str, Any]] = []
    lines = text.split("\n")
    for at, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            if at == len(lines) and records:
                return records, (
                    "The last line is incomplete and was left out: the log may still be written.",
                )
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
        records.append(record)
    return records, ()
