# SPDX-License-Identifier: Apache-2.0
"""Event files: tensors of every type, layouts of folders, and what is left of damaged files."""

from math import isnan
from pathlib import Path
from struct import pack

import numpy as np
import pytest

from binary_logs import (
    VERSION,
    event,
    event_file,
    event_file_of,
    masked,
    message,
    number_field,
    record,
    scalar,
    tensor,
)
from goodfit.errors import FormatError, NoCurvesError
from goodfit.readers import Log, read_history, read_log, read_runs
from goodfit.readers._crc32c import masked_crcs
from goodfit.values import History

SHAPE = message(2, b"")  # of a scalar: no dimension
POINTS = {"Loss/train": [2.0, 1.5, 1.25], "Loss/val": [1.875, 1.625, 1.75]}


def read(raw: bytes) -> History:
    """The one run in an event file."""
    (history,) = read_log(Log(source="events", raw=raw))
    return history


def write(path: Path, raw: bytes) -> None:
    """Write an event file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (number_field(1, 1) + SHAPE + message(4, pack("<f", 1.5)), 1.5),
        (number_field(1, 1) + SHAPE + message(5, pack("<f", 1.5)), 1.5),
        (number_field(1, 1) + SHAPE + b"\x2d" + pack("<f", 1.5), 1.5),
        (number_field(1, 2) + message(6, pack("<d", 0.1)), 0.1),
        (number_field(1, 2) + SHAPE + message(4, pack("<d", 0.1)), 0.1),
        (number_field(1, 3) + SHAPE + message(7, b"\x07"), 7.0),
        (number_field(1, 3) + SHAPE + number_field(7, -7), -7.0),
        (number_field(1, 9) + SHAPE + message(4, pack("<q", -3)), -3.0),
        (number_field(1, 9) + SHAPE + number_field(10, 2**40), 2.0**40),
        (number_field(1, 14) + SHAPE + number_field(13, 0x3FC0), 1.5),
        (number_field(1, 14) + SHAPE + message(4, b"\xc0\x3f"), 1.5),
        (number_field(1, 19) + SHAPE + number_field(13, 0x3E00), 1.5),
        (number_field(1, 19) + SHAPE + message(4, b"\x00\x3e"), 1.5),
        (number_field(1, 1) + SHAPE, 0.0),
        (number_field(1, 1) + message(2, message(2, number_field(1, 1))) + message(4, pack("<f", 1.5)), 1.5),
    ],
)
def test_tensor_with_one_element(content: bytes, value: float) -> None:
    """A tensor with one number is a scalar, whatever its type and wherever the number stands."""
    raw = event_file(*(event(tensor("val/loss", content), step=step) for step in (1, 2)))
    assert read(raw).curves["val_loss"].values == (value, value)


def test_other_tensors_are_no_scalars() -> None:
    """Histograms, texts and strings are passed over."""
    histogram = (
        number_field(1, 2) + message(2, message(2, number_field(1, 3))) + message(4, pack("<3d", 1, 2, 3))
    )
    others = [
        event(tensor("weights", histogram, plugin="histograms"), step=1),
        event(tensor("val/loss", number_field(1, 7) + message(8, b"words"), plugin="text"), step=1),
        event(
            tensor("val/loss", number_field(1, 1) + message(4, pack("<f", 9.0)), plugin="pr_curves"), step=1
        ),
    ]
    raw = event_file(*others, event(scalar("val/loss", 1.5), step=2))
    assert read(raw).curves["val_loss"].values == (1.5,)
    with pytest.raises(NoCurvesError, match="no scalar"):
        read(event_file(*others))


def test_several_values_in_one_event() -> None:
    """A summary with many values gives each its point, as TF1's merge_all writes them."""
    values = (scalar("train/loss", 2.0), scalar("val/loss", 1.5))
    history = read(event_file(*(event(*values, step=step) for step in range(3))))
    assert [len(history.curves[name]) for name in ("train_loss", "val_loss")] == [3, 3]


def test_every_point_is_kept() -> None:
    """12,000 points of one tag are all read; TensorBoard's own accumulator keeps 10,000 of them by chance."""
    events = (record(event(scalar("train/loss", float(step)), step=step)) for step in range(12_000))
    assert read(VERSION + b"".join(events)).curves["train_loss"].values == tuple(map(float, range(12_000)))


def test_damaged_record_is_left_out_and_counted() -> None:
    """One flipped bit costs one record, and it is said."""
    raw = bytearray(event_file_of(POINTS))
    raw[-8] ^= 1
    history = read(bytes(raw))
    assert history.curves["val_loss"].values == (1.875, 1.625)
    assert "1 record with a wrong checksum" in history.warnings[0]


def test_damaged_length_ends_the_file() -> None:
    """Behind a wrong length nothing can be found; the rest is counted and not guessed."""
    sound = event_file(event(scalar("val/loss", 1.5), step=1))
    for length in (b"\xff" * 8, b"\x00" * 8, b"\xff\xff\xff\xff\x00\x00\x00\x00"):
        history = read(sound + length + b"\0" * 60)
        assert history.curves["val_loss"].values == (1.5,)
        assert "The last 68 bytes cannot be read" in history.warnings[0]


def test_growing_file_gives_what_is_whole() -> None:
    """A record that is still being written is left out, and that is said."""
    whole = event_file_of(POINTS)
    assert len(read(whole[:-3]).curves["val_loss"]) == 2
    assert "still be written" in read(whole[:-3]).warnings[0]
    with pytest.raises(FormatError, match="no whole record"):
        read(whole[:39])


def test_records_that_are_no_events() -> None:
    """A record with a right checksum that is no message is left out, and counted."""
    history = read(event_file_of(POINTS) + record(b"\x0a\xff\xff") + record(b"\x0b"))
    assert "2 records with a wrong checksum or content" in history.warnings[0]


def test_long_records_are_checked_too() -> None:
    """The checksum of a record of any length is right: a long one is cut into lanes to work it out."""
    for length in (1, 4_095, 4_096, 4_097, 5_000, 70_001):
        value = scalar("val/loss", 1.5) + message(3, bytes(range(251)) * (length // 251) + b"x")
        raw = event_file(event(value, step=1))
        assert read(raw).warnings == ()
        damaged = bytearray(raw)
        damaged[-6] ^= 4
        with pytest.raises(NoCurvesError):
            read(bytes(damaged))


@pytest.mark.parametrize("length", [0, 1, 40, 4_096, 4_097, 9_973])
@pytest.mark.parametrize("records", [1, 33])
def test_checksums_agree_with_the_definition(records: int, length: int) -> None:
    """Few, many and long records have the checksum that the bit-by-bit definition gives."""
    rows = np.random.default_rng(0).integers(0, 256, (records, length), dtype=np.uint8)
    expected = [int.from_bytes(masked(row.tobytes()), "little") for row in rows[:3]]
    assert masked_crcs(rows)[:3].tolist() == expected


def test_nan_in_every_way() -> None:
    """NaN stays a point, written as a plain value or as a tensor."""
    nan = pack("<f", float("nan"))
    raw = event_file(
        event(scalar("val/loss", float("nan")), step=1),
        event(tensor("val/loss", number_field(1, 1) + message(4, nan)), step=2),
    )
    assert [isnan(value) for value in read(raw).curves["val_loss"].values] == [True, True]


def test_runs_side_by_side(tmp_path: Path) -> None:
    """Each folder is a run; pairs like a_train and a_val are one, train2 is a run of its own."""
    for folder in ("exp1", "a_train", "a_val", "train2", "deep/train", "deep/validation"):
        factor = len(folder)
        write(
            tmp_path / folder / "events.out.tfevents.1",
            event_file_of({"loss": [factor, factor / 2, factor / 4]}),
        )
    runs = {str(run.source).removeprefix(f"{tmp_path}/"): set(run.curves) for run in read_runs(tmp_path)}
    assert runs == {
        "exp1": {"train_loss"},
        "a": {"train_loss", "val_loss"},
        "train2": {"train_loss"},
        "deep": {"train_loss", "val_loss"},
    }


def test_folder_name_gives_way_to_tags(tmp_path: Path) -> None:
    """A run that lies in a folder called test, with tags that name their split, is not a test set."""
    write(
        tmp_path / "test" / "events.out.tfevents.1",
        event_file_of({"loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}),
    )
    assert set(read_history(tmp_path / "test").curves) == {"train_loss", "val_loss"}


def test_empty_event_files_do_no_harm(tmp_path: Path) -> None:
    """A file that was just opened is passed over; alone it has no record."""
    write(tmp_path / "events.out.tfevents.1", b"")
    write(tmp_path / "events.out.tfevents.2", event_file_of(POINTS))
    assert len(read_history(tmp_path).curves["val_loss"]) == 3
    (tmp_path / "events.out.tfevents.2").unlink()
    with pytest.raises(Exception, match="no whole record"):
        read_history(tmp_path)
