# SPDX-License-Identifier: Apache-2.0
"""One dropout rate for a whole model, set while it trains."""

from contextlib import suppress
from typing import Protocol

from torch import nn

from goodfit.errors import NothingMatchedError
from goodfit.integrations._sharing import inside
from goodfit.surgery import at_dose, plan, revert_, treat_
from goodfit.values import Prescription, Treatment

HIGHEST = 0.9  # planned for, so that every place that could drop more is known; no controller goes there


class Dial(Protocol):
    """Sets dropout in a model."""

    def set_(self, rate: float) -> None:
        """Give every place that drops less this drop probability."""
        ...


class SurgeryDial:
    """The places are those of the remedy "raise-dropout"; state-dict keys stay, and places that drop more are left.

    Raises:
        SurgeryError: the model has no place for dropout, or is compiled.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = inside(model)
        self._planned = plan(self._model, Prescription(remedy="raise-dropout"), dose=HIGHEST)
        self._applied: Treatment | None = None

    def set_(self, rate: float) -> None:
        """Take back the last rate, and set this one."""
        if self._applied is not None:
            revert_(self._model, self._applied)
            self._applied = None
        with suppress(NothingMatchedError):  # every place drops as much already
            treatment = at_dose(self._planned, rate)
            treat_(self._model, treatment)
            self._applied = treatment
