# SPDX-License-Identifier: Apache-2.0
"""ignite: `GoodfitCallback(model).attach(trainer, evaluator)`.

`evaluator` runs over the validation data and has a metric "loss". Give the callback to ignite's Checkpoint as
`to_save={"goodfit": callback, ...}` and it is resumed with the rest.
"""

from collections.abc import Mapping
from typing import Any

from ignite.engine import Events
from torch import nn

from goodfit.integrations._curves import understood
from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch
from goodfit.values import Split


class GoodfitCallback:
    """Watches what a trainer trains.

    Args:
        model: what is trained.
        options: those of `goodfit.watch`; with `loss`, of (model, batch), the sample is measured.
    """

    def __init__(self, model: nn.Module, **options: Any) -> None:
        self.run = Watch(model, Options(**options))

    def attach(self, trainer: Any, evaluator: Any) -> "GoodfitCallback":
        """Listen to both; the trainer's output is its loss, or a mapping that has one."""
        trainer.add_event_handler(Events.ITERATION_COMPLETED, self._step)
        trainer.add_event_handler(Events.COMPLETED, self._end)
        trainer.add_event_handler(Events.TERMINATE, self._end)
        evaluator.add_event_handler(Events.COMPLETED, self._judge, trainer)
        return self

    def state_dict(self) -> dict[str, Any]:
        """What goes into a checkpoint."""
        return self.run.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.run.load_state_dict(state)

    def _step(self, trainer: Any) -> None:
        output = trainer.state.output
        loss = output.get("loss") if isinstance(output, Mapping) else output
        self.run.batch(trainer.state.batch, loss if hasattr(loss, "__float__") else None)

    def _judge(self, evaluator: Any, trainer: Any) -> None:
        if not trainer.state.iteration:  # an evaluation before the training
            return
        epochs = round(trainer.state.iteration / trainer.state.epoch_length, 6)
        if self.run.take(understood(evaluator.state.metrics, Split.VALIDATION), epochs):
            trainer.terminate()

    def _end(self) -> None:
        self.run.close()
