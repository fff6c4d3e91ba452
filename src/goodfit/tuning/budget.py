# SPDX-License-Identifier: Apache-2.0
"""How much a search may take: epochs, runs as planned (T), or seconds.

    Budget.of("1.5T")   # one and a half times the epochs of the run as planned
    Budget.of("60")     # epochs
    Budget.of("5m")     # minutes on the clock

The user's own run is not paid from it: it is there whatever is tuned. Epochs are shared out before arms are trained,
so that none is trained in vain; seconds are turned into epochs by the speed of the own run, and the clock ends what
takes longer.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from goodfit.errors import SettingsError
from goodfit.values import Run


class Unit(StrEnum):
    """What a budget is counted in."""

    EPOCHS = "epochs"
    RUNS = "T"
    SECONDS = "s"


_UNITS = {
    "": (Unit.EPOCHS, 1.0),
    "epoch": (Unit.EPOCHS, 1.0),
    "epochs": (Unit.EPOCHS, 1.0),
    "t": (Unit.RUNS, 1.0),
    "s": (Unit.SECONDS, 1.0),
    "sec": (Unit.SECONDS, 1.0),
    "seconds": (Unit.SECONDS, 1.0),
    "m": (Unit.SECONDS, 60.0),
    "min": (Unit.SECONDS, 60.0),
    "minutes": (Unit.SECONDS, 60.0),
    "h": (Unit.SECONDS, 3600.0),
    "hours": (Unit.SECONDS, 3600.0),
}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([a-zA-Z]*)")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may take beside the user's own run.

    Raises:
        SettingsError: the amount is not above zero, or it is a part of an epoch.
    """

    amount: float
    unit: Unit = Unit.EPOCHS

    def __post_init__(self) -> None:
        if not (isfinite(self.amount) and self.amount > 0):
            raise _refused(f"{self.amount:g} {self.unit}")
        if self.unit is Unit.EPOCHS and self.amount != int(self.amount):
            raise _refused(f"{self.amount:g} epochs")

    @classmethod
    def of(cls, given: "Budget | int | str") -> "Budget":
        """Take a budget in any of the forms that a user may give it; a whole number counts epochs.

        Raises:
            SettingsError: it is none.
        """
        if isinstance(given, Budget):
            return given
        if isinstance(given, int) and not isinstance(given, bool):
            return cls(given)
        found = _WRITTEN.fullmatch(str(given).strip())
        if found is None or found[2].lower() not in _UNITS:
            raise _refused(repr(given))
        unit, scale = _UNITS[found[2].lower()]
        return cls(float(found[1]) * scale, unit)

    def epochs(self, planned: int, own: Run, at_once: int) -> int:
        """The same in epochs.

        Args:
            planned: epochs of one run.
            own: the user's own run, whose speed counts for a budget of seconds.
            at_once: arms trained side by side.
        """
        return self.paced(planned, own.seconds / max(own.epochs, 1), at_once)

    def paced(self, planned: int, seconds_an_epoch: float, at_once: int) -> int:
        """The same, at a speed that is known."""
        if self.unit is Unit.EPOCHS:
            return int(self.amount)
        if self.unit is Unit.RUNS:
            return int(self.amount * planned)
        if seconds_an_epoch <= 0:
            return planned * at_once
        return int(self.amount / seconds_an_epoch * at_once)

    @property
    def seconds(self) -> float | None:
        """How long the clock runs; None where it does not count."""
        return self.amount if self.unit is Unit.SECONDS else None

    def __str__(self) -> str:
        return f"{self.amount:g} {self.unit}"


def _refused(found: str) -> SettingsError:
    return SettingsError(
        f"{found} is no budget of a search",
        where="--budget",
        todo="give epochs (60), runs as planned (1.5T), seconds or minutes (90s, 5m)",
    )
