# SPDX-License-Identifier: Apache-2.0
"""Optuna: a watch that reports to its trial, and prunes it on our verdict.

    with GoodfitCallback(trial, model, on="stop") as run:
        for epoch in range(epochs):
            ...
            run.log({"train/loss": train_loss, "val/loss": val_loss}, step=epoch)   # raises TrialPruned
    return run.best.value

With on="advise" the study's own pruner decides alone. Findings are the trial's user attribute "goodfit".
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import optuna
from torch import nn

from goodfit.integrations._options import Options
from goodfit.integrations._watching import Watch


class GoodfitCallback(Watch):
    """`goodfit.watch` for one trial.

    Args:
        trial: is told the validation loss of each evaluation; whole steps only.
        model: what is trained; None: verdicts only, and on="stop" needs none to prune.
        options: those of `goodfit.watch`.
    """

    def __init__(self, trial: Any, model: nn.Module | None = None, **options: Any) -> None:
        self.trial = trial
        super().__init__(model, Options(**options))

    def take(self, point: Mapping[str, float], step: float | None = None) -> bool:
        """As in a watch.

        Raises:
            TrialPruned: the verdict ends the training, or the study's pruner does.
        """
        ended, val = super().take(point, step), self.history.val
        found = [f"{each.code} {each.name}" for each in self.findings if each.severity != "note"]
        if found != self.trial.user_attrs.get("goodfit", []):
            self.trial.set_user_attr("goodfit", found)
        if val is not None and val.x[-1] == self.curves.at and isfinite(val.values[-1]):
            self.trial.report(val.values[-1], int(val.x[-1]))
        if ended:
            raise optuna.TrialPruned(self.ended)
        if self.trial.should_prune():
            raise optuna.TrialPruned("pruned by the study's pruner")
        return ended
