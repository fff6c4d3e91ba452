# SPDX-License-Identifier: Apache-2.0
"""What cross-entropy can be when a network's softmax is applied twice.

The second softmax sees probabilities p, at best (1, 0, ..., 0). Where they are nearly that, right or wrong, the loss of
an example is ln(e + K - 1) - p of its class: it never falls below ln(1 + (K - 1) / e), whatever is learned, and its mean
is ln(e + K - 1) less the share of right answers.
"""

from math import e, isfinite, log, nan

import numpy as np

from goodfit.measures._interval import Floats, half_width
from goodfit.measures._pairs import absolute, mean_interval
from goodfit.measures._shape import measured, shape_of
from goodfit.values import Curve, Goal, History, Measurement

# The loss of the best constant prediction lies below ln K for classes of unequal size, hardly ever below half of it.
_LEAST_OF_LN_K = 0.5
_ROUNDING = 1.001
_PERCENT = 100.0
_FEWEST = 6  # shared points, half of which give a mean


def softmax_floor(history: History) -> float | None:
    """The lowest loss, in the unit of the loss; None when the number of classes is not known."""
    classes = _classes(history)
    return None if classes is None else _unit(history, classes) * log(1 + (classes - 1) / e)


def over_floor(history: History, curve: Curve | None, name: str) -> Measurement | None:
    """Level of a loss at the end over that floor (1: on it)."""
    floor = softmax_floor(history)
    shape = shape_of(curve) if curve else None
    if floor is None or shape is None:
        return None
    value, error = shape.end / floor, shape.mean_error / floor
    return measured(name, shape, (value, value - error, value + error), "ratio")


def lowest_over_floor(history: History) -> Measurement | None:
    """The lowest of all values of training and validation over that floor: no single one can lie below it."""
    floor = softmax_floor(history)
    shapes = [shape_of(curve) for curve in (history.train, history.val) if curve and curve.metric == "loss"]
    known = [shape for shape in shapes if shape is not None]
    if floor is None or not known:
        return None
    lowest = min(known, key=lambda shape: float(shape.cost.min()))
    value = float(lowest.cost.min()) / floor
    broken = next((shape for shape in known if shape.broken), lowest)
    settled = value if isfinite(half_width(lowest.noise, 1, lowest.n)) else nan
    return measured("lowest-over-floor", broken, (value, settled, settled), "ratio")


def answers_distance(history: History) -> Measurement | None:
    """How far validation loss lies, over the later half, from what its right answers make of two softmaxes; in nats.

    |mean of loss + accuracy - ln(e + K - 1)|. None without the number of classes or a validation accuracy.
    """
    classes, val, accuracy = _classes(history), history.val, accuracy_of(history)
    loss = shape_of(val) if val and val.metric == "loss" else None
    answers = shape_of(accuracy) if accuracy else None
    if classes is None or loss is None or answers is None:
        return None
    shared = loss.x[(loss.x >= answers.x[0]) & (loss.x <= answers.x[-1])]
    if len(shared) < _FEWEST:
        return measured("distance-from-answers", loss, (nan, nan, nan), "nats")
    late = shared[len(shared) // 2 :]
    level = np.interp(late, loss.x, loss.cost) / _unit(history, classes)
    right = -np.interp(late, answers.x, answers.cost) / _scale(answers.cost)
    triple = absolute(mean_interval(level + right - log(e + classes - 1)))
    return measured("distance-from-answers", answers if answers.broken else loss, triple, "nats")


def right_answers(history: History) -> Measurement | None:
    """The share of right answers on validation at the end; None without an accuracy."""
    accuracy = accuracy_of(history)
    shape = shape_of(accuracy) if accuracy else None
    if shape is None:
        return None
    scale = _scale(shape.cost)
    value, error = -shape.end / scale, shape.mean_error / scale
    return measured("right-answers", shape, (value, value - error, value + error), "share")


def accuracy_of(history: History) -> Curve | None:
    """The validation accuracy, as a share or in percent."""
    curves = (history.curves.get(name) for name in ("val_accuracy", "val_acc"))
    return next(
        (curve for curve in curves if curve is not None and curve.goal is Goal.MAXIMIZE and len(curve)), None
    )


def _scale(cost: Floats) -> float:
    return 1.0 if float(cost.min()) >= -1 else _PERCENT


def _classes(history: History) -> int | None:
    classes = history.context.classes
    return classes if classes is not None and classes >= 2 else None  # noqa: PLR2004 - one class needs no network


def _unit(history: History, classes: int) -> float:
    """Nats; where chance level is known and lies off ln K, it gives the unit (bits, or losses times 1000)."""
    chance, nats = history.context.chance_level, log(classes)
    if chance is None or chance <= 0 or _LEAST_OF_LN_K <= chance / nats <= _ROUNDING:
        return 1.0
    return chance / nats
