# SPDX-License-Identifier: Apache-2.0
"""Levels and noise around each point of a curve, by medians, so that a single wild point moves neither."""

from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._distinct import distinct
from goodfit.measures._interval import Floats, noise_sd
from goodfit.measures._shape import Shape

# The median of |N(0, 1)|: turns a median of absolute residuals into a standard deviation.
_MEDIAN_ABS_NORMAL = 0.6744897501960817
# Ten evaluations to each side: fewer give a noise that is itself too noisy, more mix early noise with late.
_AROUND = 21
_MIDDLE = 5  # a level from five neighbours stays where it was under two wild points
# The point takes part in its own median, which makes residuals smaller by about a fifth.
_OWN_SHARE = 1.25
# Neighbours that are correlated by a half widen a mean by 2.8 of the noise that differences show; what seems wider
# is the course of a curve with a step or a late fall, which no parabola follows.
_WIDEST = 3.0
_SPIKES = 7
_FIRST_FALL = 3  # the first third holds the fall of most runs
# Logs are rounded to three or four digits; a noise below that is not to be divided by.
_ROUNDED = 0.002
# A level below a tenth of the whole fall is no unit: what is left of a fitted loss changes by factors.
_LEAST_SHARE_OF_FALL = 0.1


def sliding_median(values: Floats, width: int) -> Floats:
    """Medians of all windows of an odd `width`, len(values) - width + 1 of them."""
    # What numpy's sliding_window_view gives, without the thirty microseconds of its checks.
    held = np.ascontiguousarray(values, dtype=np.float64)
    windows: Floats = np.ndarray((len(held) - width + 1, width), np.float64, held, 0, held.strides * 2)
    return np.asarray(np.partition(windows, width // 2, axis=1)[:, width // 2])


def centred_median(values: Floats, width: int) -> Floats:
    """One median a point, over a window that is mirrored at the ends."""
    width = min(width, len(values) - 1 + len(values) % 2)
    half = width // 2
    if not half:
        return np.array(values, dtype=np.float64)
    return sliding_median(np.concatenate((values[half:0:-1], values, values[-2 : -half - 2 : -1])), width)


@lru_cache(maxsize=64)
def edges(points: int, blocks: int) -> NDArray[np.int_]:
    """Where so many blocks of nearly the same size begin, and where the last one ends."""
    return np.linspace(0, points, blocks + 1).round().astype(int)


def local_unit(shape: Shape, levels: Floats) -> Floats:
    """What a change at each point is relative to: the level there, at least a tenth of the whole fall."""
    if shape.crosses:
        return np.full(len(levels), shape.unit(0.0))
    return np.maximum(np.abs(levels), max(_LEAST_SHARE_OF_FALL * shape.fall, np.finfo(float).tiny))


@lru_cache(maxsize=16)
def calm(shape: Shape) -> Floats:
    """The median of each point and its four nearest neighbours."""
    return centred_median(shape.cost, _MIDDLE)


@lru_cache(maxsize=16)
def _calm_unit(shape: Shape) -> Floats:
    return local_unit(shape, calm(shape))


def later(shape: Shape) -> int:
    """Where the first fall is over."""
    return shape.n // _FIRST_FALL


@lru_cache(maxsize=16)
def later_noise(shape: Shape) -> float:
    """Standard deviation of one evaluation as differences of neighbours show it, after the first fall."""
    return noise_sd(shape.cost[later(shape) :])


@lru_cache(maxsize=16)
def local_noise(shape: Shape) -> Floats:
    """Standard deviation of one evaluation around its neighbours' median, at each point; 5 points at least."""
    spread = centred_median(np.abs(shape.cost - calm(shape)), _AROUND)
    return np.asarray(np.maximum(_OWN_SHARE * spread / _MEDIAN_ABS_NORMAL, _ROUNDED * _calm_unit(shape)))


@lru_cache(maxsize=16)
def steady_noise(shape: Shape) -> Floats:
    """The same, never below the usual noise of the later two thirds as differences of neighbours show it.

    A curve that swings up and down by turns has medians that follow it, and differences that do not.
    """
    return _steady(shape, later_noise(shape))


def noise_without(shape: Shape, left_out: NDArray[np.bool_]) -> Floats:
    """The same where some points, shape (n,), count for no difference: a few spikes among few points pass for noise."""
    begin = later(shape)
    return _steady(shape, noise_sd(shape.cost[begin:][~left_out[begin:]]))


def tallest(height: Floats) -> NDArray[np.intp]:
    """Indices of a seventh of the points, the highest, and of the ones right after: more than that are no spikes."""
    chosen = np.argsort(height)[-ceil(len(height) / _SPIKES) :]
    return distinct(np.concatenate((chosen, np.minimum(chosen + 1, len(height) - 1))))


def _steady(shape: Shape, noise: float) -> Floats:
    unit = _calm_unit(shape)
    usual = noise / float(unit[later(shape) :].mean())
    return np.asarray(np.maximum(local_noise(shape), (usual if usual > 0 else 0.0) * unit))


def widening(shape: Shape) -> float:
    """How many times further a mean strays than one of white noise would; 1 without correlation, 3 at most."""
    return min(shape.long_run / shape.noise, _WIDEST) if shape.noise > 0 else 1.0
