# SPDX-License-Identifier: Apache-2.0
"""A long flat stretch from which the curve falls again, found on a curve of twenty blocks of evaluations."""

from dataclasses import dataclass
from functools import lru_cache
from math import nan, sqrt

import numpy as np

from goodfit.measures._interval import selection_bias
from goodfit.measures._local import calm, edges, local_noise, widening
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, Measurement

_BLOCKS = 20
_STRETCH = 4  # blocks: a fifth of the run
_SOON = 8  # blocks: the fall afterwards is looked for within twice the stretch
_WEIGHT = 8.0  # a change within the stretch counts so many times against the fall after it
_LEAST_SHARE_OF_START = 0.1  # a smaller whole fall is no unit
_Z = 1.645


@dataclass(frozen=True, slots=True)
class Plateau:
    """The flattest stretch before the largest fall."""

    shape: Shape
    first: int  # indices of its first and last evaluation
    last: int
    later: float  # the fall afterwards, as a share of the whole fall
    error: float
    bias: float
    inside: float  # change within the stretch as a share of the fall afterwards
    inside_error: float


@lru_cache(maxsize=16)
def plateau_of(curve: Curve) -> Plateau | None:
    """Find it; None with fewer than 20 finite points."""
    shape = shape_of(curve)
    if shape is None or shape.n < _BLOCKS:
        return None
    begins = edges(shape.n, _BLOCKS)
    # Medians, since a spike is no level.
    levels = np.add.reduceat(calm(shape), begins[:-1]) / np.diff(begins)
    listed = [float(level) for level in levels]
    found = [_weigh(listed, first) for first in range(_BLOCKS - _STRETCH)]
    first = int(np.argmax([later - _WEIGHT * inside for later, inside in found]))
    later, inside = found[first]
    block = shape.n / _BLOCKS
    begin, end = int(begins[first]), int(begins[first + _STRETCH]) - 1
    sd = float(local_noise(shape)[begin : end + 1].mean()) * widening(shape)
    whole = max(shape.fall, _LEAST_SHARE_OF_START * abs(shape.start)) or nan
    of_block = sd / sqrt(block)
    return Plateau(
        shape=shape,
        first=begin,
        last=end,
        later=later / whole,
        error=_Z * of_block * sqrt(2) / whole,
        bias=selection_bias(of_block, _BLOCKS) / whole,
        inside=inside / later if later > 0 else nan,
        # The flattest of many stretches looks flatter than it is.
        inside_error=2 * (_Z * of_block + selection_bias(of_block, _BLOCKS)) / later if later > 0 else nan,
    )


def later_fall(curve: Curve) -> Measurement:
    """How much of its whole fall a curve made soon after its flattest stretch."""
    found = plateau_of(curve)
    if found is None:
        return measured("later-fall", shape_of(curve), (nan, nan, nan), "share")
    low = found.later - found.error - found.bias
    return measured("later-fall", found.shape, (found.later, low, found.later + found.error), "share")


def change_inside(curve: Curve) -> Measurement:
    """How much the curve changed within that stretch, as a share of the fall after it."""
    found = plateau_of(curve)
    if found is None:
        return measured("change-inside", shape_of(curve), (nan, nan, nan), "share")
    value, error = found.inside, found.inside_error
    return measured("change-inside", found.shape, (value, max(value - error, 0.0), value + error), "share")


def _weigh(levels: list[float], first: int) -> tuple[float, float]:
    """Fall soon after the stretch that begins at block `first`, and the change within it."""
    half = first + _STRETCH // 2
    end = first + _STRETCH
    early, late = sum(levels[first:half]) / (half - first), sum(levels[half:end]) / (end - half)
    later = late - min(levels[end : end + _SOON])
    # A fall that ends in a jump has equal halves: its middle lies off its ends.
    outer = (levels[first] + levels[end - 1] - levels[half - 1] - levels[half]) / 2
    return max(later, 0.0), 2 * max(abs(early - late), abs(outer))
