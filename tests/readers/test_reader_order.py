# SPDX-License-Identifier: Apache-2.0
"""Readers are loaded when their turn comes, and which one reads a log is as if all had been asked."""

from contextlib import suppress
from pathlib import Path

import pytest

from goodfit.errors import ReadError
from goodfit.readers import GENERAL, PARTICULAR, READERS, Log
from goodfit.readers._sniff import Shape
from goodfit.readers._sources import sources

DATA = Path(__file__).parents[1] / "data"


def _samples() -> list[Log]:
    """What real tools wrote, and small texts of every shape."""
    texts = [b"a,b\n1,2\n", b"[1]", b"{}", b'{"a": 1}\n{"a": 2}\n', b"Epoch 1: loss 0.5\nEpoch 2: loss 0.4\n"]
    files = (path for path in DATA.rglob("*") if path.is_file())
    return [
        *(Log(source="log", raw=raw) for raw in texts),
        *map(Log.open, files),  # one by one
        *(each.open() for each in sources(DATA)),  # and as their tools spread them over folders
    ]


def test_a_reader_accepts_no_shape_but_its_own() -> None:
    """What is not even loaded for a shape would not have accepted a log of it."""
    seen = set()
    for log in _samples():
        with suppress(ReadError):
            seen.add(log.shape)
            strangers = [reader for reader in READERS if reader not in tuple(READERS.of(log.shape))]
            assert [reader.name for reader in strangers if reader.accepts(log)] == [], log.source
    assert seen == set(Shape)


def test_the_order_is_that_of_the_list() -> None:
    """Those of one shape come as they stand, the particular ones before the general."""
    names = [reader.name for reader in READERS]
    assert names == [reader.name for reader in (*PARTICULAR, *GENERAL)]
    for shape in Shape:
        of_shape = [reader.name for reader in READERS.of(shape)]
        assert of_shape == [name for name in names if name in of_shape]
        assert of_shape


def test_readers_are_a_sequence() -> None:
    """They can be counted, sliced and put beside a reader of one's own; each is made once."""
    assert len(READERS) == len(PARTICULAR) + len(GENERAL)
    assert READERS[:2] == (PARTICULAR[0], PARTICULAR[1])
    assert READERS[-1] is GENERAL[-1]
    with pytest.raises(IndexError):
        READERS[len(READERS)]
