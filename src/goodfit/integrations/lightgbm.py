# SPDX-License-Identifier: Apache-2.0
"""LightGBM, diagnosis only: `lgb.train(..., valid_sets=[train, val], callbacks=[GoodfitCallback()])`.

LightGBM calls the training set "training" where it is among `valid_sets`.
"""

from typing import Any

from goodfit.integrations._boosting import Boosting


class GoodfitCallback:
    """Diagnoses a boosting.

    Args:
        train: name of the training set in `valid_names`.
        validation: name of the validation set; None: the last of the others.
    """

    order = 25  # after the values were recorded, before early stopping raises
    before_iteration = False

    def __init__(self, *, train: str = "training", validation: str | None = None) -> None:
        self.run = Boosting(train, validation)

    def __call__(self, env: Any) -> None:
        """Judge after a round."""
        results: dict[str, list[tuple[str, float]]] = {}
        for name, measure, value, *_ in env.evaluation_result_list or ():
            results.setdefault(name, []).append((measure, float(value)))
        self.run.round(env.iteration + 1, results)
