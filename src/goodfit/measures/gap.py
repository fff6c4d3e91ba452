# SPDX-License-Identifier: Apache-2.0
"""How far validation lies from training, and levels of a curve at a given moment.

The two curves may be logged on different grids (28 training points against 12 evaluations), so they meet by
x, never by index.
"""

from math import hypot, nan

import numpy as np

from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.values import Curve, History, Measurement


def level(curve: Curve, at: float | None = None) -> Measurement:
    """Mean cost of the window around x = `at` (the end when None), in the curve's own unit, lower is better."""
    shape = shape_of(curve)
    if shape is None:
        return measured("level", None, (nan, nan, nan), "")
    value = shape.end if at is None else float(shape.smooth[nearest(shape, at)])
    return measured("level", shape, (value, value - shape.mean_error, value + shape.mean_error), "")


def gap(history: History) -> Measurement | None:
    """(validation - training) / |validation| at the last x that both reached, as a share.

    0.5 means that validation loss is double the training loss. None when one is missing or when the two
    curves are not of the same metric.
    """
    train, val = history.train, history.val
    if train is None or val is None or train.metric != val.metric:
        return None
    seen, unseen = shape_of(train), shape_of(val)
    if seen is None or unseen is None:
        return None
    last = min(float(seen.x[-1]), float(unseen.x[-1]))
    training, validation = level_at(seen, last), level_at(unseen, last)
    unit = unseen.unit(validation)
    value = (validation - training) / unit
    error = hypot(seen.mean_error, unseen.mean_error) / unit
    broken = seen if seen.broken else unseen
    return measured("gap", broken, (value, value - error, value + error), "share")


def level_at(shape: Shape, moment: float) -> float:
    """The end level when `moment` is the end of the curve, else the smoothed cost nearest to it."""
    if moment >= float(shape.x[-1]):
        return shape.end
    return float(shape.smooth[nearest(shape, moment)])


def nearest(shape: Shape, moment: float) -> int:
    """Index of the point whose x is nearest to `moment`."""
    return int(np.argmin(np.abs(shape.x - moment)))
