# SPDX-License-Identifier: Apache-2.0
"""Runs a plan and its interventions, and measures on the test set what its label will rest on.

Levels are means over a window of up to three evaluations; intervals are paired over the test examples, 95 %.
"""

from dataclasses import replace
from math import ceil, isfinite
from typing import Any

import numpy as np
from trainings_loop import Course, Examples, train
from trainings_plan import Plan

CLEAR = 0.05  # of the test loss, beyond the interval: other settings cannot change what to call it
SMALL = 16  # width of models that may be too small whatever their curves say

Interval = tuple[float, float, float]  # value, low, high


def measure(plan: Plan) -> dict[str, Any]:
    """The training's curves and everything measured about it, as plain data."""
    planned = plan.steps // (plan.every or plan.steps_per_epoch)
    course = train(plan, ceil(1.5 * planned))
    last = _stopped(course, planned) if plan.fault == "stopped in time" else planned
    finite = all(isfinite(v) for curve in course.curves.values() for v in curve[:last])
    facts: dict[str, Any] = {"evaluations": last, "finite": finite, **course.facts}
    if finite:
        facts |= _shape(course, last)
        asked = {} if _settled(plan, facts) else _interventions(plan)
        facts["interventions"] = {
            name: _against(course, last, train(changed, ceil(last * longer)))
            for name, (changed, longer) in asked.items()
        }
    curves = {name: values[:last] for name, values in course.curves.items()}
    return {"x": course.x[:last], "curves": curves, "measured": facts}


def _stopped(course: Course, planned: int) -> int:
    """Where early stopping with a patience of three evaluations ends the run."""
    best, since = float("inf"), 0
    for place, value in enumerate(course.curves["val_loss"][:planned]):
        best, since = (value, 0) if value < best else (best, since + 1)
        if since == 3:
            return place + 1
    return planned


def _interventions(plan: Plan) -> dict[str, tuple[Plan, float]]:
    """Other settings by name, and how many times as long they train."""
    if plan.fault in ("", "stopped in time") and plan.interventions:
        base = replace(plan, fault="")
        found = {
            "rate x 3": (replace(base, learning_rate=3 * plan.learning_rate), 1.0),
            "rate / 3": (replace(base, learning_rate=plan.learning_rate / 3), 1.0),
            "more dropout": (replace(base, dropout=min(0.95, plan.dropout + 0.25)), 1.0),
            "bigger": (replace(base, width=_wider(plan), dropout=0.0, weight_decay=0.0), 1.5),
        }
        if plan.dropout > 0:
            found["half the dropout"] = (replace(base, dropout=plan.dropout / 2), 1.0)
        if plan.dropout > 0 or plan.weight_decay > 0:
            found["no regularisation"] = (replace(base, dropout=0.0, weight_decay=0.0), 1.0)
        return found
    if {"GF301", "GF302"} & set(plan.claims):
        return {"rate / 10": (replace(plan, learning_rate=plan.learning_rate / 10, fault=""), 1.0)}
    return {}


def _settled(plan: Plan, facts: dict[str, Any]) -> bool:
    """Whether the run itself and its continuation say it: clearly past its minimum, or clearly still improving."""
    if not plan.interventions or plan.width <= SMALL:
        return False
    risen = facts["rise"][1] > CLEAR and facts["train_fall_since_best"] > CLEAR
    improving = facts["continued"] is not None and facts["continued"][2] < -CLEAR
    return risen or improving


def _wider(plan: Plan) -> int:
    """Four times the width, but no wider than 256: beyond, only time is spent."""
    return max(plan.width, min(4 * plan.width, 256))


def _width(last: int) -> int:
    return max(1, min(3, last // 6))


def _window(rows: list[Examples], end: int, width: int) -> Examples:
    """Mean over evaluations up to and including `end`, by example."""
    return np.mean(rows[max(0, end - width + 1) : end + 1], axis=0)  # type: ignore[no-any-return]


def _paired(after: Examples, before: Examples, scale: float) -> Interval:
    """Mean of the differences by example in units of `scale`, with its 95 % interval."""
    differences = (after - before).astype(float) / scale
    half = 1.96 * float(differences.std(ddof=1)) / len(differences) ** 0.5
    value = float(differences.mean())
    return value, value - half, value + half


def _level(values: list[float], end: int, width: int) -> float:
    return float(np.mean(values[max(0, end - width + 1) : end + 1]))


def _best(values: list[float], first: int, end: int, width: int) -> int:
    """The last evaluation of the lowest window between `first` and `end`, both counted in."""
    return min(range(first, end + 1), key=lambda place: _level(values, place, width))


def _shape(course: Course, last: int) -> dict[str, Any]:
    """Rise, fall, gap, continuation: all at the level of windows, all on the test set."""
    width, end, total = _width(last), last - 1, len(course.losses)
    test, fitted = course.curves["test_loss"], course.curves["train_loss_eval"]
    best = _best(test, min(width - 1, end), end, width)
    lowest, final = _window(course.losses, best, width), _window(course.losses, end, width)
    further = _window(course.losses, total - 1, width)
    missed = [_window(course.errors, place, width) for place in (best, end)]
    levels = {place: _level(fitted, place, width) for place in (best, end, total - 1)}
    return {
        "best": best + 1,
        "rise": _paired(final, lowest, float(lowest.mean())),
        "error_rise": _paired(missed[1], missed[0], 1.0),
        "train_fall_since_best": 1 - levels[end] / max(levels[best], 1e-12),
        "continued": _paired(further, final, float(final.mean())) if np.isfinite(further).all() else None,
        "continued_train": levels[total - 1] / max(levels[end], 1e-12) - 1,
        "gap": (float(final.mean()) - levels[end]) / float(final.mean()),
        "test_last": float(final.mean()),
        "train_last": levels[end],
        "second_descent": _second_descent(test[:last]),
    }


def _second_descent(values: list[float]) -> tuple[float, float]:
    """(rise from the first minimum to the peak, fall from the peak to the end's minimum) of medians of five."""
    smooth = [float(np.median(values[max(0, i - 2) : i + 3])) for i in range(len(values))]
    found = (0.0, 0.0)
    lowest = smooth[0]
    for place, value in enumerate(smooth):
        lowest = min(lowest, value)
        rise, fall = value / lowest - 1, 1 - min(smooth[place:]) / value
        if min(rise, fall) > min(found):
            found = (rise, fall)
    return found


def _against(course: Course, last: int, other: Course) -> dict[str, Any]:
    """What the intervention did to test and training loss: its best checkpoint by validation against our last one."""
    width, end = _width(last), len(other.losses) - 1
    judged = other.curves["val_loss"]
    if not all(np.isfinite(judged)):
        return {"test": None, "train": None}
    best = _best(judged, min(width - 1, end), end, width)
    final = _window(course.losses, last - 1, width)
    ours = _level(course.curves["train_loss_eval"], last - 1, width)
    return {
        "test": _paired(_window(other.losses, best, width), final, float(final.mean())),
        "train": _level(other.curves["train_loss_eval"], end, width) / max(ours, 1e-12) - 1,
    }
