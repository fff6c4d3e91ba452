# SPDX-License-Identifier: Apache-2.0
"""Early stopping for any loop: the best weights are kept, and the loop is told when to end.

stopping = EarlyStopping(Patience(floor=5))
for epoch in range(epochs):
    ...
    if stopping.step(validation_loss, model):
        break
stopping.restore_(model)
"""

from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from torch import Tensor, nn

from goodfit.errors import SettingsError
from goodfit.values import Goal, Patience


class EarlyStopping:
    """Watches validation from epoch to epoch and keeps a copy of the best weights, on the CPU.

    Args:
        patience: how long validation may get no better; None: never say stop, only keep the best.
        goal: whether a lower or a higher value is better.
    """

    def __init__(self, patience: Patience | None = Patience(), goal: Goal = Goal.MINIMIZE) -> None:  # noqa: B008 - frozen
        self.patience = patience
        self.goal = goal
        self.epoch = 0  # how many were told
        self.best_epoch = 0  # 1-based; 0 before the first number
        self.best = nan
        self.weights: dict[str, Tensor] = {}
        self._since = 0  # patience is counted from this epoch on
        self._latest = (nan, 0)  # the best since then, and its epoch

    def step(self, value: float, model: nn.Module) -> bool:
        """Hear of one more epoch; True when the loop should end.

        Args:
            value: the validation loss or metric after the epoch; NaN is never better than anything.
            model: whose weights and buffers are copied when the value is the best so far.
        """
        self.epoch += 1
        if self._is_better(float(value), self.best):
            self.best, self.best_epoch = float(value), self.epoch
            self.weights = copied(model)
        if self._is_better(float(value), self._latest[0]):
            self._latest = (float(value), self.epoch)
        since, at = self._since, self._latest[1]
        return self.patience is not None and self.patience.is_over(max(at - since, 0), self.epoch - since)

    def anew(self) -> None:
        """Count patience from here on, since something was changed; the best of all epochs stays what it is."""
        self._since, self._latest = self.epoch, (nan, 0)

    def restore_(self, model: nn.Module) -> None:
        """Load the best weights into `model`, which keeps its device and mode.

        Raises:
            SettingsError: no epoch had a number yet.
        """
        if not self.best_epoch:
            raise SettingsError(
                f"there are no best weights: {self.epoch} epochs were told, and none had a number",
                where="EarlyStopping.restore_",
                todo="call step(value, model) after each epoch",
            )
        model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """What an interrupted loop needs to go on: the epochs told, the best of them and its weights."""
        return {
            "epoch": self.epoch,
            "best_epoch": self.best_epoch,
            "best": self.best,
            "weights": dict(self.weights),
            "since": self._since,
            "latest": list(self._latest),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.epoch, self.best_epoch = int(state["epoch"]), int(state["best_epoch"])
        self.best, self.weights = float(state["best"]), dict(state["weights"])
        self._since = int(state.get("since", 0))  # what an older version kept has neither
        value, at = state.get("latest", (self.best, self.best_epoch))
        self._latest = (float(value), int(at))

    def _is_better(self, value: float, best: float) -> bool:
        if isnan(value) or isnan(best):
            return not isnan(value)
        return value < best if self.goal is Goal.MINIMIZE else value > best


def copied(model: nn.Module) -> dict[str, Tensor]:
    """A model's state dict as it is now, on the CPU, in memory of its own."""
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
