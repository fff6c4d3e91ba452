# SPDX-License-Identifier: Apache-2.0
"""A metric that does not move while the loss of the same data does."""

from math import nan

import numpy as np

from goodfit.measures._shape import measured, shape_of
from goodfit.values import Curve, Goal, History, Measurement, Split

_FEWEST = 6  # evaluations: fewer equal values of a coarse metric are common
_PERCENT = 100.0
_LOSSES = {Split.TRAIN: ("train_loss_eval", "train_loss"), Split.VALIDATION: ("val_loss",)}


def liveliest_metric(history: History) -> tuple[Curve, Curve] | None:
    """The metric that moves most, and the loss of the same split; validation first, None without such a pair.

    Where one metric moves, another may well stand still near its best (top-5 accuracy).
    """
    pairs = []
    for curve in history.curves.values():
        if curve.metric in ("loss", "grad_norm") or curve.split not in _LOSSES or not len(curve):
            continue
        names = _LOSSES[curve.split]
        loss = next((history.curves[name] for name in names if len(history.curves.get(name, ()))), None)
        if loss is not None:
            pairs.append((curve, loss))
    order = {Split.VALIDATION: 1, Split.TRAIN: 0}
    return max(pairs, key=lambda pair: (_range(pair[0]).value, order[pair[0].split]), default=None)


def metric_range(history: History) -> Measurement | None:
    """Highest minus lowest value of that metric, as a share of its level."""
    pair = liveliest_metric(history)
    return _range(pair[0]) if pair else None


def distance_from_best(history: History) -> Measurement | None:
    """How far that metric stays from the best it could be, as a share; 0 is perfect.

    The best is 1, or 100 for a metric in percent, and 0 for one to be minimised.
    """
    pair = liveliest_metric(history)
    shape = shape_of(pair[0]) if pair else None
    if pair is None or shape is None:
        return None
    level = float(shape.cost.min())
    if pair[0].goal is Goal.MINIMIZE:
        value = abs(level)
    else:
        best = 1.0 if -level <= 1 else _PERCENT
        value = abs(best + level) / best
    return measured("distance-from-best", shape, (value, value, value), "share")


def loss_movement(history: History) -> Measurement | None:
    """How far the loss of the same split moved, as a share of its first value."""
    pair = liveliest_metric(history)
    shape = shape_of(pair[1]) if pair else None
    if shape is None:
        return None
    if shape.n < _FEWEST or not shape.start:
        return measured("loss-movement", shape, (nan, nan, nan), "share")
    unit = abs(shape.start)
    value = float(np.ptp(shape.smooth)) / unit
    error = (shape.mean_error + shape.bias) / unit
    return measured("loss-movement", shape, (value, value - error, value + error), "share")


def _range(curve: Curve) -> Measurement:
    shape = shape_of(curve)
    if shape is None or shape.n < _FEWEST:
        return measured("metric-range", shape, (nan, nan, nan), "share")
    spread, level = float(np.ptp(shape.cost)), float(np.abs(shape.cost).max())
    value = spread / level if level else 0.0
    return measured("metric-range", shape, (value, value, value), "share")
