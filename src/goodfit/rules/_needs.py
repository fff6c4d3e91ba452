# SPDX-License-Identifier: Apache-2.0
"""What a rule can need, by the name that is shown when it is missing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from goodfit.measures import breakdown, liveliest_metric, passes, share_of_examples, softmax_floor
from goodfit.measures.held_out import counted_metric, held_out_pair
from goodfit.measures.modes import shows_regularisation
from goodfit.values import Curve, History

TRAIN_LOSS = "train_loss"
VAL_LOSS = "val_loss"
TRAIN = "train_loss or a training metric"
VAL = "val_loss or a validation metric"
TRAIN_OR_BROKEN = "train_loss, a training metric or a curve that became NaN"

SIZE_OR_ACCURACY = "the number of validation examples or a validation accuracy"
METRIC_AND_LOSS = "a metric and the loss of the same data"
CLASSES = "the number of classes"
VAL_METRIC = "a validation metric"
TEST = "test_loss or a test metric"
BOTH_MODES = "train_loss with train_loss_eval"
REGULARISATION = "train_loss with train_loss_eval, the dropout rates or the weight decay"
PASSES = "the number of epochs planned or an axis that counts parts of epochs"


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
        SIZE_OR_ACCURACY: lambda history: (
            history.context.validation_size is not None or share_of_examples(history) is not None
        ),
        METRIC_AND_LOSS: lambda history: liveliest_metric(history) is not None,
        CLASSES: lambda history: softmax_floor(history) is not None,
        VAL_METRIC: lambda history: _logged(counted_metric(history)),
        TEST: lambda history: held_out_pair(history) is not None,
        BOTH_MODES: lambda history: (
            _loss(history.curves.get("train_loss")) and "train_loss_eval" in history.curves
        ),
        REGULARISATION: shows_regularisation,
        PASSES: lambda history: passes(history) is not None,
    }
)


def missing(needs: tuple[str, ...], history: History) -> tuple[str, ...]:
    """Those of `needs` that the history does not offer."""
    return tuple(need for need in needs if not NEEDS[need](history))
