# SPDX-License-Identifier: Apache-2.0
"""All scalars of an event file, read by the thousand.

Events of one tag differ only in time, step and value. So one of them is taken apart, and every other of the same
length that equals it everywhere else is read from the same places, as arrays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goodfit.readers._event import Event, parse_event
from goodfit.readers._event_tensor import number_of, width_of
from goodfit.readers._tfrecord import Frames, Group
from goodfit.readers._wire import Field, Malformed, signed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_HEAD = 2**16  # bytes looked at for the first tag
_TEMPLATES = 64  # events taken apart as examples for others of their length; then each one by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Points of one tag, as arrays of one length."""

    tag: str
    order: Ints  # the record's number in the file
    step: Ints
    wall: Floats  # seconds; NaN where there is none
    value: Floats


@dataclass(slots=True)
class Scalars:
    """What an event file holds."""

    points: list[Points] = field(default_factory=list)  # several of one tag; not in the order of the file
    starts: list[tuple[int, int]] = field(
        default_factory=list
    )  # (record, step from which a writer begins anew)
    malformed: int = 0  # records with a right checksum that are no events


def read_scalars(frames: Frames) -> Scalars:
    """Read every scalar; the frames then say what could not be read."""
    found = Scalars()
    for group in frames.groups():
        _read_group(group, found)
    return found


def first_tag(path: Path) -> str:
    """The tag of a scalar near the beginning of an event file; "" when there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    points = read_scalars(Frames(head)).points
    return min(points, key=lambda each: int(each.order[0])).tag if points else ""


def _read_group(group: Group, found: Scalars) -> None:
    left = np.arange(len(group.rows))
    tried = 0
    while len(left) and tried < _TEMPLATES:
        tried += 1
        event = _parsed(group.rows[left[0]].tobytes(), found)
        if event is None or event.starts_session or any(scalar.at < 0 for scalar in event.scalars):
            _read_one(group, int(left[0]), event, found)
            left = left[1:]
            continue
        same = _alike(group.rows[left], event)
        if event.scalars:
            taken = left[same]
            found.points.extend(_read_alike(group.rows[taken], group.order[taken], event))
        left = left[~same]
    for row in left.tolist():
        _read_one(group, row, _parsed(group.rows[row].tobytes(), found), found)


def _parsed(raw: bytes, found: Scalars) -> Event | None:
    try:
        return parse_event(raw)
    except Malformed:
        found.malformed += 1
        return None


def _alike(rows: NDArray[np.uint8], event: Event) -> NDArray[np.bool_]:
    """Which rows equal the first one except in the numbers of the event."""
    fixed = np.ones(rows.shape[1], dtype=bool)
    for start, end in _places(event):
        fixed[start:end] = False
    same: NDArray[np.bool_] = (rows[:, fixed] == rows[0, fixed]).all(axis=1)
    if event.step is not None:  # as many bytes of step, as their upper bits say
        upper = rows[:, event.step.start : event.step.end] >> 7
        same &= (upper == upper[0]).all(axis=1)
    return same


def _places(event: Event) -> Iterator[tuple[int, int]]:
    for each in (event.wall, event.step):
        if each is not None:
            yield each.start, each.end
    for scalar in event.scalars:
        yield scalar.at, scalar.at + scalar.width


def _read_alike(rows: NDArray[np.uint8], order: Ints, event: Event) -> Iterator[Points]:
    wall = _numbers(rows, event.wall.start, "<f8") if event.wall is not None else np.full(len(rows), np.nan)
    step = _steps(rows, event.step)
    for scalar in event.scalars:
        value = _numbers(rows, scalar.at, scalar.format)
        yield Points(tag=scalar.tag, order=order, step=step, wall=wall, value=value)


def _numbers(rows: NDArray[np.uint8], at: int, layout: str) -> Floats:
    content = np.ascontiguousarray(rows[:, at : at + width_of(layout)])
    if layout == "bfloat16":
        upper = content.view("<u2")[:, 0].astype(np.uint32) << np.uint32(16)
        content, layout = upper.view(np.uint8).reshape(-1, 4), "<f4"
    with np.errstate(invalid="ignore"):  # some NaN are said to be invalid when they are widened
        return content.view(layout)[:, 0].astype(np.float64)


def _steps(rows: NDArray[np.uint8], step: Field | None) -> Ints:
    total = np.zeros(len(rows), dtype=np.uint64)
    if step is not None:
        for place in range(step.start, step.end):
            total |= (rows[:, place] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(
                7 * (place - step.start)
            )
    return total.view(np.int64)


def _read_one(group: Group, row: int, event: Event | None, found: Scalars) -> None:
    if event is None:
        return
    raw = group.rows[row].tobytes()
    order = group.order[row : row + 1]
    step = 0 if event.step is None or event.step.varint is None else signed(event.step.varint)
    if event.starts_session:
        found.starts.append((int(order[0]), step))
    wall = _numbers(group.rows[row : row + 1], event.wall.start, "<f8") if event.wall else np.full(1, np.nan)
    steps = np.array([step], dtype=np.int64)
    for scalar in event.scalars:
        value = np.array([number_of(raw, scalar)])
        found.points.append(Points(tag=scalar.tag, order=order, step=steps, wall=wall, value=value))
