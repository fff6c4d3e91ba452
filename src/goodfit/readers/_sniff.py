# SPDX-License-Identifier: Apache-2.0
"""What kind of content a file holds, from its first bytes and lines; its name is never asked.

SQLite format 3, :W&B, ...       a binary log, which is never decoded as text
{"epoch": 0, "loss": 2.1}        one object a line: JSON Lines
{"history": {"loss": [...]}}     one value: JSON
Epoch 3/10 | train_loss: 0.5     lines that name each number: printed for people
epoch,train_loss,val_loss        anything else: separated cells
"""

import json
import re
from enum import StrEnum
from typing import Any

from goodfit.errors import FormatError
from goodfit.readers._printed import are_printed

_BINARY = (
    (b"\x1f\x8b", "a gzip archive in a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"),
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
_PRINTED = re.compile(
    r"\[[^\[\]{}\"]*\][ \t]*[^\s,\]]"
)  # "[0] train-rmse:1.2", "[Epoch 3] loss 0.5": no JSON
_EVENT_FILE = b"brain.Event:"  # in the first record of every TensorBoard file


class Shape(StrEnum):
    """How the content is laid out: as text, as binary records, or in several files."""

    JSON = "JSON"
    JSON_LINES = "JSON Lines"
    DELIMITED = "separated cells"
    LINES = "printed lines"
    EVENTS = "TensorBoard event file"
    SQLITE = "SQLite database"
    WANDB = "offline run of Weights & Biases"
    FOLDER = "folder"

    @property
    def is_text(self) -> bool:
        """Whether the content is text."""
        return self in (Shape.JSON, Shape.JSON_LINES, Shape.DELIMITED, Shape.LINES)


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
    if start.startswith("{'"):
        return Shape.LINES  # a Python dict, as the trainer of Hugging Face prints them
    if start.strip() in _JSON_WORDS:
        return Shape.JSON
    if start[:1] not in ("{", "[") or _PRINTED.match(start):
        return Shape.LINES if are_printed(text) else Shape.DELIMITED
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
