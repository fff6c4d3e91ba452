# SPDX-License-Identifier: Apache-2.0
"""Keras 3 on torch: `model.fit(..., callbacks=[GoodfitCallback()])`.

Keras' own checkpoints hold no callbacks, so the state has a file of its own: `state="goodfit.pt"` beside a
BackupAndRestore, which is written after each epoch and removed when the training has come to its end.
"""

from pathlib import Path
from typing import Any

import keras
import torch

from goodfit.errors import SettingsError
from goodfit.integrations._best import Best
from goodfit.integrations._curves import understood
from goodfit.integrations._keras_dropouts import Dropouts
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch


class GoodfitCallback(keras.callbacks.Callback):
    """Watches `fit`; needs validation data.

    Args:
        state: path that makes a training resumable; None: none is kept.
        options: those of `goodfit.watch`. Without `loss` the sample is measured by the loss the model was compiled with.

    Raises:
        SettingsError: Keras has another backend than torch.
    """

    def __init__(self, *, state: Path | str | None = None, **options: Any) -> None:
        super().__init__()
        if keras.backend.backend() != "torch":
            raise SettingsError(
                f"Keras computes with {keras.backend.backend()}, and goodfit with torch",
                where="GoodfitCallback",
                todo="set KERAS_BACKEND=torch before keras is imported",
            )
        self.options = Options(**options)
        self.run: Watch | None = None
        self._path = Path(state) if state is not None else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin, or go on from the file of the state."""
        del logs
        model = self.model
        options = self.options if self.options.loss is not None else self.options.with_loss(_compiled_loss)
        run = self.run = Watch(model, options, Dropouts(model) if options.on == "adapt" else None)
        run.best = _Best(keep=run.best.keep)
        if self._path is not None and self._path.is_file():
            run.load_state_dict(torch.load(self._path, weights_only=True))
        own_step = model.train_step

        def train_step(data: Any) -> Any:
            run.batch(data)
            if not run.sample.wanted:
                model.__dict__.pop("train_step", None)
            return own_step(data)

        model.__dict__["train_step"] = train_step

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Judge."""
        if self.run is None:
            return
        if self.run.take(understood(logs or {}), epoch + 1):
            self.model.stop_training = True
        if self._path is not None:
            torch.save(self.run.state_dict(), self._path)

    def on_train_end(self, logs: Any = None) -> None:
        """Load the best weights where `on` asks for them; a finished training has no state to resume."""
        del logs
        self.model.__dict__.pop("train_step", None)
        if self.run is not None:
            self.run.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


class _Best(Best):
    """Keras numbers its weights anew in each process, so that they are put back by their order."""

    def restore_(self, model: Any) -> None:
        """Load the best weights."""
        if self.weights:
            model.load_state_dict(dict(zip(model.state_dict(), self.weights.values(), strict=True)))


def _compiled_loss(model: Any, batch: Any) -> Any:
    x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
    answers = model(x, training=False)
    return model.compute_loss(x=x, y=y, y_pred=answers, sample_weight=weight, training=False)
