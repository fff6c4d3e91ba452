# SPDX-License-Identifier: Apache-2.0
"""What a rule can need, by the name that is shown when it is missing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from goodfit.measures import breakdown
from goodfit.values import Curve, History

TRAIN_LOSS = "train_loss"
VAL_LOSS = "val_loss"
TRAIN = "train_loss or a training metric"
VAL = "val_loss or a validation metric"
TRAIN_OR_BROKEN = "train_loss, a training metric or a curve that became NaN"


def _logged(curve: Curve | None) -> bool:
    return curve is not None and len(curve) > 0


def _loss(curve: Curve | None) -> bool:
    return curve is not None and len(curve) > 0 and curve.metric == "loss"


NEEDS: Mapping[str, Callable[[History], bool]] = MappingProxyType(
    {
        TRAIN_LOSS: lambda history: _loss(history.train),
        VAL_LOSS: lambda history: _loss(history.val),
        TRAIN: lambda history: _logged(history.train),
        VAL: lambda history: _logged(history.val),
        TRAIN_OR_BROKEN: lambda history: _logged(history.train) or breakdown(history) is not None,
    }
)


def missing(needs: tuple[str, ...], history: History) -> tuple[str, ...]:
    """Those of `needs` that the history does not offer."""
    return tuple(need for need in needs if not NEEDS[need](history))
