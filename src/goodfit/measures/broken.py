# SPDX-License-Identifier: Apache-2.0
"""Where curves hold values that cannot be computed with, and whether that can be anything but a broken training.

Three things look alike: a loss that became NaN, a loss that was NaN for a while and came back, and "nan" written
where nothing was measured. The first breaks a run for good; the last is no finding about the training at all.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from math import isnan

from goodfit.measures._shape import shape_of, sound
from goodfit.values import Curve, History, Split

# Fewer values that are there cannot show that they come at a regular distance.
_FEWEST_REGULAR = 3


class BreakKind(StrEnum):
    """What the values of a broken curve look like."""

    ENDS = "ends broken"
    CAME_BACK = "came back"
    """NaN or infinite for a while, and finite in the end."""
    SPARSE = "sparse"
    """NaN at all but every k-th point: most likely "not measured"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The values of one curve that are not numbers to compute with."""

    name: str  # of the curve in its history
    curve: Curve
    kind: BreakKind
    what: str  # "NaN", "infinite", "NaN or infinite", "larger than 1e100"
    first: float  # x of the first and of the last such point
    last: float
    count: int
    training_sound: bool  # a training curve was logged, and all of it is finite

    @property
    def certain(self) -> bool:
        """Whether the training itself must have gone wrong, whatever else the log may mean."""
        if self.kind is BreakKind.SPARSE:
            return False
        validation = self.curve.split is Split.VALIDATION
        doubtful = validation and self.what == "NaN" and self.training_sound
        never = self.count == len(self.curve)
        return not (doubtful and (never or self.kind is BreakKind.CAME_BACK))


def breaks(history: History) -> tuple[Break, ...]:
    """The broken ones of the curves to judge by, and a gradient norm that ends broken; earliest first."""
    train = history.train
    training_sound = train is not None and len(train) > 0 and _all_sound(train)
    found = []
    for name, curve in history.curves.items():
        judged = curve is history.train or curve is history.val
        if not judged and name != "train_grad_norm":
            continue
        broken = _break(name, curve, training_sound=training_sound)
        if broken and (judged or broken.kind is BreakKind.ENDS):
            found.append(broken)
    return tuple(sorted(found, key=lambda each: (not each.certain, each.first)))


def breakdown(history: History) -> float | None:
    """The x at which the training broke: a curve became NaN or infinite; None when none did for certain."""
    return next((each.first for each in breaks(history) if each.certain), None)


def _break(name: str, curve: Curve, *, training_sound: bool) -> Break | None:
    if _all_sound(curve):
        return None
    states = [sound(value) for value in curve.values]
    bad = [place for place, state in enumerate(states) if not state]
    return Break(
        name=name,
        curve=curve,
        kind=_kind(curve, states),
        what=_what([curve.values[place] for place in bad]),
        first=curve.x[bad[0]],
        last=curve.x[bad[-1]],
        count=len(bad),
        training_sound=training_sound,
    )


def _all_sound(curve: Curve) -> bool:
    shape = shape_of(curve)
    return not len(curve) or (shape is not None and not shape.broken)


def _kind(curve: Curve, states: list[bool]) -> BreakKind:
    there = [place for place, state in enumerate(states) if state]
    strides = {later - earlier for earlier, later in pairwise(there)}
    only_nan = all(isnan(value) or sound(value) for value in curve.values)
    if only_nan and len(there) >= _FEWEST_REGULAR and len(strides) == 1 and strides != {1}:
        stride = strides.pop()
        if there[0] < stride and len(states) - there[-1] <= stride:
            return BreakKind.SPARSE
    runs = [(state, len(list(run))) for state, run in groupby(states)]
    return BreakKind.CAME_BACK if runs[-1][0] else BreakKind.ENDS


def _what(values: list[float]) -> str:
    not_numbers = [isnan(value) for value in values]
    endless = [abs(value) == float("inf") for value in values]
    if all(not_numbers):
        return "NaN"
    if all(endless):
        return "infinite"
    if any(not_numbers) or any(endless):
        return "NaN or infinite"
    return "larger than 1e100"
