# SPDX-License-Identifier: Apache-2.0
"""Whatever the bytes are, only the ReadError family escapes, and the call ends soon."""

import json
import time
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodfit.errors import NoCurvesError, ReadError, SettingsError
from goodfit.readers import Log, history_from_lists, read_log
from goodfit.values import History, dumps, loads

SAMPLES = (
    b"epoch,step,train_loss_epoch,train_loss_step,val_acc,val_loss\n0,4,,2.2,,\n0,6,,,0.6,1.7\n0,6,2.0,,,\n1,9,,1.4,,\n",
    b"epoch,train_loss,valid_loss,accuracy,time\n0,2.1,1.7,0.68,00:05\n1,1.8,1.1,0.81,00:04\n",
    b"run;epoch;phase;loss\na;0;train;2,5\na;0;val;3,5\nb;0;train;2\nb;0;val;1\n",
    b'{"epoch": 0, "loss": 2.0}\n{"epoch": 0, "val": {"loss": 1.9}}\n{"epoch": 1, "loss": "NaN"}\n',
    b'{"history": {"loss": [2, 1, 0, 3], "val_loss": [1.9, NaN]}, "epoch": [0, 1, 2, 3], "params": {"epochs": 2}}',
    b'{"log_history": [{"epoch": 1.0, "step": 7, "loss": 0.0, "grad_norm": NaN}, {"step": 7, "eval_loss": 1.9}]}',
    b'[{"epoch": 1, "train_loss": 2.0, "valid_loss": 1.9, "batches": [{"train_loss": 2.5}], "dur": 0.1}]',
    b'{"type": "History", "schema_version": 1, "curves": {}, "context": {}, "source": null, "warnings": []}',
)
WORDS = (
    "epoch step loss val_loss train_loss eval_loss accuracy val_acc run phase time lr grad_norm eval_a_loss "
    "eval_a_runtime history log_history batches val train validation_0 foo epoch_loss box_loss val/box_loss"
)
NAMES = st.sampled_from(WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "NaN", "train", "val", "x", "1e999"])
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=30,
)
CELLS = st.sampled_from(
    ["", "NA", "nan", "inf", "0", "1", "2", "-1", "1e400", "abc", '"', "0,5", "train", "val", "3/4", "#"]
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def survives(raw: bytes) -> None:
    """Read the bytes: histories that survive JSON, or a ReadError with a sentence."""
    with suppress(ReadError):
        histories = read_log(Log(source="fuzz", raw=raw))
        assert histories
        for history in histories:
            assert dumps(loads(History, dumps(history))) == dumps(history)


@QUICK
@given(st.binary(max_size=200))
def test_random_bytes(raw: bytes) -> None:
    """Random bytes are refused or read."""
    survives(raw)


@QUICK
@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    """Random text is refused or read."""
    survives(text.encode(errors="surrogatepass"))


@QUICK
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_samples(sample: bytes, data: st.DataObject) -> None:
    """A log of which a piece is cut out, doubled or overwritten is refused or read."""
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, len(sample)))
    piece = data.draw(st.binary(max_size=4) | st.just(sample[start:end] * 2))
    survives(sample[:start] + piece + sample[end:])


@QUICK
@given(JSON_VALUES)
def test_any_json(value: Any) -> None:
    """Any JSON value is refused or read."""
    survives(json.dumps(value).encode())


@QUICK
@given(st.lists(st.dictionaries(NAMES, SCALARS, max_size=5), max_size=8))
def test_any_records(records: list[dict[str, Any]]) -> None:
    """Any sequence of records is refused or read."""
    survives("\n".join(map(json.dumps, records)).encode())


@QUICK
@given(st.dictionaries(NAMES, st.lists(SCALARS, max_size=7), max_size=6))
def test_any_lists(lists: dict[str, Any]) -> None:
    """Any dict of lists is refused or read, from a file and from Python."""
    survives(json.dumps({"history": lists}).encode())
    survives(json.dumps(lists).encode())
    with suppress(SettingsError, NoCurvesError):
        assert history_from_lists(**lists).curves


@QUICK
@given(st.lists(NAMES, min_size=1, max_size=6), st.lists(st.lists(CELLS, max_size=7), max_size=8))
def test_any_table(header: list[str], rows: list[list[str]]) -> None:
    """Any table of plausible cells is refused or read."""
    survives("\n".join(",".join(row) for row in [header, *rows]).encode())


def test_a_thousand_rows_cost_milliseconds() -> None:
    """A CSV of 1,000 epochs and 10 columns is read in a few milliseconds of CPU time."""
    header = "epoch,step,train_loss,val_loss,train_acc,val_acc,lr,time,grad_norm,val_f1\n"
    rows = "".join(f"{n},{n * 7},{2 / (n + 1)},{1.5},{0.5},{0.5},0.001,12.5,1.0,0.4\n" for n in range(1_000))
    raw = (header + rows).encode()
    spent = []
    for _ in range(3):
        start = time.process_time()
        read_log(Log(source="x", raw=raw))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.05  # measured 6 ms; the room is for slow machines
