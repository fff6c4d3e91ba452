# SPDX-License-Identifier: Apache-2.0
"""Plain lists, arrays and tensors become a history, and what is no number is refused."""

from decimal import Decimal
from fractions import Fraction
from math import isnan
from typing import Any

import numpy as np
import pytest

from goodfit.errors import InputError, NoCurvesError, SettingsError
from goodfit.readers import history_from_lists
from goodfit.values import Axis, Goal, History, MeasuredAs


def said(history: History, phrase: str) -> bool:
    """Whether some warning holds the phrase."""
    return any(phrase in warning for warning in history.warnings)


def test_lists() -> None:
    """Values count epochs from 0; None is missing and NaN is NaN."""
    history = history_from_lists(train_loss=[2, 1.5, 1], val_loss=(1.9, None, float("nan")))
    assert list(history.curves["train_loss"].x) == [0, 1, 2]
    assert list(history.curves["val_loss"].x) == [0, 2]
    assert isnan(history.curves["val_loss"].values[1])
    assert history.curves["train_loss"].measured_as is MeasuredAs.UNKNOWN
    assert history.warnings == ()


def test_metrics_and_their_goals() -> None:
    """Metrics are named as columns are, and their goal follows from the name."""
    history = history_from_lists(train_accuracy=[0.5, 0.6], val_accuracy=[0.4, 0.5], val_rmse=[3, 2])
    assert history.curves["val_accuracy"].goal is Goal.MAXIMIZE
    assert history.curves["val_rmse"].goal is Goal.MINIMIZE
    assert history.val is history.curves["val_accuracy"]


@pytest.mark.parametrize(
    "series",
    [
        np.array([2.0, 1.0]),
        np.array([2, 1], dtype=np.int64),
        np.ma.masked_array([2.0, 1.0], mask=[False, False]),
        [np.float32(2), np.float64(1)],
        [np.array(2.0), np.array(1.0)],
        [Decimal(2), Fraction(1)],
        (value for value in (2, 1)),
        range(2, 0, -1),
    ],
)
def test_arrays_and_other_numbers(series: Any) -> None:
    """Arrays, their scalars and any real numbers are taken."""
    assert history_from_lists(val_loss=series).curves["val_loss"].values == (2.0, 1.0)


def test_masked_entries_are_missing() -> None:
    """A masked entry of an array is missing."""
    masked = np.ma.masked_array([2.0, 9.0, 1.0], mask=[False, True, False])
    assert list(history_from_lists(val_loss=masked).curves["val_loss"].x) == [0, 2]


def test_tensors() -> None:
    """Tensors, also those that carry a gradient, and lists of them are taken."""
    torch = pytest.importorskip("torch")
    whole = torch.tensor([2.0, 1.0], requires_grad=True)
    assert history_from_lists(train_loss=whole, val_loss=list(whole)).curves["val_loss"].values == (2.0, 1.0)


def test_own_x_values() -> None:
    """`epoch=` and `step=` give the x values."""
    history = history_from_lists(val_loss=[2, 1], step=[100, 200])
    assert list(history.curves["val_loss"].x) == [100, 200]
    assert history.curves["val_loss"].axis is Axis.STEP


def test_shorter_list_that_fits_one_spacing() -> None:
    """Three values beside nine epochs are placed at 2, 5 and 8, and that is said."""
    history = history_from_lists(train_loss=range(9), val_loss=[3, 2, 4])
    assert list(history.curves["val_loss"].x) == [2, 5, 8]
    assert said(history, "every 3 epochs")


@pytest.mark.parametrize(
    "given",
    [
        {"val_loss": "0.5"},
        {"val_loss": 0.5},
        {"val_loss": {"a": 1}},
        {"val_loss": [1, "2"]},
        {"val_loss": [1, True]},
        {"val_loss": [1, 2j]},
        {"val_loss": [[1, 2], [3, 4]]},
        {"val_loss": np.ones((2, 2))},
        {"val_loss": [1, object()]},
        {"train_loss": range(10), "val_loss": [1, 2]},
        {"train_loss": range(9), "val_loss": range(7)},
        {"val_loss": [1, 2], "epoch": [1]},
        {"val_loss": [10**400]},
    ],
)
def test_what_is_refused(given: dict[str, Any]) -> None:
    """Text, truth values, nested lists and lengths that fit nothing are refused, naming the list."""
    with pytest.raises(SettingsError) as caught:
        history_from_lists(**given)
    assert isinstance(caught.value, InputError)
    assert caught.value.where in {f"{name}=" for name in given}
    assert caught.value.todo


@pytest.mark.parametrize("given", [{}, {"train_loss": []}, {"epoch": [0, 1]}, {"val_loss": [None, None]}])
def test_nothing_to_judge(given: dict[str, Any]) -> None:
    """Nothing, or nothing but missing values, is no history."""
    with pytest.raises(NoCurvesError):
        history_from_lists(**given)
