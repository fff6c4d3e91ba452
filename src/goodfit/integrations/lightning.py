# SPDX-License-Identifier: Apache-2.0
"""Lightning: `Trainer(callbacks=[GoodfitCallback()])`.

Every Trainer gets one by itself where GOODFIT_CALLBACK=1 is set.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import lightning.pytorch as pl

from goodfit.integrations._curves import is_validation, understood
from goodfit.integrations._lightning_step import step_loss
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch
from goodfit.integrations.trackers import TensorBoard
from goodfit.integrations.trackers.mlflow import Mlflow


class GoodfitCallback(pl.Callback):
    """Watches `fit`; its state goes into the Trainer's checkpoints.

    Args:
        options: those of `goodfit.watch`. Without `loss` the sample is measured by the module's `training_step`.
    """

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        self.run: Watch | None = None
        self._state: dict[str, Any] | None = None
        self._done = 0  # batches of this epoch

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin, or go on from a checkpoint."""
        options = self.options
        if options.loss is None and pl_module.automatic_optimization:
            options = options.with_loss(lambda module, batch: step_loss(trainer, module, batch))
        self.run = Watch(pl_module, options)
        for logger in trainer.loggers if options.trackers is None else []:
            kind = type(logger).__name__
            if kind == "TensorBoardLogger":
                self.run.teller.more.append(TensorBoard(logger.experiment))
            elif kind == "MLFlowLogger":
                self.run.teller.more.append(Mlflow(logger.run_id, logger.experiment))
        if self._state is not None:
            self.run.load_state_dict(self._state)
            self._state = None

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count a step."""
        del trainer, pl_module
        self._done = batch_idx + 1
        if self.run is not None:
            self.run.batch(batch, outputs.get("loss") if isinstance(outputs, Mapping) else outputs)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge."""
        del pl_module
        if self.run is None or trainer.sanity_checking or trainer.state.fn != "fit":
            return
        found = understood(trainer.callback_metrics)  # those of training are of the epoch before
        if self.run.take({k: v for k, v in found.items() if is_validation(k)}, self._epochs(trainer)):
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Add the training metrics of the epoch, which are there after validation only."""
        del pl_module
        if self.run is not None:
            found = understood(trainer.callback_metrics)
            training = {k: v for k, v in found.items() if not is_validation(k) and k != "train_loss"}
            self.run.take(training, self._epochs(trainer))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Load the best weights where `on` asks for them."""
        del trainer, pl_module
        if self.run is not None:
            self.run.close()

    def state_dict(self) -> dict[str, Any]:
        """What goes into a checkpoint."""
        return self.run.state_dict() if self.run is not None else self._state or {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep what a checkpoint held until the training starts."""
        self._state = state_dict or None

    def _epochs(self, trainer: Any) -> float | None:
        """Epochs done; None, to count evaluations, where an epoch has no length."""
        length = trainer.num_training_batches
        if not isfinite(length):
            return None
        return float(trainer.current_epoch + round(min(self._done / length, 1.0), 6))
