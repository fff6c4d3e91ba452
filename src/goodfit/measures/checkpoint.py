# SPDX-License-Identifier: Apache-2.0
"""Which checkpoint to keep, and what a log's last and lowest single values say beside the smoothed level."""

from dataclasses import dataclass
from math import isnan

import numpy as np

from goodfit.measures._course import course_of
from goodfit.measures._shape import shape_of
from goodfit.measures.minimum import indistinct
from goodfit.values import Axis, Curve

# A last value so many noise sd away from the level of its window is a spike, not that level.
_STRAY = 4.0
# A smaller jump, as a share of the level, is nothing that a reader could miss.
_SEEN = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The evaluation to keep, all as x: the best within the range where the level is at its best."""

    keep: float
    low: float  # that range; NaN when there are too few points for a noise
    high: float
    best_single: float  # the best value of the whole log

    def in_words(self, axis: Axis) -> str:
        """The end of "keep the checkpoint of ..."; where the log's best single value lies elsewhere, why not that."""
        text = f"{axis} {self.keep:.9g}"
        if self.best_single == self.keep or isnan(self.low):
            return text
        return (
            f"{text}, the best within {axis}s {self.low:.9g} to {self.high:.9g}, where validation is at its best"
            f" level; the best single value, at {axis} {self.best_single:.9g}, is likely the luck of one evaluation"
        )


def checkpoint(curve: Curve) -> Checkpoint | None:
    """The checkpoint to keep by a validation curve; None without a finite point.

    Far outside the onset's range a better value is likely the luck of one evaluation: the level around it is worse.
    """
    shape = shape_of(curve)
    if shape is None:
        return None
    first, last = indistinct(curve)
    known = course_of(curve) is not None
    single = int(np.argmin(shape.cost))
    # Half a window outside, a better value need not be luck.
    near, far = max(first - shape.window // 2, 0), last + shape.window // 2
    lucky = known and not near <= single <= far
    kept = near + int(np.argmin(shape.cost[near : far + 1])) if lucky else single
    return Checkpoint(
        keep=float(shape.x[kept]),
        low=float(shape.x[first]) if known else float("nan"),
        high=float(shape.x[last]) if known else float("nan"),
        best_single=float(shape.x[single]),
    )


def best_evaluation(curve: Curve) -> float:
    """The x of the checkpoint to keep. NaN without a finite point."""
    found = checkpoint(curve)
    return found.keep if found else float("nan")


def stray_end(curve: Curve) -> float | None:
    """The last value of a curve when it lies far worse than the level of its last window; else None.

    The end level is then not what the last evaluation showed, and whoever names the one must name the other.
    """
    shape = shape_of(curve)
    if shape is None or not shape.noise >= 0:
        return None
    # Beyond the noise, and beyond the steps before it: a steep rise is no spike.
    jump = float(shape.cost[-1] - shape.cost[-2])
    steps = float(np.abs(np.diff(shape.cost[-shape.window : -1])).max())
    usual = _STRAY * max(shape.noise, steps)
    stray = jump > max(usual, _SEEN * abs(shape.unit(shape.minimum))) and shape.cost[-1] > shape.end
    return float(curve.values[-1]) if stray and not shape.broken else None
