# SPDX-License-Identifier: Apache-2.0
"""What broken values mean, which checkpoint to keep, and what validation gained."""

from math import exp, inf, isnan, nan

import pytest

from goodfit.measures import (
    BreakKind,
    breakdown,
    breaks,
    checkpoint,
    fall_since,
    lost_share,
    onset,
    rise_after_minimum,
    smallest_visible_rise,
    stray_end,
    validation_gain,
)
from goodfit.values import Axis, Curve, Goal, History, Split

DOWN = [0.05 + exp(-t / 8) for t in range(40)]
TURNING = [0.6 + 0.8 * exp(-t / 4) + 0.01 * max(t - 14, 0) for t in range(40)]


def history(train: list[float] | None, val: list[float] | None) -> History:
    """Plain losses, epochs from 0."""
    curves = {}
    if train is not None:
        curves["train_loss"] = Curve.of(train, split=Split.TRAIN)
    if val is not None:
        curves["val_loss"] = Curve.of(val, split=Split.VALIDATION)
    return History(curves=curves)


def with_bad(values: list[float], places: range, bad: float = nan) -> list[float]:
    """The same values, broken at some places."""
    return [bad if place in places else value for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("places", "bad", "kind", "certain"),
    [
        (range(30, 40), nan, BreakKind.ENDS, True),
        (range(20, 22), nan, BreakKind.CAME_BACK, False),
        (range(20, 22), inf, BreakKind.CAME_BACK, True),
        (range(0, 40, 2), nan, BreakKind.SPARSE, False),
        (range(40), nan, BreakKind.ENDS, False),
    ],
)
def test_nan_in_validation_beside_a_sound_training(
    places: range, bad: float, kind: BreakKind, certain: bool
) -> None:
    """Only NaN to the end, or infinity, must be a broken run; the rest may not have been measured."""
    found = breaks(history(DOWN, with_bad(TURNING, places, bad)))
    assert [(each.kind, each.certain) for each in found] == [(kind, certain)]
    assert (breakdown(history(DOWN, with_bad(TURNING, places, bad))) is not None) == certain


def test_a_training_that_came_back_is_still_a_break() -> None:
    """NaN in training itself is no missing evaluation, and infinity is named as such."""
    (found,) = breaks(history(with_bad(DOWN, range(20, 22)), TURNING))
    assert (found.kind, found.certain, found.first, found.last, found.count) == ("came back", True, 20, 21, 2)
    assert [each.what for each in breaks(history(with_bad(DOWN, range(9), inf), None))] == ["infinite"]
    assert [each.what for each in breaks(history([1.0, nan, inf], None))] == ["NaN or infinite"]


def test_huge_values_are_called_huge() -> None:
    """1e300 is a finite number."""
    (found,) = breaks(history(None, with_bad(TURNING, range(30, 40), 1e300)))
    assert found.what == "larger than 1e100"


def test_a_doubtful_nan_leaves_the_loss_without_an_interval() -> None:
    """NaN that may mean "not measured" settles nothing, in neither direction."""
    lost = lost_share(history(DOWN, with_bad(TURNING, range(20, 22))))
    assert lost is not None
    assert lost.value < 0.1
    assert isnan(lost.low)


def test_the_checkpoint_is_not_that_of_a_lucky_evaluation() -> None:
    """A single dip long before the plateau is named, not kept."""
    lucky = [*TURNING[:4], 0.55, *TURNING[5:]]
    found = checkpoint(Curve.of(lucky, split=Split.VALIDATION))
    assert found is not None
    assert found.best_single == 4
    assert found.low <= found.keep <= found.high
    words = found.in_words(Axis.EPOCH)
    assert words.startswith(f"epoch {found.keep:g}, the best within epochs")
    assert "the best single value, at epoch 4, is likely the luck" in words


def test_a_lopsided_minimum_keeps_its_best_value() -> None:
    """Without noise the lowest value is kept, though a moving mean shifts the minimum; nothing more is said."""
    curve = Curve.of(TURNING, split=Split.VALIDATION)
    found = checkpoint(curve)
    assert found is not None
    assert found.keep == found.best_single == float(TURNING.index(min(TURNING)))
    assert found.in_words(Axis.STEP) == f"step {found.keep:g}"


def test_a_spike_at_the_end_is_named() -> None:
    """The last value is told when it lies far from the level; a plain rise is no spike."""
    assert stray_end(Curve.of([*DOWN, 3.3], split=Split.VALIDATION)) == 3.3
    assert stray_end(Curve.of(TURNING, split=Split.VALIDATION)) is None
    assert stray_end(Curve.of([1.0, 9.0], split=Split.VALIDATION)) is None


def test_validation_gain_is_a_share_of_what_training_gained() -> None:
    """A constant validation gained nothing; without a training that learned there is nothing to compare."""
    none = validation_gain(history(DOWN, [0.7] * 40))
    assert none is not None
    assert none.value == 0
    much = validation_gain(history(DOWN, TURNING))
    assert much is not None
    assert much.value > 0.5
    assert validation_gain(history([1 - 0.001 * t for t in range(40)], TURNING)) is None
    assert validation_gain(history(None, TURNING)) is None
    assert validation_gain(history(DOWN, [nan] * 40)) is None
    accuracy = Curve.of(TURNING, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    mixed = {"train_loss": Curve.of(DOWN, split=Split.TRAIN), "val_accuracy": accuracy}
    assert validation_gain(History(curves=mixed)) is None


def test_a_constant_curve_has_no_change_to_the_last_digit() -> None:
    """Equal values give a rise of exactly zero, not what float arithmetic leaves."""
    assert rise_after_minimum(Curve.of([0.7] * 40, split=Split.VALIDATION)).value == 0


def test_a_single_window_has_no_rise() -> None:
    """Two points are one window, which is never after another."""
    assert isnan(rise_after_minimum(Curve.of([1.0, 2.0], split=Split.VALIDATION)).value)
    lost = lost_share(history([1.0, 2.0], None))
    assert lost is not None
    assert isnan(lost.value)


def test_nothing_left_from_the_start_has_no_fall() -> None:
    """A curve of zeros removed nothing of nothing."""
    assert isnan(fall_since(Curve.of([0.0] * 20, split=Split.TRAIN), 2).value)


def test_a_curve_that_changes_sign_is_measured_by_its_fall() -> None:
    """The same course above and across zero rises by the same share of its fall, not by thousands of per cent."""
    crossing = Curve.of([value - 0.65 for value in TURNING], split=Split.VALIDATION)
    rise = rise_after_minimum(crossing).value
    lowest = min(TURNING)
    assert rise == pytest.approx(100 * (TURNING[-1] - lowest) / (TURNING[0] - lowest), rel=0.1)
    assert smallest_visible_rise(crossing).value < 5
    assert onset(crossing).epoch == pytest.approx(
        onset(Curve.of(TURNING, split=Split.VALIDATION)).epoch, abs=1
    )
