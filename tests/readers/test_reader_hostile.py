# SPDX-License-Identifier: Apache-2.0
"""Text that is broken, huge, in another encoding, or written to do harm: read rightly, or refused with a sentence."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.errors import FormatError, NoCurvesError, ReadError
from goodfit.readers import Log, read_log
from goodfit.values import History, dumps, loads

KOREAN = "에포크,훈련 손실,검증 손실\n0,2.0,1.9\n1,1.5,1.6\n"
CHINESE = "轮次,训练损失,验证损失\n0,2.0,1.9\n1,1.5,1.6\n"
JAPANESE = "エポック,学習損失,検証損失\n0,2.0,1.9\n1,1.5,1.6\n"
GERMAN = "Epoche,Trainingsverlust,Validierungsverlust,Größe\n0,2.0,1.9,1\n1,1.5,1.6,1\n"


def read(text: str | bytes) -> History:
    """Read one run."""
    raw = text if isinstance(text, bytes) else text.encode()
    (history,) = read_log(Log(source="log", raw=raw))
    return history


def said(history: History, phrase: str) -> bool:
    """Whether a warning holds the phrase."""
    return any(phrase in warning for warning in history.warnings)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (KOREAN, "cp949"), (KOREAN, "utf-16"), (KOREAN, "utf-8-sig"), (CHINESE, "gb18030"), (JAPANESE, "cp932"),
        (GERMAN, "latin-1"), (GERMAN, "cp1252"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"), (GERMAN, "utf-32"),
    ],
)  # fmt: skip
def test_encodings(text: str, encoding: str) -> None:
    """The words tell which encoding it was; one that had to be guessed is named."""
    history = read(text.encode(encoding))
    assert history.curves["val_loss"].values == (1.9, 1.6)
    assert history.curves["train_loss"].values == (2.0, 1.5)
    assert said(history, "not UTF-8") == (not encoding.startswith("utf"))


def test_printed_lines_in_another_encoding() -> None:
    """A Korean terminal's log is read by its words too, and its numbers with a decimal comma."""
    text = "에포크 1/2: 훈련 손실: 0,91, 검증 손실: 0,82\n에포크 2/2: 훈련 손실: 0,71, 검증 손실: 0,75\n"
    assert read(text.encode("cp949")).curves["val_loss"].values == (0.82, 0.75)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"epoch,loss\n0,1\n\x00\x00\x00,2\n", b"\x01\x02\xff\xfe\xfd" * 9]
)
def test_binary_is_refused(raw: bytes) -> None:
    """Zero bytes within the text and control bytes are no text."""
    with pytest.raises(FormatError):
        read(raw)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("epoch;val_loss\n0;1,5\n1;2,25\n", 2.25),
        ("epoch\tval_loss\n0\t1,5\n1\t2,25\n", 2.25),
        ('epoch,val_loss\n"0","1.5"\n"1","2.25"\n', 2.25),
        ("epoch,val_loss\n0,1.5\n1, 2.25 \n", 2.25),
        ("epoch,val_loss\r\n0,1.5\r\n1,2.25\r\n", 2.25),
        ("epoch,val_loss\r0,1.5\r1,2.25\r", 2.25),
    ],
)
def test_numbers_as_spreadsheets_write_them(text: str, value: float) -> None:
    """Decimal commas between semicolons or tabs, numbers as quoted text, padding, any line break."""
    assert read(text).curves["val_loss"].values == (1.5, value)


def test_decimal_commas_between_commas_are_refused() -> None:
    """Which number is whose cannot be known, so nothing is read, and the message says why."""
    with pytest.raises(FormatError, match="3 of 3 rows hold more cells than the 3 names") as caught:
        read("epoch,train_loss,val_loss\n0,2,1,1,9\n1,1,5,1,6\n2,1,2,1,4\n")
    assert "decimal commas" in str(caught.value)


def test_quoted_decimal_commas_between_commas() -> None:
    """In quotes they are whole cells, but a comma may also part thousands: they are text, and that is said."""
    with pytest.raises(NoCurvesError):
        read('epoch,val_loss\n0,"1,500"\n1,"2,250"\n')


def test_row_names_without_a_header() -> None:
    """R writes row numbers below no name: the names belong to the cells behind them."""
    history = read('"epoch","train_loss","val_loss"\n"1",0,2.0,1.9\n"2",1,1.5,1.6\n')
    assert history.curves["val_loss"].values == (1.9, 1.6)
    assert said(history, "no name above it")


def test_doubled_headers() -> None:
    """Of columns with one name the first counts, in one sentence however many there are."""
    names = ",".join(
        ["epoch", "val_loss", "val_loss", *(f"c{i}" for i in range(50)), *(f"c{i}" for i in range(50))]
    )
    history = read(
        f"{names}\n" + "".join(",".join([str(e), "1.5", "9.5", *["1"] * 100]) + "\n" for e in (0, 1))
    )
    assert history.curves["val_loss"].values == (1.5, 1.5)
    assert sum("Two columns" in warning for warning in history.warnings) == 1


def test_hostile_names_stay_names() -> None:
    """Control characters and HTML in names reach no curve's name, and messages show them escaped."""
    history = read("epoch,val_loss\x1b[31m,train_<script>alert(1)</script>_loss\n0,2.0,1.9\n1,1.5,1.6\n")
    assert all(name.isidentifier() for name in history.curves)
    with pytest.raises(NoCurvesError) as caught:
        read("epoch,\x1b[31mfoo\x07,b\n0,1,2\n1,2,3\n")
    assert "\x1b" not in str(caught.value)
    assert "\x07" not in str(caught.value)


@given(
    st.binary(max_size=80),
    st.sampled_from(
        ["Epoch 1 loss: ", "{'loss': ", "[0]\ttrain-rmse:", "step 1: train loss ", "epoch  loss\n1  "]
    ),
    st.binary(max_size=80),
)
def test_any_printed_line(before: bytes, middle: str, after: bytes) -> None:
    """Whatever stands around a printed number, the log is read or refused."""
    with suppress(ReadError):
        for history in read_log(Log(source="x", raw=before + middle.encode() + after)):
            assert dumps(loads(History, dumps(history))) == dumps(history)


PIECES = st.sampled_from(
    [
        "Epoch",
        "epoch 3/10",
        "[0][5/9]",
        "loss: 0.5",
        "val_loss=nan",
        "Train",
        "Validation",
        "Acc@1 12.5 (13.0)",
        "\r",
        "\x08\x08",
        "\x1b[1m",
        "\n",
        "\n\n",
        "|",
        "1e-3",
        "best",
        "Fold 2",
        "12:30:11",
        "step 5",
        "iter 7: loss 0.4",
        "step 5: train loss 1; val loss 2",
        "5/5 [=====]",
        "{'loss': 1.0;'epoch': 1}",
        "----",
        "%",
        "",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_any_pieces_of_printed_logs(pieces: list[str]) -> None:
    """Pieces of real printed logs in any order are read or refused, at once."""
    start = time.process_time()
    with suppress(ReadError):
        for history in read_log(Log(source="x", raw=" ".join(pieces).encode())):
            assert dumps(loads(History, dumps(history))) == dumps(history)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "9" * 200_000,
        "loss " * 40_000,
        "loss: 1 " * 20_000,
        "(" * 100_000 + "loss: 1",
        "a:1;" * 50_000,
        " " * 200_000 + "loss: 1",
        "-" * 200_000 + " loss: 1\n",
    ],
)
def test_long_lines_end_soon(text: str) -> None:
    """No pattern that looks for numbers takes more than a moment over one endless line."""
    start = time.process_time()
    with suppress(ReadError):
        read(text)
    assert time.process_time() - start < 5  # measured under 1 s; the room is for slow machines


def test_five_thousand_columns() -> None:
    """A table of 5,000 columns is read in seconds, and its warnings stay a handful."""
    names = ["epoch", "train_loss", "val_loss", *(f"layer{i}/grad" for i in range(5000))]
    rows = "".join(",".join([str(e), "1.5", "1.6", *["0.1"] * 5000]) + "\n" for e in range(20))
    start = time.process_time()
    history = read(",".join(names) + "\n" + rows)
    assert time.process_time() - start < 10  # measured under 1 s
    assert len(history.curves["val_loss"]) == 20
    assert len(history.warnings) < 5


MEASURED = """
import re, sys
from pathlib import Path
from goodfit.readers import read_history
history = read_history(sys.argv[1])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(len(history.curves["val_loss"]), int(peak[1]) // 1024)
"""


def measured(path: Path) -> tuple[int, int]:
    """Points of the validation curve, and the peak memory in MiB, of a process of its own."""
    command = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    points, memory = map(int, done.stdout.split())
    return points, memory


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory as Linux tells it")
def test_a_million_rows(tmp_path: Path) -> None:
    """A CSV of a million rows is read in a few hundred MiB."""
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("epoch,step,train_loss,val_loss\n")
        for row in range(1_000_000):
            file.write(f"{row // 1000},{row},{2 / (row + 1):.8f},{'1.5' if row % 1000 == 999 else ''}\n")
    points, memory = measured(path)
    assert points == 1000
    assert memory < 300


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory as Linux tells it")
def test_a_hundred_megabytes_of_json_lines(tmp_path: Path) -> None:
    """100 MB of JSON Lines are read in a few hundred MiB."""
    path = tmp_path / "long.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row in range(1_050_000):
            own = ', "val_loss": 1.5' if row % 1000 == 999 else ""
            file.write(
                f'{{"step": {row}, "epoch": {row // 1000}, "loss": {2 / (row + 1):.8f}, "lr": 0.001, "note": "some words"{own}}}\n'
            )
    assert path.stat().st_size > 85_000_000
    points, memory = measured(path)
    assert points == 1050
    assert memory < 550  # measured 481, of which the file itself is 100
