# SPDX-License-Identifier: Apache-2.0
"""Findings are written to the tracker that a training has; goodfit has none of its own.

TensorBoard has no writer that could be found: give it as `trackers=[TensorBoard(writer)]`. Lightning, transformers and
accelerate name theirs.
"""

import sys
from collections.abc import Callable

from goodfit.integrations._telling import Tracker
from goodfit.integrations.trackers.mlflow import active_mlflow
from goodfit.integrations.trackers.tensorboard import TensorBoard
from goodfit.integrations.trackers.trackio import active_trackio
from goodfit.integrations.trackers.wandb import active_wandb

__all__ = ["TensorBoard", "active_trackers"]

_FINDERS: dict[str, Callable[[], Tracker | None]] = {
    "mlflow": active_mlflow,
    "trackio": active_trackio,
    "wandb": active_wandb,
}


def active_trackers() -> tuple[Tracker, ...]:
    """The trackers with a run going on; only those are asked that the program has imported itself."""
    found = [finder() for name, finder in _FINDERS.items() if name in sys.modules]
    return tuple(each for each in found if each is not None)
