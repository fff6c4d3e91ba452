# SPDX-License-Identifier: Apache-2.0
"""What other validation curves and a test curve say beside the two losses."""

from math import hypot, isfinite, nan, sqrt

import numpy as np

from goodfit.measures._interval import half_width
from goodfit.measures._shape import Shape, measured, shape_of
from goodfit.measures.counts import validation_size
from goodfit.measures.minimum import onset
from goodfit.measures.trend import best_possible
from goodfit.values import Curve, Goal, History, Measurement, Split

# Two losses that are both below a tenth of where they began differ by nothing that matters.
_LEAST_OF_START = 0.1
_Z = 1.645
_FEWEST = 6  # evaluations of test, for its course to begin somewhere


def counted_metric(history: History) -> Curve | None:
    """The validation metric that counts right answers where there is one (higher is better), else the first."""
    found = [
        each for each in history.curves.values() if each.split is Split.VALIDATION and each.metric != "loss"
    ]
    return next((each for each in found if each.goal is Goal.MAXIMIZE and len(each)), history.val_metric)


def metric_gain(history: History) -> Measurement | None:
    """What a validation metric gained between the minimum of validation loss and the end.

    As a share of what was left at that minimum (up to 1 for a metric within [0, 1]). The moment of the minimum is
    uncertain: the low end begins after the latest one, since the metric is still rising fast before.
    """
    loss, metric = history.val, counted_metric(history)
    shape = shape_of(metric) if metric else None
    if loss is None or metric is None or shape is None:
        return None
    turned = onset(loss)
    if not isfinite(turned.low) or shape.n <= shape.window or loss.axis is not metric.axis:
        return measured("metric-gain", shape, (nan, nan, nan), "share")
    then, before, after = _around(shape, turned.epoch), _around(shape, turned.low), _since(shape, turned.high)
    left = then - best_possible(metric, shape, then)
    if not left > 0:
        return measured("metric-gain", shape, (nan, nan, nan), "share")
    error = hypot(shape.mean_error, shape.mean_error, _sampling(history, metric, shape))
    low = min(after, then) - shape.end - error
    high = max(before, then) - shape.end + error
    return measured("metric-gain", shape, ((then - shape.end) / left, low / left, high / left), "share")


def _sampling(history: History, metric: Curve, shape: Shape) -> float:
    """Half the interval of a change of a share of so many examples; 0 where the metric is no share or the size unknown.

    The answers of one network at two moments are taken to agree half of the way: a variance of p (1 - p) / n.
    """
    size, right = validation_size(history), -shape.end
    if size is None or metric.metric != "accuracy" or not 0 <= right <= 1:
        return 0.0
    return _Z * sqrt(right * (1 - right) / size.examples)


def held_out_pair(history: History) -> tuple[Curve, Curve] | None:
    """A test curve and the validation curve of the same metric, losses first; None without such a pair."""
    tests = [each for each in history.curves.values() if each.split is Split.TEST and len(each)]
    for test in sorted(tests, key=lambda each: each.metric != "loss"):
        for val in history.curves.values():
            if val.split is Split.VALIDATION and val.metric == test.metric and len(val):
                return test, val
    return None


def validation_left(history: History) -> Measurement | None:
    """Validation loss at the end as a share of its first value."""
    shape = shape_of(history.val) if history.val else None
    if shape is None or shape.start <= 0 or float(shape.cost.min()) < 0:
        return None
    error = shape.mean_error
    triple = (shape.end / shape.start, (shape.end - error) / shape.start, (shape.end + error) / shape.start)
    return measured("validation-left", shape, triple, "share")


def behind_validation(history: History) -> Measurement | None:
    """How much worse test is than validation at the end, as a share of what test has left (1: validation has nothing).

    What is left is counted down to 0 for a loss that is never negative, to 1 for a metric within [0, 1]. A single test
    value counts as scattering like one evaluation of validation.
    """
    found = held_out_pair(history)
    if found is None:
        return None
    test, val = (shape_of(each) for each in found)
    if test is None or val is None:
        return None
    own = test.mean_error if isfinite(test.mean_error) else half_width(val.noise, 1, val.n - 1)
    triple = _behind(found, (val.end, test.end), hypot(own, val.mean_error))
    return measured("test-behind-validation", test if test.broken else val, triple, "share")


def behind_since_start(history: History) -> Measurement | None:
    """How much of that distance opened after the first evaluation (1: all of it, 0: it was there at once).

    None unless test was logged along the way.
    """
    found = held_out_pair(history)
    if found is None:
        return None
    test, val = (shape_of(each) for each in found)
    if test is None or val is None or min(test.n, val.n) < _FEWEST:
        return None
    error = half_width(hypot(val.noise, test.noise), 1, min(test.n, val.n) - 1)
    first = _behind(found, (val.start, test.start), error)
    last = _behind(found, (val.end, test.end), hypot(test.mean_error, val.mean_error))
    if not last[0] > 0:
        return measured("behind-since-start", val, (nan, nan, nan), "share")
    low, high = last[0] - first[2], last[0] - first[1]
    triple = ((last[0] - first[0]) / last[0], low / last[0], high / last[0])
    return measured("behind-since-start", test if test.broken else val, triple, "share")


def _behind(
    pair: tuple[Curve, Curve], levels: tuple[float, float], error: float
) -> tuple[float, float, float]:
    """Share of what test has left, from the levels of validation and test; of a tenth of the start at least."""
    test, val = (shape_of(each) for each in pair)
    if test is None or val is None:
        return nan, nan, nan
    floor = best_possible(pair[0], test, levels[1])
    left = max(levels[1] - floor, _LEAST_OF_START * (max(test.start, val.start) - floor))
    if not left > 0:
        return nan, nan, nan
    value = (levels[1] - levels[0]) / left
    return value, value - error / left, value + error / left


def _around(shape: Shape, moment: float) -> float:
    return float(shape.smooth[int(np.argmin(np.abs(shape.x - moment)))])


def _since(shape: Shape, moment: float) -> float:
    """The mean of one window after a moment; the last window when there are fewer points."""
    later = np.flatnonzero(shape.x >= moment)
    begin = min(int(later[0]) if len(later) else shape.n, shape.n - shape.window)
    return float(shape.cost[begin : begin + shape.window].mean())
