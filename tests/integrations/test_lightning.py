# SPDX-License-Identifier: Apache-2.0
"""Lightning: the contract, its entry point, and what a training_step may do."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from goodfit.integrations.lightning_factory import callbacks
from goodfit.testing._courses import Carried, Course, falling, scripted
from goodfit.testing.integrations import IntegrationContract

pl = pytest.importorskip("lightning.pytorch", reason="lightning is not installed")
torchmetrics = pytest.importorskip("torchmetrics", reason="torchmetrics is not installed")
# What the framework warns of on its own is not ours to judge.
pytestmark = pytest.mark.filterwarnings("ignore")


class Module(pl.LightningModule):  # type: ignore[misc, name-defined]
    """Trains a course's model."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self.net, self.rate = course.build(), course.rate
        self.error = torchmetrics.MeanMetric()

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        """Log as people do."""
        del batch_idx
        loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.error.update(loss.detach())
        self.log("train_loss", loss)
        self.log("train_error", self.error, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """The same."""
        del batch_idx
        self.log("val_loss", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Plain."""
        return torch.optim.SGD(self.parameters(), lr=self.rate)


def fit(
    course: Course, *, watched: bool, upto: int | None = None, resume: bool = False, **more: Any
) -> Carried:
    """Train a course with a Trainer."""
    from goodfit.integrations.lightning import GoodfitCallback

    callback = GoodfitCallback(**course.options)
    path = course.folder / "last.ckpt"
    keep = pl.callbacks.ModelCheckpoint(dirpath=course.folder, filename="last", every_n_epochs=upto or 1)
    trainer = pl.Trainer(
        max_epochs=upto or course.epochs,
        accelerator="cpu",
        callbacks=[*([callback] if watched else []), *([keep] if upto else [])],
        logger=False,
        enable_checkpointing=bool(upto),
        enable_progress_bar=False,
        enable_model_summary=False,
        **more,
    )
    module = Module(course)
    loaders = [DataLoader(TensorDataset(*part), batch_size=size) for part, size in _parts(course)]
    trainer.fit(module, *loaders, ckpt_path=str(path) if resume else None, weights_only=True)
    return Carried(model=module.net, run=callback.run)


def _parts(course: Course) -> list[tuple[Any, int]]:
    return [(course.train, course.batch), (course.validation, len(course.validation[0]))]


class TestLightning(IntegrationContract):
    """The contract."""

    def carry_out(
        self, course: Course, *, watched: bool = True, upto: int | None = None, resume: bool = False
    ) -> Carried:
        """Train with a Trainer."""
        return fit(course, watched=watched, upto=upto, resume=resume)

    def test_metrics_count_training_only(self) -> None:
        """A torchmetric that training_step updates is not touched by the sample."""
        curves = fit(scripted(falling(4)), watched=True).run.history.curves
        assert curves["train_error"].values == pytest.approx(curves["train_loss"].values)
        assert curves["train_loss_eval"].values[0] < curves["train_loss"].values[0]

    def test_validation_within_an_epoch(self) -> None:
        """Evaluations in the middle of an epoch stand at parts of it."""
        done = fit(scripted(falling(3)), watched=True, val_check_interval=2)
        assert done.run.history.curves["val_loss"].x == (0.5, 1, 1.5, 2, 2.5, 3)


def test_the_entry_point_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning's factory gives a callback where GOODFIT_CALLBACK=1, and none otherwise."""
    from goodfit.integrations.lightning import GoodfitCallback

    monkeypatch.delenv("GOODFIT_CALLBACK", raising=False)
    assert callbacks() == []
    monkeypatch.setenv("GOODFIT_CALLBACK", "1")
    (found,) = callbacks()
    assert isinstance(found, GoodfitCallback)
