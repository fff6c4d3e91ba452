# SPDX-License-Identifier: Apache-2.0
"""Further curves for a drawn example: metrics, a test set, training measured in both modes."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from goodfit.rules._example import NOISE
from goodfit.values import Curve, Goal, History, MeasuredAs, Split

_SPLITS = {"train": Split.TRAIN, "val": Split.VALIDATION, "test": Split.TEST}
_HIGHER_IS_BETTER = ("accuracy",)


def with_curve(
    history: History,
    name: str,
    course: Callable[[float], float],
    *,
    noise: float = NOISE,
    measured_as: MeasuredAs = MeasuredAs.EVAL_MODE,
) -> History:
    """The same example with one more curve, or another in place of one; `name` is "<split>_<metric>"."""
    split, metric = name.removesuffix("_eval").split("_", maxsplit=1)
    epochs = range(len(next(iter(history.curves.values()))))
    random = Random(sum(map(ord, name)))  # fixed, and another one for each name
    curve = Curve.of(
        [course(epoch) * (1 + noise * random.gauss(0, 1)) for epoch in epochs],
        x=[float(epoch + 1) for epoch in epochs],
        split=_SPLITS[split],
        metric=metric,
        goal=Goal.MAXIMIZE if metric in _HIGHER_IS_BETTER else Goal.MINIMIZE,
        measured_as=measured_as,
    )
    return replace(history, curves={**history.curves, name: curve})


def with_fact(history: History, **facts: object) -> History:
    """The same example with facts of the run."""
    return replace(history, context=replace(history.context, **facts))  # type: ignore[arg-type]
