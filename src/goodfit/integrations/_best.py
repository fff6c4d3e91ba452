# SPDX-License-Identifier: Apache-2.0
"""The best evaluation so far, and the weights that the model had then."""

from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from torch import Tensor, nn

from goodfit.errors import SettingsError
from goodfit.training.stopping import copied
from goodfit.values import Goal


class Best:
    """The lowest loss (highest score) on validation, where it was, and a copy of the weights.

    Args:
        keep: whether weights are copied; they lie in the memory of the CPU.
    """

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self.x: float | None = None
        self.value = nan
        self.weights: dict[str, Tensor] = {}

    def beats(self, value: float, goal: Goal) -> bool:
        """Whether a value is better than the best; NaN never is."""
        if isnan(value) or isnan(self.value):
            return not isnan(value)
        return value < self.value if goal is Goal.MINIMIZE else value > self.value

    def take(self, value: float, x: float, model: nn.Module | None) -> None:
        """Note a new best."""
        self.value, self.x = value, x
        if self.keep and model is not None:
            self.weights = copied(model)

    def restore_(self, model: nn.Module) -> None:
        """Load the best weights into `model`.

        Raises:
            SettingsError: none were kept, or no evaluation had a number yet.
        """
        if not self.weights:
            raise SettingsError(
                "there are no best weights",
                where="watch",
                todo='use on="stop", on="adapt" or keep_best=True, and log a validation loss',
            )
        model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """All of it."""
        return {"x": self.x, "value": self.value, "weights": dict(self.weights)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.x, self.value, self.weights = state["x"], float(state["value"]), dict(state["weights"])
