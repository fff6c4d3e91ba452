# SPDX-License-Identifier: Apache-2.0
"""The shapes that a validation curve is thought to have around its minimum: it falls, and it may rise again.

A valley is level + a * fall(u) + b * rise(u) over u in [0, 1], with a, b >= 0. The falls are exponentials and power
laws of many paces; the rises begin at any evaluation and are concave, straight, convex or saturating. Fitting one to
a curve is linear in (level, a, b), so every shape is kept as an orthonormal basis and all of them are fitted with one
matrix product.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goodfit.measures._interval import Floats

LARGEST = 64  # points of a window; longer ones are averaged down to so many

# How fast the falls are: from below one evaluation to longer than the window; and a straight line.
_EXPONENTIALS = 12
_POWERS_OF_FALL = (0.5, 1.0, 2.0)
_ONSETS_OF_POWER = (0.05, 0.15)  # of the window, beside one evaluation
# How a rise goes on: losses rise in a straight line at a constant rate of growing over-confidence, slower where the
# learning rate decays, faster where the weights grow.
_POWERS_OF_RISE = (0.6, 0.8, 1.0, 1.4, 2.0)
_SATURATION = 3.0  # 95 % of a saturating rise is done at the end
_MOST_KNOTS = 48
_NEXT_LENGTH = 1.15


@dataclass(frozen=True, slots=True)
class Family:
    """All shapes with the same number of coefficients."""

    basis: NDArray[np.float32]  # (shapes, coefficients, points), orthonormal; the constant comes first
    lean: NDArray[np.float32] | None  # (shapes,): how much of the rise's coefficient the fall's one holds

    @property
    def coefficients(self) -> int:
        """Numbers fitted to a curve, the level among them."""
        return int(self.basis.shape[1])


def window_length(points: int, most: int) -> int:
    """The shortest of a few standard lengths that holds `points`, at most `most`: bases are made once a length."""
    length = 6
    while length < min(points, LARGEST):
        length = min(max(length + 1, round(length * _NEXT_LENGTH)), LARGEST)
    return min(length, most)


@lru_cache(maxsize=64)
def families(points: int) -> tuple[Family, ...]:
    """Shapes on `points` equally spaced places: flat, falling only, and falling then rising."""
    u = np.linspace(0, 1, points)
    falls, rises = _falls(u), _rises(u)
    flat = np.ones((1, 1, points))
    falling = np.stack([np.ones_like(falls), falls], axis=1)
    turning = np.ones((len(falls) * len(rises), 3, points))
    turning[:, 1], turning[:, 2] = np.repeat(falls, len(rises), axis=0), np.tile(rises, (len(falls), 1))
    return _family(flat), _family(falling), _family(turning)


def _falls(u: Floats) -> Floats:
    first = 1 / len(u)
    paces = np.geomspace(0.7 * first, 1.5, _EXPONENTIALS)
    rows = [1 - u, *(np.exp(-u / pace) for pace in paces)]
    rows += [(1 + u / s) ** -power for s in (first, *_ONSETS_OF_POWER) for power in _POWERS_OF_FALL]
    return np.asarray(rows)


def _rises(u: Floats) -> Floats:
    knots = u[:-2]
    if len(knots) > _MOST_KNOTS:
        knots = knots[np.linspace(0, len(knots) - 1, _MOST_KNOTS).astype(int)]
    rows = []
    for knot in knots:
        since = np.clip(u - knot, 0, None) / (1 - knot)
        rows += [since**power for power in _POWERS_OF_RISE]
        rows.append(1 - np.exp(-_SATURATION * since))
    return np.asarray(rows)


def _family(shapes: Floats) -> Family:
    """Make each shape's functions orthonormal, in their order (Gram and Schmidt)."""
    kept: list[Floats] = []
    for place in range(shapes.shape[1]):
        row = shapes[:, place]
        for before in kept:
            row = row - (row * before).sum(axis=1, keepdims=True) * before
        kept.append(row / np.maximum(np.sqrt((row * row).sum(axis=1, keepdims=True)), 1e-12))
    lean = None
    if len(kept) == 3:  # noqa: PLR2004 - level, fall and rise
        own = (kept[2] * shapes[:, 2]).sum(axis=1)
        lean = ((kept[1] * shapes[:, 2]).sum(axis=1) / np.maximum(own, 1e-12)).astype(np.float32)
    return Family(basis=np.stack(kept, axis=1).astype(np.float32), lean=lean)
