# SPDX-License-Identifier: Apache-2.0
"""The fields of a protobuf message, as far as logs need them; no generated classes.

    08 96 01          field 1, the number 150
    12 04 6c 6f 73 73 field 2, the bytes "loss"

A message that ends in the middle of a field, or nests groups, raises `Malformed`: it comes from a damaged or
foreign file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types
_LONGEST = 10  # bytes of a varint
_SIGN, _RANGE = 2**63, 2**64


class Malformed(ValueError):  # noqa: N818 - said of a message: it is malformed
    """A message that is no protobuf."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where its content lies in the buffer, and its number if it is one."""

    number: int
    start: int
    end: int
    varint: int | None = None  # unsigned; None for the other wire types

    @property
    def width(self) -> int:
        """Bytes of content."""
        return self.end - self.start


def fields(raw: bytes, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of the message that lies in raw[start:end], in their order.

    Raises:
        Malformed: it is no whole message.
    """
    at = start
    end = len(raw) if end is None else end
    while at < end:
        key, at = varint(raw, at, end)
        number, kind = key >> 3, key & 7
        if not number:
            raise Malformed("a field has the number 0")
        if kind == _VARINT:
            value, after = varint(raw, at, end)
            yield Field(number, at, after, value)
            at = after
            continue
        if kind == _BYTES:
            size, at = varint(raw, at, end)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise Malformed(f"wire type {kind}")
        if size > end - at:
            raise Malformed("a field reaches beyond the end")
        yield Field(number, at, at + size)
        at += size


def inside(raw: bytes, message: Field, number: int) -> Iterator[Field]:
    """The fields of one number in a message that lies in a field.

    Raises:
        Malformed: it is no whole message.
    """
    if message.varint is not None:
        raise Malformed("a number where a message was expected")
    return (each for each in fields(raw, message.start, message.end) if each.number == number)


def varint(raw: bytes, at: int, end: int) -> tuple[int, int]:
    """Read a number of variable length; returns it with the place behind it.

    Raises:
        Malformed: it does not end.
    """
    value = shift = 0
    for place in range(at, min(end, at + _LONGEST)):
        byte = raw[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says whether another byte follows
            return value % _RANGE, place + 1
        shift += 7
    raise Malformed("a number does not end")


def signed(value: int) -> int:
    """A varint as the int64 that it stands for."""
    return value - _RANGE if value >= _SIGN else value


def text(raw: bytes, field: Field) -> str:
    """The content of a field as text.

    Raises:
        Malformed: it is not UTF-8.
    """
    try:
        return raw[field.start : field.end].decode()
    except UnicodeDecodeError:
        raise Malformed("text that is not UTF-8") from None
