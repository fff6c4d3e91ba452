# SPDX-License-Identifier: Apache-2.0
"""One TensorBoard event: the scalars in it, and where in its bytes their numbers lie.

Event    wall_time = 1, step = 2, summary = 5, session_log = 7
Summary  value = 1 (repeated)
Value    tag = 1, simple_value = 2, tensor = 8, metadata = 9

Places are kept so that thousands of events that differ only there can be read at once (`_scalars`).
"""

from dataclasses import dataclass, replace

from goodfit.readers._event_tensor import Scalar, tensor_scalar
from goodfit.readers._wire import Field, fields, inside, text

_WALL, _STEP, _SUMMARY, _SESSION = 1, 2, 5, 7  # in Event
_VALUE = 1  # in Summary
_TAG, _SIMPLE, _TENSOR, _METADATA = 1, 2, 8, 9  # in Value
_STATUS, _START = 1, 1  # in SessionLog: a writer began, and says by its step what it purges
_PLUGIN_DATA, _PLUGIN_NAME = 1, 1  # in SummaryMetadata
_PLUGINS = frozenset({"", "scalars"})  # histograms, texts and pictures name plugins of their own
_FLOAT, _DOUBLE = 4, 8  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The numbers of one event and where they lie."""

    wall: Field | None = None  # a double
    step: Field | None = None  # a varint; None means 0
    scalars: tuple[Scalar, ...] = ()
    starts_session: bool = False


def parse_event(raw: bytes) -> Event:
    """Take an event apart.

    Raises:
        Malformed: it is no event.
    """
    wall = step = None
    scalars: list[Scalar] = []
    starts = False
    for field in fields(raw):
        if field.number == _WALL and field.width == _DOUBLE:
            wall = field
        elif field.number == _STEP and field.varint is not None:
            step = field
        elif field.number == _SUMMARY:
            found = (_value(raw, value) for value in inside(raw, field, _VALUE))
            scalars.extend(scalar for scalar in found if scalar is not None)
        elif field.number == _SESSION:
            starts = any(status.varint == _START for status in inside(raw, field, _STATUS))
    return Event(wall=wall, step=step, scalars=tuple(scalars), starts_session=starts)


def _value(raw: bytes, value: Field) -> Scalar | None:
    tag = plugin = ""
    found: Scalar | None = None
    for field in fields(raw, value.start, value.end):
        if field.number == _TAG:
            tag = text(raw, field)
        elif field.number == _SIMPLE and field.width == _FLOAT and field.varint is None:
            found = Scalar(at=field.start, format="<f4")
        elif field.number == _TENSOR:
            found = tensor_scalar(raw, field)
        elif field.number == _METADATA:
            plugin = _plugin(raw, field)
    return replace(found, tag=tag) if found is not None and plugin in _PLUGINS else None


def _plugin(raw: bytes, metadata: Field) -> str:
    names = (
        text(raw, name)
        for data in inside(raw, metadata, _PLUGIN_DATA)
        for name in inside(raw, data, _PLUGIN_NAME)
    )
    return next(names, "")
