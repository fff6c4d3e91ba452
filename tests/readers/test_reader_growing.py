# SPDX-License-Identifier: Apache-2.0
"""A log that is still written, or was cut off anywhere, gives points that are in the whole log, or an error; never others."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.errors import ReadError
from goodfit.readers import Log, read_log
from goodfit.values import History

DATA = Path(__file__).parents[1] / "data" / "logs"
CSV = (
    b"epoch,train_loss,val_loss\n0,2.31259,2.29115\n1,1.51012,1.61934\n2,1.1e-01,9.5e-01\n3,0.98e-02,1.12e-01\n"
    b"10,0.9e-02,1.02e-01\n11,0.8e-02,1.32e-01\n"
)
SAMPLES = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "epoch last": b"train_loss,val_loss,epoch\n2.31259,2.29115,9\n1.51012,1.61934,10\n1.3,1.2,11\n1.1,1.4,12\n",
    "padded": CSV.replace(b",", b",   "),
    "crlf": CSV.replace(b"\n", b"\r\n"),
    "json lines": b'{"epoch": 0, "loss": 2.31, "val_loss": 2.29}\n{"epoch": 1, "loss": 1.5, "val_loss": 1.6}\n',
    "nanogpt": b"step 0: train loss 4.2874, val loss 4.2823\niter 0: loss 4.2654, time 12.5ms, mfu -100.00%\n"
    b"step 250: train loss 1.9511, val loss 2.1044\niter 250: loss 1.9354, time 12.5ms, mfu 5.00%\n",
    "printed": b"Epoch 1/12 | train_loss: 2.1254 | val_loss: 1.9431\nEpoch 2/12 | train_loss: 1.1254 | val_loss: 1.4431\n"
    b"Epoch 10/12 | train_loss: 0.5254 | val_loss: 1.1431\n",
    "keras bars": (DATA / "keras" / "bars.log").read_bytes()[:1200],
    "keras lines": (DATA / "keras" / "lines.log").read_bytes(),
    "skorch": (DATA / "skorch" / "table.log").read_bytes(),
    "printed dicts": (DATA / "hugging_face" / "printed.log").read_bytes(),
    "xgboost": (DATA / "xgboost" / "printed.log").read_bytes(),
    "catboost": (DATA / "catboost" / "printed.log").read_bytes(),
    "ignite": (DATA / "ignite" / "printed.log").read_bytes(),
}


def points(raw: bytes) -> dict[str, set[tuple[float, float]]]:
    """Every point of every curve in the log; nothing when it cannot be read."""
    try:
        histories = read_log(Log(source="growing", raw=raw))
    except ReadError:
        return {}
    return {
        name: set(zip(curve.x, curve.values, strict=True))
        for history in histories
        for name, curve in history.curves.items()
    }


def losses(found: dict[str, set[tuple[float, float]]]) -> set[tuple[float, float]]:
    """The points of the losses that a verdict rests on."""
    return found.get("val_loss", set()) | found.get("train_loss", set())


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_off_at_any_byte_no_point_is_invented(name: str) -> None:
    """Each validation point of the beginning of a log is one of the whole log, wherever it was cut."""
    raw = SAMPLES[name]
    whole = points(raw)["val_loss" if "val_loss" in points(raw) else "val_mlogloss"]
    for end in range(len(raw)):
        part = points(raw[:end])
        wrong = part.get("val_loss", part.get("val_mlogloss", set())) - whole
        assert not wrong, (end, raw[:end][-60:], wrong)


@pytest.mark.parametrize("name", ["csv", "json lines", "printed", "xgboost", "skorch"])
def test_the_whole_lines_of_a_growing_log_are_read(name: str) -> None:
    """Cut in the middle of its last line, a log gives all its other lines, and says that one was left out."""
    raw = SAMPLES[name]
    start = raw.rstrip(b"\n").rfind(b"\n") + 1
    cut = raw.rstrip(b"\n")[:-3]  # in its last number
    (partial,) = read_log(Log(source="growing", raw=cut))
    (complete,) = read_log(Log(source="growing", raw=raw[:start]))
    for curve, values in complete.curves.items():
        assert partial.curves[curve].values[: len(values)] == values.values
    assert any("may still be written" in warning for warning in partial.warnings), partial.warnings


def test_a_file_without_a_last_line_break_is_whole() -> None:
    """Numbers as long as those above them are taken, also without a line break behind them; nothing is said."""
    (history,) = read_log(Log(source="x", raw=b"epoch,train_loss,val_loss\n0,2.0,1.9\n1,1.5,1.6"))
    assert history.curves["val_loss"].values == (1.9, 1.6)
    assert history.warnings == ()


def test_zeros_at_the_end_are_left_out() -> None:
    """A writer that crashed may leave zero bytes behind its last line; they are cut and named."""
    (history,) = read_log(Log(source="x", raw=CSV + b"\0" * 700))
    assert len(history.curves["val_loss"]) == 6
    assert any("Zero bytes" in warning for warning in history.warnings)


@given(st.lists(st.floats(1e-6, 1e3), min_size=2, max_size=12), st.integers(0, 400))
def test_cut_csv_of_any_floats(values: list[float], cut: int) -> None:
    """Numbers as Python writes them, cut anywhere: what is read is right to four digits, or left out."""
    raw = "epoch,val_loss\n" + "".join(f"{epoch},{value:.6e}\n" for epoch, value in enumerate(values))
    found = _read_or_none(raw[: len("epoch,val_loss\n") + cut])
    if found is not None:
        for x, value in zip(found.curves["val_loss"].x, found.curves["val_loss"].values, strict=True):
            assert value == pytest.approx(values[int(x)], rel=1e-4)


def _read_or_none(text: str) -> History | None:
    try:
        return read_log(Log(source="x", raw=text.encode()))[0]
    except ReadError:
        return None
