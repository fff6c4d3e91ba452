# SPDX-License-Identifier: Apache-2.0
"""A scalar that was stored as a tensor with one element, as TF2, Keras and `add_scalar(new_style=True)` do.

Tensor   dtype = 1, shape = 2, content = 4, or the number in a field of its type: float_val = 5, ...
"""

from dataclasses import dataclass
from struct import unpack_from

from goodfit.readers._wire import Field, fields, inside, signed, varint

_DTYPE, _SHAPE, _CONTENT = 1, 2, 4  # in Tensor
_DIMENSION, _EXTENT = 2, 1  # in Shape, and in each of its dimensions
_FLOAT, _DOUBLE, _INT, _INT64, _HALF = 5, 6, 7, 10, 13  # fields of Tensor that hold numbers
_AS_IN_MEMORY = frozenset({_FLOAT, _DOUBLE})  # the others hold varints
_BFLOAT16 = "bfloat16"
_TYPES = {  # dtype -> numpy's format in `content`, and the field that holds the number otherwise
    1: ("<f4", _FLOAT),
    2: ("<f8", _DOUBLE),
    3: ("<i4", _INT),
    4: ("<u1", _INT),
    5: ("<i2", _INT),
    6: ("<i1", _INT),
    9: ("<i8", _INT64),
    14: (_BFLOAT16, _HALF),
    19: ("<f2", _HALF),
}
_STRUCT = {
    "<f4": "<f",
    "<f8": "<d",
    "<f2": "<e",
    "<i8": "<q",
    "<i4": "<i",
    "<i2": "<h",
    "<i1": "<b",
    "<u1": "<B",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One number of an event."""

    tag: str = ""
    at: int = -1  # where its bytes begin; -1 when it is written as a varint, or left out because it is 0
    format: str  # numpy's, or "bfloat16"
    bits: int = 0  # the varint

    @property
    def width(self) -> int:
        """Bytes that it takes."""
        return width_of(self.format)


def width_of(layout: str) -> int:
    """Bytes that a number of this format takes."""
    return 2 if layout == _BFLOAT16 else int(layout[2:])


def tensor_scalar(raw: bytes, tensor: Field) -> Scalar | None:
    """The one number of a tensor; None when it has another size or type.

    Raises:
        Malformed: it is no tensor.
    """
    kind = next((each.varint for each in inside(raw, tensor, _DTYPE)), None)
    if kind not in _TYPES or any(_elements(raw, shape) != 1 for shape in inside(raw, tensor, _SHAPE)):
        return None
    layout, own = _TYPES[kind]
    for field in fields(raw, tensor.start, tensor.end):
        in_memory = field.number == _CONTENT or (field.number == own and own in _AS_IN_MEMORY)
        if in_memory and field.varint is None and field.width:
            return Scalar(at=field.start, format=layout) if field.width == width_of(layout) else None
        if field.number == own and own not in _AS_IN_MEMORY:
            bits = _varint(raw, field)
            return None if bits is None else Scalar(format=layout, bits=bits)
    return Scalar(format=layout)  # of a zero nothing is written


def _varint(raw: bytes, field: Field) -> int | None:
    """The number of a field, or of a packed list with one entry."""
    if field.varint is not None:
        return field.varint
    bits, after = varint(raw, field.start, field.end)
    return bits if after == field.end else None


def _elements(raw: bytes, shape: Field) -> int:
    size = 1
    for dimension in inside(raw, shape, _DIMENSION):
        size *= next((each.varint or 0 for each in inside(raw, dimension, _EXTENT)), 0)
    return size


def number_of(raw: bytes, scalar: Scalar) -> float:
    """The number of a scalar in its event's bytes."""
    layout = scalar.format
    if scalar.at >= 0 and layout != _BFLOAT16:
        return float(unpack_from(_STRUCT[layout], raw, scalar.at)[0])
    bits = scalar.bits if scalar.at < 0 else int.from_bytes(raw[scalar.at : scalar.at + 2], "little")
    if layout == _BFLOAT16:  # the upper half of a float
        return float(unpack_from("<f", ((bits & 0xFFFF) << 16).to_bytes(4, "little"))[0])
    if layout == "<f2":
        return float(unpack_from("<e", (bits & 0xFFFF).to_bytes(2, "little"))[0])
    return float(signed(bits))
