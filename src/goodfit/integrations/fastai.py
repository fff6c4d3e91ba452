# SPDX-License-Identifier: Apache-2.0
"""fastai: `Learner(..., cbs=GoodfitCallback())`.

The training loss is the mean over the epoch: the one that fastai prints is a running mean, which lags behind. fastai
saves no callbacks: keep `state_dict()` beside `learn.save`, and give it back by `load_state_dict` before `fit`.
"""

from collections.abc import Mapping
from typing import Any

from fastai.callback.core import Callback, CancelFitException
from torch import Tensor, nn

from goodfit.integrations._curves import understood
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch
from goodfit.values import Split


class GoodfitCallback(Callback):
    """Watches `fit`; evaluations are counted from 1 over all of them.

    Args:
        options: those of `goodfit.watch`. Without `loss` the sample is measured by the Learner's `loss_func`.
    """

    order = 60  # after the Recorder, whose numbers are read

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = Options(**options)
        self.watched: Watch | None = None  # `run` is a switch of fastai's callbacks
        self._state: Mapping[str, Any] | None = None

    def before_fit(self) -> None:
        """Begin, or go on; the learning rate finder and predictions are no training."""
        if (
            hasattr(self.learn, "lr_finder")
            or hasattr(self.learn, "gather_preds")
            or self.watched is not None
        ):
            return
        options = self.options if self.options.loss is not None else self.options.with_loss(self._loss)
        self.watched = Watch(self.learn.model, options)
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
        if self.watched.take(understood(found, Split.VALIDATION)):
            raise CancelFitException

    def after_fit(self) -> None:
        """Load the best weights where `on` asks for them."""
        if self.watched is not None:
            self.watched.close()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed training needs."""
        return self.watched.state_dict() if self.watched is not None else dict(self._state or {})

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Keep it until the training begins."""
        self._state = state

    def _loss(self, model: nn.Module, batch: Any) -> Any:
        inputs, targets = batch
        return self.learn.loss_func(model(*inputs), *targets)
