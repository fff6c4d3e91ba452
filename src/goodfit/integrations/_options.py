# SPDX-License-Identifier: Apache-2.0
"""How a training is watched: the options that `watch` and every GoodfitCallback take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goodfit.errors import SettingsError
from goodfit.integrations._adaptive import AdaptiveDropout
from goodfit.integrations._moves import Advise, Controller, Stop
from goodfit.integrations._sample import BatchLoss
from goodfit.integrations._telling import Tracker
from goodfit.values import Axis

MOST_BATCHES = 8  # of the sample; more would make its mean steadier by less than a tenth for each one added
CONTROLLERS: Mapping[str, type[Controller]] = {"advise": Advise, "stop": Stop, "adapt": AdaptiveDropout}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a training is watched.

    Raises:
        SettingsError: `on` is none of the three.
    """

    on: str = "advise"  # "stop": end it; "adapt": raise dropout
    loss: BatchLoss | None = (
        None  # of (model, batch); with it the training loss is measured in evaluation mode too
    )
    sample: int | Sequence[Any] = (
        MOST_BATCHES  # training batches to measure it on, the first seen; or batches
    )
    log: Path | str | None = None  # JSON Lines, a line an evaluation
    trackers: Sequence[Tracker] | None = None  # None: those that are active
    controller: Controller | None = None  # decides in place of what `on` names
    keep_best: bool | None = None  # None: weights are kept where `on` needs them
    axis: str = "epoch"  # or "step": the unit of x

    def __post_init__(self) -> None:
        for given, known, what in ((self.on, CONTROLLERS, "on"), (self.axis, tuple(Axis), "axis")):
            if given not in known:
                raise SettingsError(
                    f"{what}={given!r} is none of {', '.join(known)}",
                    where="watch",
                    todo=f'give {what}="{next(iter(known))}"',
                )

    def with_loss(self, loss: BatchLoss) -> "Options":
        """The same, with the loss of the sample that an integration knows."""
        return replace(self, loss=loss)
