# SPDX-License-Identifier: Apache-2.0
"""Small logs that the real tools wrote are read as what was logged: NaN, infinity, steps and all."""

import json
from pathlib import Path
from typing import Any

import pytest

from binary_logs import SAMPLES
from goodfit.readers import read_history, read_runs
from goodfit.values import Axis, History

RUNS = sorted(
    (tool.name.removesuffix(".logged.json"), run)
    for tool in SAMPLES.glob("*.logged.json")
    for run in json.loads(tool.read_text(encoding="utf-8"))
)


def of(tool: str, run: str) -> tuple[History, dict[str, Any]]:
    """The one run as it was read, and what was logged."""
    logged = json.loads((SAMPLES / f"{tool}.logged.json").read_text(encoding="utf-8"))[run]
    folder = SAMPLES / tool
    if (folder / run).exists():
        return read_history(folder / run), logged
    if tool == "wandb":
        (file,) = folder.rglob(f"run-{run}.wandb")
        return read_history(file), logged
    (history,) = [each for each in read_runs(folder) if f"(run={run})" in str(each.source)]
    return history, logged


@pytest.mark.parametrize(("tool", "run"), RUNS)
def test_sample_is_read_as_logged(tool: str, run: str) -> None:
    """Each curve has the x and the values that were given to the tool, to the precision that it keeps."""
    history, logged = of(tool, run)
    for name, (x, values) in logged.items():
        assert history.curves[name].x == tuple(x)
        expected = pytest.approx(values, rel=1e-6, nan_ok=True)
        assert list(history.curves[name].values) == expected


def test_nan_is_nan_everywhere() -> None:
    """MLflow's NaN is stored as 0.0 with a flag, trackio's as text, the others' as it is: all are NaN."""
    for tool, run in RUNS:
        if tool not in ("lightning", "ignite"):
            history, _ = of(tool, run)
            assert str(history.curves["val_loss"].values[4:]) == "(nan, inf)"


@pytest.mark.parametrize("tool", ["mlflow-sqlite", "mlflow-files"])
def test_mlflow_without_steps(tool: str) -> None:
    """Points that were all logged at step 0 are counted in the order written, and that is said."""
    history, _ = of(tool, "without_steps")
    assert list(history.curves["val_loss"].x) == [0, 1, 2, 3, 4, 5]
    assert any("No step was logged" in warning for warning in history.warnings)


@pytest.mark.parametrize(
    ("tool", "run"), [("mlflow-sqlite", "resumed"), ("mlflow-files", "resumed"), ("tensorboard", "resumed")]
)
def test_resumed_training(tool: str, run: str) -> None:
    """Of steps that were logged twice the last counts, and it is said how many points that dropped."""
    history, _ = of(tool, run)
    (said,) = history.warnings
    assert "goes back from step" in said
    assert "4 earlier points dropped" in said


def test_purged_training() -> None:
    """A writer that began with purge_step takes back what lies beyond it; nothing is doubtful then."""
    history, _ = of("tensorboard", "purged")
    assert history.warnings == ()


def test_tensors_are_scalars() -> None:
    """Scalars written as tensors, in single and in double precision, are read like plain ones."""
    history, _ = of("tensorboard", "tensors")
    assert len(history.curves["train_loss"]) == len(history.curves["val_loss"]) == 6


def test_settings_of_hparams_are_no_curve() -> None:
    """add_hparams leaves a folder with final values, which belongs to the run and is not read."""
    (history,) = read_runs(SAMPLES / "tensorboard" / "tags")
    assert set(history.curves) == {"train_loss", "val_loss"}


def test_every_tensorboard_layout_is_one_run() -> None:
    """Tag pairs, add_scalars and one writer a split are each found as one run; equal ones count once."""
    for layout in ("tags", "add_scalars", "two_writers", "tensors", "resumed", "purged"):
        history = read_history(SAMPLES / "tensorboard" / layout)
        assert history.source == str(SAMPLES / "tensorboard" / layout)
    assert len(read_runs(SAMPLES / "tensorboard")) == 1


def test_part_of_a_run_keeps_its_split() -> None:
    """The folder, or the file in it, of one split is read as that split and not as training."""
    folder = SAMPLES / "tensorboard" / "two_writers" / "validation"
    (file,) = folder.iterdir()
    for path in (folder, file):
        assert set(read_history(path).curves) == {"val_loss"}
    assert set(read_history(SAMPLES / "tensorboard" / "add_scalars" / "loss_val").curves) == {"val_loss"}


def test_two_loggers_are_one_run() -> None:
    """Lightning's CSV and event file of one training, version_0 and version_1, are one run."""
    (history,) = read_runs(SAMPLES / "lightning" / "run")
    assert history.val is not None
    assert history.val.axis is Axis.EPOCH
    assert len(read_runs(SAMPLES / "lightning" / "run" / "version_1")) == 1


def test_ignite_counts_two_things_in_one_file() -> None:
    """Batches and epochs stay in curves of their own, each at its own steps."""
    history, _ = of("ignite", "tb")
    assert [len(history.curves[name]) for name in ("train_loss", "val_loss", "train_batchloss")] == [4, 4, 16]


def test_calls_of_their_own_are_not_joined_in_silence() -> None:
    """W&B counts calls of log: without an epoch, training and validation keep their own steps."""
    history, _ = of("wandb", "apart")
    assert list(history.curves["train_loss"].x) == [0, 2, 4, 6, 8, 10]
    assert list(history.curves["val_loss"].x) == [1, 3, 5, 7, 9, 11]
    assert {curve.axis for curve in history.curves.values()} == {Axis.STEP}


def test_settings_become_facts() -> None:
    """Learning rate and batch size of MLflow's parameters and of W&B's config are known."""
    for tool, run in (("mlflow-sqlite", "base"), ("mlflow-files", "base"), ("wandb", "onecall")):
        history, _ = of(tool, run)
        assert (history.context.learning_rate, history.context.batch_size) == (0.1, 32)


def test_source_is_not_changed() -> None:
    """After reading, each file is the same byte for byte, and no file lies beside it."""
    before = _content(SAMPLES)
    read_runs(SAMPLES)
    assert _content(SAMPLES) == before


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
