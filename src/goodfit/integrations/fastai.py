# SPDX-License-Identifier: Apache-2.0
"""fastai: `Learner(..., cbs=GoodfitCallback())`.

The training loss is the mean over the epoch: the one that fastai prints is a running mean, which lags behind. fastai
saves no callbacks, so the state has a file of its own: `state="goodfit.pt"` beside `SaveModelCallback(every_epoch=True)`,
which is written after each epoch and removed when the training has come to its end.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from fastai.callback.core import Callback, CancelFitException
from torch import Tensor, nn

from goodfit.integrations._curves import understood
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch
from goodfit.values import Split


class GoodfitCallback(Callback):
    """Watches `fit`; evaluations are counted from 1 over all of them.

    Args:
        state: path that makes a training resumable, by `learn.load` and `learn.fit(..., start_epoch=...)`; None: none is kept.
        options: those of `goodfit.watch`. Without `loss` the sample is measured by the Learner's `loss_func`.
    """

    order = 60  # after the Recorder, whose numbers are read

    def __init__(self, *, state: Path | str | None = None, **options: Any) -> None:
        super().__init__()
        self.options = Options(**options)
        self.watched: Watch | None = None  # `run` is a switch of fastai's callbacks
        self._state: Mapping[str, Any] | None = None
        self._path = Path(state) if state is not None else None

    def before_fit(self) -> None:
        """Begin, or go on from the state; the learning rate finder and predictions are no training."""
        if (
            hasattr(self.learn, "lr_finder")
            or hasattr(self.learn, "gather_preds")
            or self.watched is not None
        ):
            return
        options = self.options if self.options.loss is not None else self.options.with_loss(self._loss)
        self.watched = Watch(self.learn.model, options)
        if self._state is None and self._path is not None and self._path.is_file():
            self._state = torch.load(self._path, weights_only=True)
        if self._state is not None:
            self.watched.load_state_dict(self._state)
            self._state = None

    def after_batch(self) -> None:
        """Count a step."""
        if self.learn.training and self.watched is not None:
            loss = self.learn.loss.detach().as_subclass(Tensor)
            self.watched.batch((tuple(self.learn.xb), tuple(self.learn.yb)), loss)

    def after_epoch(self) -> None:
        """Judge."""
        if self.watched is None or not len(self.learn.recorder.values):
            return
        names, values = self.learn.recorder.metric_names[1:-1], self.learn.recorder.values[-1]
        found = dict(zip(names, values, strict=False))
        found.pop("train_loss", None)
        ends = self.watched.take(understood(found, Split.VALIDATION))
        if self._path is not None and found:  # an epoch that was skipped has no numbers
            torch.save(self.watched.state_dict(), self._path)
        if ends:
            raise CancelFitException

    def after_fit(self) -> None:
        """Load the best weights where `on` asks for them; a finished training has no state to resume."""
        if self.watched is not None:
            self.watched.close()
            if self._path is not None:
                self._path.unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs."""
        return self.watched.state_dict() if self.watched is not None else dict(self._state or {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Keep it until the training begins."""
        self._state = state

    def _loss(self, model: nn.Module, batch: Any) -> Any:
        inputs, targets = batch
        return self.learn.loss_func(model(*inputs), *targets)
