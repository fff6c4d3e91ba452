# SPDX-License-Identifier: Apache-2.0
"""skorch: `NeuralNet(..., callbacks=[GoodfitCallback()])`. The state is pickled with the net."""

from pathlib import Path
from typing import Any

from skorch.callbacks import Callback
from skorch.dataset import unpack_data

from goodfit.integrations._curves import understood
from goodfit.integrations._options import MOST_BATCHES, Options
from goodfit.integrations._watching import Watch


class GoodfitCallback(Callback):
    """Watches `fit` and `partial_fit`.

    Args:
        on: "advise", "stop" or "adapt".
        sample: training batches that the loss in evaluation mode is measured on, by the net's own criterion; 0: none.
        log: path of a JSON Lines log.
        controller: decides in place of what `on` names.
        keep_best: whether weights are kept; None: where `on` needs them.
    """

    def __init__(
        self,
        on: str = "advise",
        sample: int = MOST_BATCHES,
        log: Path | str | None = None,
        controller: Any = None,
        keep_best: bool | None = None,
    ) -> None:
        self.on, self.sample, self.log = on, sample, log
        self.controller, self.keep_best = controller, keep_best

    def initialize(self) -> "GoodfitCallback":
        """Forget an earlier training."""
        self.run_: Watch | None = None
        self.state_: dict[str, Any] | None = None
        return self

    @property
    def run(self) -> Watch | None:
        """The watch of the training; None before it."""
        return getattr(self, "run_", None)

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:  # noqa: N803 - skorch's name
        """Begin, or go on."""
        del X, y, kwargs
        if self.run is None:
            options = Options(
                on=self.on,
                loss=lambda _, batch: _loss(net, batch),
                sample=self.sample,
                log=self.log,
                controller=self.controller,
                keep_best=self.keep_best,
            )
            self.run_ = Watch(net.module_, options)
            if self.state_ is not None:
                self.run_.load_state_dict(self.state_)
                self.state_ = None

    def on_batch_end(self, net: Any, batch: Any = None, training: Any = None, **kwargs: Any) -> None:
        """Offer a training batch to the sample."""
        del net, kwargs
        if training and self.run is not None:
            self.run.batch(batch)

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **kwargs: Any
    ) -> None:
        """Judge; a KeyboardInterrupt is how callbacks end a training of skorch."""
        del dataset_train, dataset_valid, kwargs
        if self.run is not None and self.run.take(understood(net.history[-1]), net.history[-1, "epoch"]):
            raise KeyboardInterrupt

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:  # noqa: N803 - skorch's name
        """Load the best weights where `on` asks for them."""
        del net, X, y, kwargs
        if self.run is not None:
            self.run.close()

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the watch itself, whose state goes instead."""
        kept = {**vars(self), "run_": None}
        return {**kept, "state_": self.run.state_dict()} if self.run is not None else kept


def _loss(net: Any, batch: Any) -> Any:
    inputs, targets = unpack_data(batch)
    return net.get_loss(net.infer(inputs), targets, X=inputs, training=False)
