# SPDX-License-Identifier: Apache-2.0
"""accelerate: `with GoodfitCallback(accelerator, model) as run:` in the loop that you have.

It is registered for `save_state` and `load_state`. Every process calls `log`; the numbers of the first one count, so
reduce them before.
"""

from typing import Any

from torch import nn

from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch
from goodfit.integrations.trackers import TensorBoard


class GoodfitCallback(Watch):
    """`goodfit.watch` for a model that accelerate prepared.

    Args:
        accelerator: keeps the state in its checkpoints, and names its trackers.
        model: what `prepare` gave.
        options: those of `goodfit.watch`.
    """

    def __init__(self, accelerator: Any, model: nn.Module, **options: Any) -> None:
        super().__init__(accelerator.unwrap_model(model), Options(**options))
        accelerator.register_for_checkpointing(self)
        if self.options.trackers is None:
            writers = [each.tracker for each in accelerator.trackers if each.name == "tensorboard"]
            self.teller.more.extend(map(TensorBoard, writers))
