# SPDX-License-Identifier: Apache-2.0
"""Logs that the real tools printed or wrote in small trainings of ours give the numbers that the tools logged elsewhere."""

import csv
import json
from math import isnan
from pathlib import Path

import pytest

from goodfit.readers import read_history, read_runs
from goodfit.values import Curve, MeasuredAs

DATA = Path(__file__).parents[1] / "data" / "logs"


def column(file: str, name: str) -> list[float]:
    """The numbers of one column of a CSV, without the empty ones."""
    with (DATA / file).open(encoding="utf-8", newline="") as text:
        return [float(row[name]) for row in csv.DictReader(text) if row[name] not in ("", "NA")]


def rounded(curve: Curve, digits: int) -> list[float]:
    """The curve's values as a tool prints them."""
    return [round(value, digits) for value in curve.values]


@pytest.mark.parametrize(("name", "validated"), [("bars", range(1, 7)), ("lines", range(2, 7, 2))])
def test_keras_console(name: str, validated: range) -> None:
    """What Keras prints, with bars redrawn by backspaces and returns or without, is what its CSVLogger wrote, epochs from 1."""
    history = read_history(DATA / "keras" / f"{name}.log")
    for curve, own in (("train_loss", "loss"), ("val_loss", "val_loss"), ("val_accuracy", "val_accuracy")):
        wanted = [round(value, 4) for value in column(f"keras/{name}.csv", own)]
        assert history.curves[curve].values == pytest.approx(wanted, abs=1.01e-4)
    assert history.curves["train_loss"].x == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert history.curves["val_loss"].x == tuple(validated)
    assert history.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN
    assert history.context.epochs_planned == 6
    assert history.warnings == ()


def test_skorch_table() -> None:
    """The table that skorch prints is its history.json, four digits of it, colours or not."""
    printed, written = (
        read_history(DATA / "skorch" / "table.log"),
        read_history(DATA / "skorch" / "history.json"),
    )
    for name in ("train_loss", "val_loss", "val_accuracy"):
        assert list(printed.curves[name].values) == rounded(written.curves[name], 4)
        assert printed.curves[name].x == written.curves[name].x
    assert printed.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN


def test_hugging_face_prints() -> None:
    """The dicts that the trainer prints are the records of its state, by epoch, without the summary at the end."""
    printed = read_history(DATA / "hugging_face" / "printed.log")
    state = json.loads(
        (DATA / "hugging_face" / "run" / "checkpoint-20" / "trainer_state.json").read_text("utf-8")
    )
    for name, key in (("train_loss", "loss"), ("val_loss", "eval_loss")):
        wanted = [record[key] for record in state["log_history"] if key in record]
        assert printed.curves[name].values == pytest.approx(wanted, rel=5e-4)
    assert printed.curves["val_loss"].x == (1.0, 2.0, 3.0, 4.0)
    assert printed.curves["train_loss"].measured_as is MeasuredAs.EPOCH_MEAN


def test_hugging_face_run_folder() -> None:
    """A folder of checkpoints is one run: the last state, of which the earlier ones are the beginning."""
    (run,) = read_runs(DATA / "hugging_face" / "run")
    assert "checkpoint-20" in str(run.source)
    assert len(run.curves["val_loss"]) == 4


def test_lightning_bars() -> None:
    """Of the bars that Lightning draws again and again the last state of each epoch counts."""
    history = read_history(DATA / "lightning" / "bars.log")
    for name in ("train_loss", "val_loss"):
        assert list(history.curves[name].values) == pytest.approx(
            column("lightning/metrics.csv", name), rel=5e-3
        )
        assert history.curves[name].x == (0.0, 1.0, 2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("folder", "name", "sets"),
    [
        ("xgboost", "evals_result.json", ("train", "eval")),
        ("lightgbm", "evals_result.json", ("training", "valid_1")),
        ("catboost", "evals_result.json", ("learn", "validation")),
    ],
)
def test_gradient_boosting_prints(folder: str, name: str, sets: tuple[str, str]) -> None:
    """What the three libraries print, and the dicts that they return, give the same two curves by tree."""
    returned = json.loads((DATA / folder / name).read_text("utf-8"))
    printed, read = read_history(DATA / folder / "printed.log"), read_history(DATA / folder / name)
    for history in (printed, read):
        for curve, own in zip((history.train, history.val), sets, strict=True):
            assert curve is not None
            (wanted,) = returned[own].values()
            assert list(curve.values) == pytest.approx(wanted, abs=1e-5)


def test_catboost_folder() -> None:
    """Both files of catboost_info are one log, also when only one of them is given; the clock is no log."""
    wanted = json.loads((DATA / "catboost" / "evals_result.json").read_text("utf-8"))
    for given in ("catboost", "catboost/catboost_info/test_error.tsv"):
        history = (
            read_history(DATA / given, run="catboost_info")
            if given == "catboost"
            else read_history(DATA / given)
        )
        assert list(history.curves["train_loss"].values) == pytest.approx(
            wanted["learn"]["MultiClass"], abs=1e-8
        )
        assert list(history.curves["val_loss"].values) == pytest.approx(
            wanted["validation"]["MultiClass"], abs=1e-8
        )


def test_dvclive_folder() -> None:
    """The files of plots/metrics are one log, a column each, also when only one of them is given."""
    for given in ("dvclive", "dvclive/plots/metrics/val/loss.tsv"):
        history = read_history(DATA / given)
        assert set(history.curves) == {"train_loss", "val_loss", "val_accuracy"}
        assert history.curves["val_loss"].x == (0.0, 1.0, 2.0, 3.0, 4.0)
        assert history.curves["train_loss"].values[0] == pytest.approx(2.1985928058624267)


def test_ray_tune_trials() -> None:
    """Each trial is one run, though Tune writes it as CSV and as JSON Lines; x is the training iteration."""
    runs = read_runs(DATA / "ray_tune")
    assert [run.curves["val_loss"].values[0] for run in runs] == [1.0, 2.0]
    assert runs[0].curves["val_loss"].x == (1.0, 2.0, 3.0, 4.0)


def test_ignite_prints() -> None:
    """Losses evaluated once an epoch are the losses; the batches printed between them keep a name of their own."""
    history = read_history(DATA / "ignite" / "printed.log")
    assert history.curves["train_loss"].values == (1.93, 1.47, 1.15, 0.96, 0.85)
    assert history.curves["val_loss"].values == (2.01, 1.51, 1.13, 0.87, 0.7)
    assert history.curves["train_loss_step"].measured_as is MeasuredAs.LAST_BATCH


def test_fastai_csv() -> None:
    """Fastai's own CSV is read exactly, its training loss as the running mean that it is."""
    history = read_history(DATA / "fastai" / "history.csv")
    assert list(history.curves["val_loss"].values) == column("fastai/history.csv", "valid_loss")
    assert history.curves["train_loss"].measured_as is MeasuredAs.SMOOTHED


def test_diverged_hugging_face_print() -> None:
    """Trap 1: the loss that the trainer printed as 0 while the gradient was NaN is NaN."""
    history = read_history(DATA / "hugging_face" / "diverged.log")
    assert history.curves["train_loss"].values[0] == 1.422
    assert all(map(isnan, history.curves["train_loss"].values[1:]))
    assert any("diverged" in warning for warning in history.warnings)
