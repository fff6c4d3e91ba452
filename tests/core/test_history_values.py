# SPDX-License-Identifier: Apache-2.0
"""Curves and histories: what is missing is left out, what is NaN stays, nothing can be changed afterwards."""

import pickle
from dataclasses import FrozenInstanceError
from math import isnan, nan

import pytest

from goodfit.values import Curve, Goal, History, Split


def _val(*values: float | None, metric: str = "loss", goal: Goal = Goal.MINIMIZE) -> Curve:
    return Curve.of(values, split=Split.VALIDATION, metric=metric, goal=goal)


def test_missing_points_are_left_out_and_nan_stays() -> None:
    """None is no point at all; NaN is a point that was logged as NaN."""
    curve = _val(1.0, None, nan, 2.0)
    assert curve.x == (0.0, 2.0, 3.0)
    assert len(curve) == 3
    assert isnan(curve.values[1])
    assert not curve.finite
    assert _val(1.0, 2.0).finite


@pytest.mark.parametrize(
    ("values", "x", "message"),
    [
        ((1.0,), (0.0, 1.0), "1 values has 2 x"),
        ((1.0, 2.0), (1.0, 1.0), "must increase"),
        ((1.0, None), (0.0, 1.0), "left out"),
    ],
)
def test_a_malformed_curve_is_refused(values: tuple[float, ...], x: tuple[float, ...], message: str) -> None:
    """Lengths must agree, x must increase, and None has no place among values."""
    with pytest.raises(ValueError, match=message):
        Curve(values=values, x=x, split=Split.TRAIN, metric="loss")


def test_histories_are_frozen_all_the_way_down() -> None:
    """Neither a field nor an entry of the curves can be replaced, and a copy by pickle is equal."""
    history = History(curves={"val_loss": _val(1.0, 2.0)})
    with pytest.raises(FrozenInstanceError):
        history.source = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        history.curves["val_loss"] = _val(1.0)  # type: ignore[index]
    assert pickle.loads(pickle.dumps(history)) == history  # noqa: S301 - our own bytes
    assert hash(history.curves) == hash(History(curves=dict(history.curves)).curves)
    assert "val_loss" in repr(history.curves)


def test_which_curves_are_judged() -> None:
    """The loss in evaluation mode comes before the logged one, and a metric serves when no loss was logged."""
    train = Curve.of([1, 2], split=Split.TRAIN)
    accuracy = _val(0.5, 0.6, metric="accuracy", goal=Goal.MAXIMIZE)
    fitted = Curve.of([0.6, 0.7], split=Split.TRAIN, metric="accuracy", goal=Goal.MAXIMIZE)
    full = History(curves={"train_loss": train, "val_loss": _val(3.0), "val_accuracy": accuracy})
    assert (full.train, full.val, full.val_metric) == (train, _val(3.0), accuracy)
    metric_only = History(curves={"train_accuracy": fitted, "val_accuracy": accuracy})
    assert (metric_only.train, metric_only.val) == (fitted, accuracy)
    evaluated = History(curves={"train_loss": train, "train_loss_eval": Curve.of([5, 6], split=Split.TRAIN)})
    assert evaluated.train is evaluated.curves["train_loss_eval"]
    assert evaluated.val is None
    assert evaluated.val_metric is None
    assert History(curves={}).train is None
    norm = Curve.of([1, 2], split=Split.TRAIN, metric="grad_norm")
    assert History(curves={"train_grad_norm": norm}).train is None, (
        "a gradient norm says nothing about the fit"
    )
