# SPDX-License-Identifier: Apache-2.0
"""Findings are written to the tracker in use; each in an environment of its own, and one that fails ends nothing."""

import logging
from pathlib import Path
from typing import Any

import pytest

import goodfit
from goodfit.integrations import Watch
from goodfit.integrations._telling import Event
from goodfit.testing._courses import recovering

# What the trackers warn of on their own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


def overfit(**options: Any) -> Watch:
    """A training that overfits and makes a new best in the end."""
    with goodfit.watch(**options) as run:
        for epoch, value in enumerate(recovering()):
            run.log({"train/loss": 0.8**epoch, "val/loss": value}, step=epoch)
    return run


def test_tensorboard(tmp_path: Path) -> None:
    """Text under "goodfit", at the epochs of raising and of withdrawing."""
    pytest.importorskip("tensorboard", reason="tensorboard is not installed here; `make integrations` does")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    from goodfit.integrations.trackers import TensorBoard

    writer = SummaryWriter(str(tmp_path))
    overfit(trackers=[TensorBoard(writer)])
    writer.close()
    events = EventAccumulator(str(tmp_path)).Reload()
    texts = events.Tensors("goodfit/text_summary")
    lines = [each.tensor_proto.string_val[0].decode() for each in texts]
    assert "GF101 overfitting" in lines[0]
    assert "withdrawn" in lines[-1]
    assert texts[-1].step == 12


def test_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags of the active run."""
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed here; `make integrations` does")
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    with mlflow.start_run() as run:
        overfit()
        found = mlflow.MlflowClient().get_run(run.info.run_id).data.tags
    assert "withdrawn" in found["goodfit.last"]
    assert "overfitting" not in found["goodfit.findings"]


def test_wandb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries of the run's summary."""
    wandb = pytest.importorskip("wandb", reason="wandb is not installed here; `make integrations` does")
    monkeypatch.setenv("WANDB_SILENT", "true")
    run = wandb.init(mode="offline", dir=str(tmp_path), project="goodfit")
    try:
        overfit()
        assert "withdrawn" in run.summary["goodfit/last"]
        assert "overfitting" not in run.summary["goodfit/findings"]
    finally:
        run.finish()


def test_trackio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts of the run."""
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    trackio = pytest.importorskip("trackio", reason="trackio is not installed here; `make integrations` does")
    raised: list[str] = []
    run = trackio.init(project="goodfit", embed=False)
    real = run.alert

    def heard(**words: Any) -> None:
        raised.append(words["title"])
        real(**words)

    monkeypatch.setattr(run, "alert", heard)
    overfit()
    trackio.finish()
    assert raised[0] == "goodfit: raised"
    assert raised[-1] == "goodfit: withdrawn"


def test_a_tracker_that_fails_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Its failure is said once, and the training goes on."""

    class Broken:
        def tell(self, event: Event) -> None:
            raise OSError(f"no room for {event.what}")

    run = overfit(trackers=[Broken()])
    assert len(run.history.curves["val_loss"]) == len(recovering())
    failures = [each.getMessage() for each in caplog.records if "is told no more" in each.getMessage()]
    assert failures == ["goodfit: Broken is told no more: OSError: no room for raised"]
    assert all(each.levelno == logging.WARNING for each in caplog.records if "told no more" in each.message)
