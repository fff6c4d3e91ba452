# SPDX-License-Identifier: Apache-2.0
"""The shapes that a validation curve is thought to have around its minimum: it falls, and it may rise again.

A valley is level + a * fall(u) + b * rise(u) over u in [0, 1], with a, b >= 0. The falls are exponentials and power
laws of many paces; the rises begin at any evaluation, with a kink or softly, and are concave, straight, convex or
saturating. Every fall goes with every rise; a curve may also be flat, only fall, or rise from its first point on.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from goodfit.measures._interval import Floats

LARGEST = 64  # points of a window; longer ones are averaged down to so many

# How fast the falls are: from below one evaluation to longer than the window, evenly by ratio; and a straight line.
_EXPONENTIALS = 24
_FASTEST, _SLOWEST = 0.7, 1.5  # evaluations; windows
_POWERS_OF_FALL = (1.0, 2.0)
_ONSET_OF_POWER = 0.15  # of the window, beside one evaluation
# How a rise goes on: losses rise in a straight line at a constant rate of growing over-confidence, slower where the
# learning rate decays, faster where the weights grow.
_POWERS_OF_RISE = (0.8, 1.0, 1.2, 1.5)
_MOST_KNOTS = 48  # among the averages of a longer curve not every one need be a knot
_SATURATIONS = (3.0, 10.0)  # 95 % of a saturating rise is done at the end, or after a third of it
_FORMS = len(_POWERS_OF_RISE) + len(_SATURATIONS) + 1
_COLLINEAR = 1e-7  # of a fall and a rise: beyond it their coefficients are rounding
_SOFT = 0.05  # of the window: a hyperbola that bends from level to straight within so much to each side


@dataclass(frozen=True, slots=True)
class Valleys:
    """Falls and rises on one grid of places, each with a weighted mean of zero, and the sums that fits need."""

    weights: Floats  # (points,), their sum is one
    falls: Floats  # (falls, points)
    rises: Floats  # (rises, points), those from the first point before the others
    forms: int  # rises from one point
    prior: Floats  # (rises,): logarithm of the weight beforehand
    ff: Floats  # (falls,): means of squares
    rr: Floats  # (rises,)
    fr: Floats  # (falls, rises): means of products
    det: Floats  # (falls, rises): ff rr - fr^2; infinite where the two parts are the same but for rounding


@lru_cache(maxsize=LARGEST)
def valleys(points: int) -> Valleys:
    """All of them on `points` equally spaced places that weigh the same.

    How long ago a curve turned is a scale, so its logarithm is uniform beforehand (Jeffreys 1946), as are those of
    the paces of the falls.
    """
    u = np.linspace(0, 1, points)
    knots = u[:-2]
    if len(knots) > LARGEST - 4:
        knots = knots[np.linspace(0, len(knots) - 1, _MOST_KNOTS).astype(int)]
    rises = np.concatenate([_rises_from(u, float(knot)) for knot in knots])
    prior = -np.log(np.repeat(1 - knots, len(rises) // len(knots)))
    prior -= np.log(np.exp(prior).sum())
    return _centred(np.full(points, 1 / points), _falls(u), rises, prior)


def weighed(even: Valleys, weights: Floats) -> Valleys:
    """The same on places that weigh differently."""
    return _centred(weights / weights.sum(), even.falls, even.rises, even.prior)


def _centred(weights: Floats, falls: Floats, rises: Floats, prior: Floats) -> Valleys:
    falls, rises = (each - (each @ weights)[:, None] for each in (falls, rises))
    weighted = falls * weights
    ff, rr, fr = (weighted * falls).sum(axis=1), (rises * rises) @ weights, weighted @ rises.T
    product = np.outer(ff, rr)
    det = product - fr * fr
    det[det <= _COLLINEAR * product] = np.inf
    return Valleys(
        weights=weights, falls=falls, rises=rises, forms=_FORMS, prior=prior, ff=ff, rr=rr, fr=fr, det=det
    )


def _falls(u: Floats) -> Floats:
    first = 1 / len(u)
    rows = [1 - u, *(np.exp(-u / pace) for pace in np.geomspace(_FASTEST * first, _SLOWEST, _EXPONENTIALS))]
    rows += [(1 + u / s) ** -power for s in (first, _ONSET_OF_POWER) for power in _POWERS_OF_FALL]
    return np.asarray(rows)


def _rises_from(u: Floats, knot: float) -> Floats:
    since = np.clip(u - knot, 0, None) / (1 - knot)
    soft = np.hypot(u - knot, _SOFT) + (u - knot)
    saturating = [-np.expm1(-pace * since) for pace in _SATURATIONS]
    rows = [*(since**power for power in _POWERS_OF_RISE), *(each / each[-1] for each in saturating)]
    return np.asarray([*rows, (soft - soft[0]) / (soft[-1] - soft[0])])
