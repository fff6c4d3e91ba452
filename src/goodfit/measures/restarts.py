# SPDX-License-Identifier: Apache-2.0
"""A training curve that jumps back to where it began and takes the same way down once more."""

from dataclasses import dataclass
from functools import lru_cache
from math import nan, sqrt

import numpy as np

from goodfit.measures._interval import Floats, median
from goodfit.measures._local import sliding_median
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Measurement

_SIDE = 3  # evaluations that give the level before the jump
_FEWEST = 4  # evaluations after it: less is no course that could repeat anything
_COMPARED = 40  # evaluations at most: later the two ways may part (another seed, another learning rate)
_Z = 1.645
_SAME = 2  # evaluations
_NEARLY = 0.1  # of what had been removed: nine tenths of the way down are behind
_LEAST_SHARE_OF_START = 0.1  # what fell by less has no way down that could be repeated


@dataclass(frozen=True, slots=True)
class Jump:
    """The largest jump upwards; shares are of what had been removed before it."""

    shape: Shape
    at: int  # index of the first evaluation after it
    back: float  # how far it went back towards the first value (1: all the way)
    apart: tuple[
        float, ...
    ]  # mean distance of the way down after it from the first: in step, or one evaluation off
    again: float  # how much of the jump was removed again
    error: float  # half the interval of one evaluation's share
    compared: int
    others: float  # height of the tallest jump elsewhere, as a share of this one
    lasted: tuple[int, int]  # evaluations until most of the fall was done, the first time and after the jump


@lru_cache(maxsize=16)
def jump_of(curve: Curve) -> Jump | None:
    """Find it; None with fewer than 10 finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < 2 * _FEWEST + 2 or not shape.noise >= 0:
        return None
    cost = shape.cost
    before = sliding_median(cost[:-_FEWEST], _SIDE)
    at = _SIDE + int(np.argmax(cost[_SIDE : shape.n - _FEWEST + 1] - before))
    level = float(before[at - _SIDE])
    removed = float(cost[0]) - level
    unit = max(removed, _LEAST_SHARE_OF_START * abs(shape.start)) or nan
    compared = min(at, shape.n - at, _COMPARED)
    height = float(cost[at]) - level
    tail = cost[at:]
    lowest = float(sliding_median(tail, _SIDE).min()) if len(tail) >= _SIDE else median(tail)
    return Jump(
        shape=shape,
        at=at,
        back=height / unit,
        apart=tuple(sorted(_apart(cost, at, compared, shift) / unit for shift in (-1, 0, 1))),
        again=(float(cost[at]) - lowest) / height if height > 0 else nan,
        error=_Z * shape.noise / unit,
        compared=compared,
        others=_tallest_elsewhere(cost, before, at) / height if height > 0 else nan,
        lasted=(_lasted(cost[:at], level, unit), _lasted(tail, level, unit)),
    )


def jump_back(curve: Curve) -> Measurement:
    """How far training jumped back towards its first value, as a share of what it had removed."""
    found = jump_of(curve)
    if found is None:
        return measured("jump-back", shape_of(curve), (nan, nan, nan), "share")
    return measured(
        "jump-back", found.shape, (found.back, found.back - found.error, found.back + found.error), "share"
    )


def repeat_distance(curve: Curve) -> Measurement:
    """Mean distance between the first way down and the one after the jump, in the same unit."""
    found = jump_of(curve)
    if found is None:
        return measured("distance-from-first-fall", shape_of(curve), (nan, nan, nan), "share")
    error = found.error * sqrt(2 / found.compared)
    triple = (found.apart[1], max(found.apart[0] - error, 0.0), found.apart[1] + error)
    return measured("distance-from-first-fall", found.shape, triple, "share")


def fallen_again(curve: Curve) -> Measurement:
    """How much of the jump was removed again afterwards."""
    found = jump_of(curve)
    if found is None or not found.back > 0:
        return measured("fallen-again", shape_of(curve), (nan, nan, nan), "share")
    error = found.error / found.back
    return measured(
        "fallen-again", found.shape, (found.again, found.again - error, found.again + error), "share"
    )


def jumps_elsewhere(curve: Curve) -> Measurement:
    """The tallest jump elsewhere as a share of the largest one; the noise of one evaluation is its error."""
    found = jump_of(curve)
    if found is None or not found.back > 0:
        return measured("other-jumps", shape_of(curve), (nan, nan, nan), "share")
    error = found.error / found.back
    return measured(
        "other-jumps", found.shape, (found.others, found.others - error, found.others + error), "share"
    )


def repeat_length(curve: Curve, least: float) -> Measurement:
    """Evaluations until nine tenths of the fall after the jump were done; open where the first fall took as few."""
    found = jump_of(curve)
    if found is None:
        return measured("length-of-repeat", shape_of(curve), (nan, nan, nan), "evaluations")
    first, again = found.lasted
    same = first - again <= _SAME  # the first fall took hardly longer
    high = max(float(again), least) if same else float(again)
    return measured("length-of-repeat", found.shape, (float(again), float(again), high), "evaluations")


def _tallest_elsewhere(cost: Floats, before: Floats, at: int) -> float:
    """The largest jump above the level before it, outside the way down that follows the jump at `at`."""
    jumps = cost[_SIDE : len(before) + _SIDE] - before
    far = np.abs(np.arange(len(jumps)) + _SIDE - at) > _SIDE
    return max(float(jumps[far].max()), 0.0) if far.any() else 0.0


def _apart(cost: Floats, at: int, compared: int, shift: int) -> float:
    """Mean distance of the two ways down, the second one shifted."""
    first, second = max(-shift, 0), max(shift, 0)
    length = compared - abs(shift)
    return float(np.abs(cost[at + second :][:length] - cost[first:][:length]).mean())


def _lasted(way: Floats, level: float, unit: float) -> int:
    done = np.flatnonzero(way < level + _NEARLY * unit)
    return int(done[0]) if len(done) else len(way)
