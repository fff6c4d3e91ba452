# SPDX-License-Identifier: Apache-2.0
"""Numbers with their intervals, and the one law by which a number becomes an outcome."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import isnan

from goodfit._core.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number with its interval; an exact count has `low == value == high`."""

    name: str  # kebab-case, the same wherever it is measured
    value: float
    low: float
    high: float
    unit: str = ""  # "%", "epochs", "evaluations", "share", ...
    n: int = 0  # how many logged points it rests on

    @classmethod
    def exact(cls, name: str, value: float, *, unit: str = "", n: int = 0) -> "Measurement":
        """A measurement without uncertainty, such as a count."""
        return cls(name=name, value=value, low=value, high=value, unit=unit, n=n)


class Direction(StrEnum):
    """Which side of a threshold counts as the finding."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The only place where a decision number stands."""

    name: str
    value: float
    unit: str = ""
    direction: Direction = Direction.ABOVE
    because: str  # why this number and no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A measurement held against a threshold; the outcome follows from the two by one law.

    PRESENT when the interval lies wholly beyond the threshold in its direction (a value equal to the
    threshold counts as beyond), ABSENT when it lies wholly short of it, else INCONCLUSIVE. A NaN
    anywhere in the interval settles nothing.
    """

    measurement: Measurement
    threshold: Threshold
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", judge(self.measurement, self.threshold))


def judge(measurement: Measurement, threshold: Threshold) -> Outcome:
    """Apply the law of `Evidence`."""
    low, high, limit = measurement.low, measurement.high, threshold.value
    if isnan(low) or isnan(high) or isnan(measurement.value):
        return Outcome.INCONCLUSIVE
    if threshold.direction is Direction.ABOVE:
        beyond, short = low >= limit, high < limit
    else:
        beyond, short = high <= limit, low > limit
    if beyond:
        return Outcome.PRESENT
    return Outcome.ABSENT if short else Outcome.INCONCLUSIVE
