# SPDX-License-Identifier: Apache-2.0
"""XGBoost, diagnosis only: `xgb.train(..., evals=[(train, "train"), (val, "val")], callbacks=[GoodfitCallback()])`.

Of XGBClassifier's `eval_set` the sets are called "validation_0", "validation_1": `GoodfitCallback(train="validation_0")`.
"""

from typing import Any

from xgboost.callback import TrainingCallback

from goodfit.integrations._boosting import Boosting


class GoodfitCallback(TrainingCallback):
    """Diagnoses a boosting.

    Args:
        train: name of the training set in `evals`.
        validation: name of the validation set; None: the last of the others.
    """

    def __init__(self, *, train: str = "train", validation: str | None = None) -> None:
        self.run = Boosting(train, validation)

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Judge; never ends the training."""
        del model
        results = {
            name: [(measure, _value(values[-1])) for measure, values in measures.items()]
            for name, measures in evals_log.items()
        }
        self.run.round(epoch + 1, results)
        return False


def _value(logged: Any) -> float:
    """A number; cross-validation logs (mean, deviation)."""
    return float(logged[0]) if isinstance(logged, tuple) else float(logged)
