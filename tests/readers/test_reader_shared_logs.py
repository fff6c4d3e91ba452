# SPDX-License-Identifier: Apache-2.0
"""Logs written by the real tools are read exactly; needs the shared folder."""

import json
import os
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from goodfit.errors import NoCurvesError, ReadError
from goodfit.readers import read_each, read_history, read_runs
from goodfit.values import Curve, MeasuredAs

ROOT = Path(__file__).resolve().parents[2]
LOGS = (ROOT / os.environ.get("GOODFIT_SHARED", "../shared")).resolve() / "logs"
KINDS = {
    "lightning-csv": MeasuredAs.EPOCH_MEAN,
    "keras-csv": MeasuredAs.EPOCH_MEAN,
    "keras-history": MeasuredAs.EPOCH_MEAN,
    "skorch": MeasuredAs.EPOCH_MEAN,
    "fastai-csv": MeasuredAs.SMOOTHED,
    "hf-trainer": None,  # depends on how often it logged
    "timm": MeasuredAs.UNKNOWN,
    "ultralytics": MeasuredAs.UNKNOWN,
    "gbm": MeasuredAs.UNKNOWN,
    "tensorboard": MeasuredAs.UNKNOWN,
}


def _expected() -> list[tuple[str, dict[str, Any]]]:
    file = LOGS / "expected.json"
    if not file.is_file():
        return []
    entries = json.loads(file.read_text(encoding="utf-8"))
    return [(name, entry) for name, entry in entries.items() if entry["kind"] in KINDS]


def test_expected_logs_are_found() -> None:
    """Where the shared folder is present, all these formats are among its logs."""
    if not LOGS.is_dir():
        pytest.skip(f"no logs at {LOGS}; set GOODFIT_SHARED to the folder that holds them")
    assert {entry["kind"] for _, entry in _expected()} == set(KINDS)


def _log(name: str) -> Path:
    """The file or folder of an entry; "a/train + a/val" are two folders of one run in "a"."""
    first, together, _ = name.partition(" + ")
    return (LOGS / first).parent if together else LOGS / first


@pytest.mark.parametrize(
    ("name", "entry"), _expected(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_real_log_is_read_exactly(name: str, entry: dict[str, Any]) -> None:
    """Counts, x values, the best point and the last values are those that the tool logged."""
    history = read_history(_log(name))
    train, val = history.train, history.val
    assert train is not None
    assert val is not None
    best = val.values.index(min(val.values))
    found = {
        "n_train": len(train),
        "n_val": len(val),
        "x_val_first": val.x[0],
        "x_val_last": val.x[-1],
        "best_val_index": best,
        "best_val_x": val.x[best],
        "best_val": round(val.values[best], 6),
        "last_val": round(val.values[-1], 6),
        "last_train": round(train.values[-1], 6),
    }
    assert found == {key: entry[key] for key in found}
    assert val.measured_as is MeasuredAs.EVAL_MODE
    assert KINDS[entry["kind"]] in (None, train.measured_as)


def test_nothing_untrue_is_said_of_the_real_logs() -> None:
    """Read in one go, the text logs are all read or named as copies, and only what is doubtful is doubted."""
    if not LOGS.is_dir():
        pytest.skip(f"no logs at {LOGS}; set GOODFIT_SHARED to the folder that holds them")
    doubted = {
        "gbm/xgboost_sklearn_evals_result.json": "validation sets",  # which of them is the training's is not said
        "keras/val_freq3_history.json": "the only even spacing that fits",  # three values for nine epochs
    }
    texts = {".csv", ".jsonl", ".json", ".log"}
    for path, found in read_each(LOGS):
        name = path.relative_to(LOGS).as_posix()
        if path.suffix not in texts or name == "expected.json" or name.startswith("mlruns"):
            continue
        if isinstance(found, ReadError):
            assert "the same run as" in found.found, name
            continue
        for warning in (warning for history in found for warning in history.warnings):
            assert doubted.get(name, "no warning") in warning, (name, warning)


def test_a_log_of_nameless_numbers_is_refused() -> None:
    """Ignite's FBResearchLogger printed a number without a name: nothing says what it is."""
    file = LOGS / "ignite" / "fbresearch.log"
    if not file.is_file():
        pytest.skip(f"no log at {file}; set GOODFIT_SHARED to the folder that holds it")
    with pytest.raises(NoCurvesError, match="all of them text"):
        read_history(file)


def test_real_json_lines_are_read() -> None:
    """JSON Lines with training and validation in different objects give both curves, per epoch."""
    file = LOGS / "jsonl" / "metrics.jsonl"
    if not file.is_file():
        pytest.skip(f"no log at {file}; set GOODFIT_SHARED to the folder that holds it")
    history = read_history(file)
    assert [len(history.curves[name]) for name in ("train_loss", "val_loss", "val_accuracy")] == [40, 40, 40]
    assert min(history.curves["val_loss"].values) == pytest.approx(0.502851, abs=1e-6)
    assert history.warnings == ()


def test_real_trackers_are_read() -> None:
    """W&B, MLflow's files and every TensorBoard folder below the shared logs are runs, without a warning."""
    if not LOGS.is_dir():
        pytest.skip(f"no logs at {LOGS}; set GOODFIT_SHARED to the folder that holds them")
    points = {}
    for folder in ("wandb", "mlruns", "tensorboard", "lightning/dropout_tb"):
        for history in read_runs(LOGS / folder):
            source = str(history.source).removeprefix(f"{LOGS}/")
            points[source] = [len(curve) for curve in (history.train, history.val) if curve]
            assert history.warnings == ()
    assert points == {
        "wandb/offline-run-20261122_184936-762cz5b1/run-762cz5b1.wandb": [40, 40],
        "wandb/offline-run-20261122_184942-5dubc7mw/run-5dubc7mw.wandb": [56, 40],
        "wandb/offline-run-20261122_184948-s38c5bru/run-s38c5bru.wandb": [3, 3],
        "mlruns/437065548737602251/ddf0aca3c1664a46aa7692ac90564526 (run=base)": [40, 40],
        "tensorboard/slash_tags": [40, 40],
        "lightning/dropout_tb/version_0": [40, 40],
    }
    assert all(map(isnan, history_of_nan().values))


def history_of_nan() -> Curve:
    """The validation loss of the offline run that diverged."""
    val = read_history(LOGS / "wandb" / "offline-run-20261122_184948-s38c5bru").val
    assert val is not None
    return val
