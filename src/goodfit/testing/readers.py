# SPDX-License-Identifier: Apache-2.0
r"""What every log reader must hold to; subclass it, give three samples, and pytest does the rest.

    class TestMyReader(ReaderContract):
        reader = MyReader()
        sample = b"epoch,train_loss,val_loss\n0,2.1,1.9\n1,1.4,1.5\n"
        with_nan = sample.replace(b"1.5", b"nan")
        with_missing = sample.replace(b"1.5", b"")

Choose small samples: they are read once for each of their bytes.
"""

import re
from contextlib import suppress
from math import isnan
from typing import ClassVar

from goodfit.errors import ReadError
from goodfit.readers import Log, Reader
from goodfit.values import History, dumps, loads


class ReaderContract:
    """The suite; `with_nan` and `with_missing` are the sample with the same value NaN and missing."""

    reader: ClassVar[Reader]
    sample: ClassVar[bytes]  # a whole small log, as the tool writes it
    with_nan: ClassVar[bytes]  # one of its values logged as NaN
    with_missing: ClassVar[bytes]  # the same value not logged
    source: ClassVar[str] = "sample"  # the file's name, where the tool says something by it

    def log(self, raw: bytes) -> Log:
        """The sample as a log; a format that lies in several files writes them here and gives `files=`."""
        return Log(source=self.source, raw=raw)

    def read(self, raw: bytes) -> tuple[History, ...]:
        """Read bytes as `read_history` does: ask, then read."""
        log = self.log(raw)
        assert self.reader.accepts(log), f"{self.reader.name} does not accept its own sample"
        return self.reader.read(log)

    def test_has_a_name(self) -> None:
        """The reader has a kebab-case name and says what it reads."""
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.reader.name)
        assert self.reader.what.strip()
        assert isinstance(self.reader, Reader)

    def test_reads_its_sample(self) -> None:
        """The sample gives at least one history, with curves, points and the source in it."""
        histories = self.read(self.sample)
        assert histories
        for history in histories:
            assert history.curves
            assert all(len(curve) for curve in history.curves.values())
            assert history.source is not None

    def test_reads_the_same_twice(self) -> None:
        """Reading is pure: the same bytes give the same histories."""
        first, second = self.read(self.sample), self.read(self.sample)
        assert [dumps(history) for history in first] == [dumps(history) for history in second]

    def test_keeps_nan(self) -> None:
        """A value logged as NaN stays a point, and it is NaN."""
        points, nans = _count(self.read(self.sample))
        assert _count(self.read(self.with_nan)) == (points, nans + 1)

    def test_leaves_missing_out(self) -> None:
        """A missing value is no point, and never NaN."""
        points, nans = _count(self.read(self.sample))
        assert _count(self.read(self.with_missing)) == (points - 1, nans)

    def test_truncated_samples_raise_read_errors_only(self) -> None:
        """Cut off at any byte, the log is read, refused, or raises a ReadError."""
        for end in range(len(self.sample)):
            log = self.log(self.sample[:end])
            with suppress(ReadError):
                if self.reader.accepts(log):
                    assert self.reader.read(log)

    def test_result_survives_json(self) -> None:
        """A history written as JSON and read back is the same, NaN included."""
        for history in (*self.read(self.sample), *self.read(self.with_nan)):
            assert dumps(loads(History, dumps(history))) == dumps(history)


def _count(histories: tuple[History, ...]) -> tuple[int, int]:
    """Points and NaN points over all curves."""
    values = [value for history in histories for curve in history.curves.values() for value in curve.values]
    return len(values), sum(isnan(value) for value in values)
