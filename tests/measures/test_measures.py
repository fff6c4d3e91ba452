# SPDX-License-Identifier: Apache-2.0
"""Each measure on curves whose answer is known."""

from collections.abc import Iterable, Sequence
from math import exp, inf, isnan, nan

import numpy as np
import pytest

from goodfit.measures import (
    best_evaluation,
    breakdown,
    evaluations_since_minimum,
    fall_since,
    fewest_points,
    gap,
    gradient_ratio,
    late_change,
    late_change_of_start,
    learned_share,
    level,
    lost_share,
    noise,
    onset,
    remaining_share,
    rise_after_minimum,
    share_since_minimum,
    smallest_visible_rise,
)
from goodfit.values import Curve, Goal, History, Measurement, RunContext, Split

EPOCHS = range(1, 61)


def val(values: Iterable[float], x: Sequence[float] | None = None, goal: Goal = Goal.MINIMIZE) -> Curve:
    """A validation curve."""
    metric = "loss" if goal is Goal.MINIMIZE else "accuracy"
    return Curve.of(values, x=x, split=Split.VALIDATION, goal=goal, metric=metric)


def train(values: Sequence[float], x: Sequence[float] | None = None, metric: str = "loss") -> Curve:
    """A training curve."""
    goal = Goal.MAXIMIZE if metric == "accuracy" else Goal.MINIMIZE
    return Curve.of(values, x=x, split=Split.TRAIN, metric=metric, goal=goal)


def vee(turn: int = 20, slope: float = 0.01) -> list[float]:
    """Falls from 2 to 1 at epoch `turn`, then rises by `slope` an epoch; 60 epochs."""
    return [1 + max(turn - t, 0) / turn + max(t - turn, 0) * slope for t in EPOCHS]


def unknown(measurement: Measurement) -> bool:
    """Whether the interval settles nothing."""
    return isnan(measurement.low) and isnan(measurement.high)


def test_rise_of_a_clean_curve_is_what_it_rose_by() -> None:
    """From 1.0 to 1.4 in 40 epochs is 40 %, and the interval says so."""
    rise = rise_after_minimum(val(vee()))
    assert rise.value == pytest.approx(40, abs=2)
    assert rise.low < 40 < rise.high
    assert rise.high - rise.low < 10
    assert rise.unit == "%"


def test_rise_of_a_falling_curve_is_zero() -> None:
    """A curve that is best at its end has not risen at all."""
    assert rise_after_minimum(val([2 - 0.02 * t for t in EPOCHS])).value == pytest.approx(0, abs=1e-9)


def test_flat_noise_is_not_a_rise() -> None:
    """In 200 flat noisy curves, at most one in twenty has an interval wholly above zero."""
    draw = np.random.default_rng(0)
    lows = [rise_after_minimum(val(1 + 0.05 * draw.standard_normal(60))).low for _ in range(200)]
    assert sum(low > 0 for low in lows) <= 10


def test_one_spike_at_the_end_is_not_a_rise() -> None:
    """The level at the end rests on its window, not on the last value."""
    values = [1 + exp(-t / 3) for t in EPOCHS]
    values[-1] = 5.0
    assert rise_after_minimum(val(values)).value < 1


def test_a_drop_of_a_metric_is_a_rise_of_its_cost() -> None:
    """An accuracy that falls from .9 to .7 has got worse by about 22 % of its best."""
    accuracy = [0.5 + 0.02 * t if t < 20 else 0.9 - (t - 20) * 0.005 for t in range(60)]
    rise = rise_after_minimum(val(accuracy, goal=Goal.MAXIMIZE))
    assert 19 < rise.value < 23


def test_a_loss_near_zero_is_measured_against_what_was_learned() -> None:
    """From 2 to 0.00001 and back to 0.0001 is no rise that counts."""
    values = [5.4 * exp(-t) + 1e-5 + max(t - 30, 0) * 3e-6 for t in EPOCHS]
    assert rise_after_minimum(val(values)).value < 1


def test_a_loss_below_zero_can_rise() -> None:
    """A log-density loss falls to -1 and rises to -0.8: a fifth."""
    values = [value - 2 for value in vee(slope=0.005)]
    assert 14 < rise_after_minimum(val(values)).value < 21


def test_onset_is_the_minimum_with_its_range() -> None:
    """The onset of a clean curve is its minimum, in units of x, and its range holds it."""
    x = [100.0 * t for t in EPOCHS]
    found = onset(val(vee(), x=x))
    assert found.epoch == pytest.approx(2000, abs=200)
    assert found.low < 2000 < found.high
    assert found.high - found.low <= 1200


def test_noise_widens_the_onset() -> None:
    """The same curve with noise has a wider range, which still holds the minimum."""
    draw = np.random.default_rng(4)
    clean, noisy = onset(val(vee())), onset(val(np.array(vee()) * (1 + 0.05 * draw.standard_normal(60))))
    assert noisy.high - noisy.low > clean.high - clean.low
    assert noisy.low <= 20 <= noisy.high


def test_best_evaluation_is_the_lowest_near_the_onset() -> None:
    """The checkpoint to keep is the best single evaluation where validation was best, not a lucky one later."""
    values = vee()
    values[50] = 0.5
    values[21] = 0.98
    assert best_evaluation(val(values, x=list(EPOCHS))) == 22


def test_counting_since_the_minimum() -> None:
    """Forty evaluations follow the minimum at epoch 20 of 60."""
    since = evaluations_since_minimum(val(vee()))
    assert since.value == pytest.approx(40, abs=2)
    assert since.low <= 40 <= since.high
    assert share_since_minimum(val(vee())).value == pytest.approx(40 / 59, abs=0.04)


def test_noise_is_in_percent_of_the_level() -> None:
    """Noise of 2 % around the level is measured as about 2 %."""
    draw = np.random.default_rng(5)
    measured = noise(val(3 * (1 + 0.02 * draw.standard_normal(400))))
    assert measured.value == pytest.approx(2, rel=0.15)
    assert measured.low < measured.value < measured.high


def test_smallest_visible_rise_grows_with_noise_and_shrinks_with_length() -> None:
    """Ten times the evaluations show smaller rises; five times the noise hides larger ones."""
    draw = np.random.default_rng(6)

    def visible(sd: float, n: int) -> float:
        return smallest_visible_rise(val(1 + sd * draw.standard_normal(n))).value

    assert visible(0.05, 60) > 3 * visible(0.01, 60)
    assert visible(0.05, 600) < visible(0.05, 60)


def test_late_change_of_a_line_is_a_quarter_of_its_fall() -> None:
    """A straight fall goes on by a quarter of it per quarter of the run."""
    values = [2 - 0.02 * t for t in EPOCHS]
    assert late_change(val(values)).value == pytest.approx(-0.25, abs=0.02)
    assert late_change_of_start(val(values)).value == pytest.approx(-0.25 * 1.18 / 1.98, abs=0.01)


def test_late_change_of_a_flat_end_is_zero() -> None:
    """A run that has settled no longer changes."""
    change = late_change(val([1 + exp(-t / 3) for t in EPOCHS]))
    assert abs(change.value) < 0.001


def test_late_change_of_zeros_is_unknown() -> None:
    """A curve that is zero throughout offers no unit."""
    assert unknown(late_change(val([0.0] * 10)))
    assert unknown(late_change(val([1.0] * 4)))


def test_fall_since_is_a_share_of_what_was_left() -> None:
    """Training that halves after the moment has removed half of what was left."""
    values = [2 * 0.5 ** (t / 20) for t in EPOCHS]
    assert fall_since(train(values, x=list(EPOCHS)), 38).value == pytest.approx(0.5, abs=0.06)


def test_a_fitted_training_curve_stays_fitted() -> None:
    """Accuracy at 100 % cannot rise further: nothing was left, and that counts as all of it."""
    accuracy = [min(0.2 + 0.05 * t, 1.0) for t in EPOCHS]
    assert fall_since(train(accuracy, metric="accuracy"), 30).value == 1
    rising = [0.001 if t < 30 else 1.0 for t in EPOCHS]
    assert fall_since(train([2.0, *rising]), 20).value < 0


def test_what_happened_since_the_end_is_unknown() -> None:
    """Fewer than three points after the moment show nothing."""
    values = [2 * 0.5 ** (t / 20) for t in EPOCHS]
    assert unknown(fall_since(train(values, x=list(EPOCHS)), 58))
    assert not unknown(fall_since(train(values, x=list(EPOCHS)), 57))


def test_fall_since_without_a_floor_is_relative_to_the_level() -> None:
    """A loss below zero has no floor to count down to: its own level is the unit."""
    values = [-1 - 0.01 * t for t in EPOCHS]
    assert fall_since(train(values, x=list(EPOCHS)), 20).value == pytest.approx(0.375 / 1.2, abs=0.03)


def test_remaining_share_with_the_chance_level() -> None:
    """Given chance level, what is left is a plain share of it."""
    history = History(
        curves={"train_loss": train([2.0] * 5 + [1.15] * 55)}, context=RunContext(chance_level=2.3)
    )
    share = remaining_share(history)
    assert share is not None
    assert share.value == pytest.approx(0.5)
    assert share.low == pytest.approx(0.5, abs=0.01)


def test_remaining_share_prefers_evaluation_mode() -> None:
    """The loss in evaluation mode is the training loss, when it was logged."""
    curves = {"train_loss": train([2.0] * 20), "train_loss_eval": train([1.0] * 20)}
    share = remaining_share(History(curves=curves, context=RunContext(chance_level=2.0)))
    assert share is not None
    assert share.value == pytest.approx(0.5)


def test_without_chance_level_a_steep_start_leaves_it_open() -> None:
    """When the first epoch learned nearly all, its loss says little about chance: the interval is wide."""
    slow = History(curves={"train_loss": train([1.6 + 0.7 * exp(-t / 6) for t in range(40)])})
    fast = History(curves={"train_loss": train([0.2 + 0.1 * exp(-t * 1.5) for t in range(40)])})
    settled, left_open = remaining_share(slow), remaining_share(fast)
    assert settled is not None
    assert left_open is not None
    assert settled.low > 0.5
    assert left_open.low < 0.5 < left_open.high


@pytest.mark.parametrize("values", [[-1.0] * 10, [1.0, -1.0, -1.0], [], [nan]])
def test_remaining_share_needs_positive_losses(values: list[float]) -> None:
    """A share of a loss that may be negative means nothing."""
    assert remaining_share(History(curves={"train_loss": train(values)})) is None


def test_remaining_share_of_one_or_two_points() -> None:
    """One point, and two points, give a value whose interval is unknown."""
    for values in ([2.0], [2.0, 1.0], [2.0, 1.0, 3.0, 2.5, 0.5]):
        share = remaining_share(History(curves={"train_loss": train(values)}))
        assert share is not None
    assert remaining_share(History(curves={})) is None


def test_learned_share() -> None:
    """A run from 2 to 1 has learned half, of chance level less when that is higher."""
    curves = {"train_loss": train([1 + max(1 - t / 20, 0) for t in range(60)])}
    plain = learned_share(History(curves=curves))
    given = learned_share(History(curves=curves, context=RunContext(chance_level=4.0)))
    assert plain is not None
    assert given is not None
    assert plain.value == pytest.approx(0.5)
    assert given.value == pytest.approx(0.75)
    assert learned_share(History(curves={})) is None
    zero = learned_share(History(curves={"train_loss": train([0.0] * 9)}))
    assert zero is not None
    assert unknown(zero)


def test_lost_share_of_a_run_that_came_back() -> None:
    """Down from 2 to 1 and up again to 2: everything was lost."""
    values = [2 - t / 30 if t < 30 else 1 + (t - 30) / 25 for t in range(60)]
    lost = lost_share(History(curves={"train_loss": train([min(value, 2) for value in values])}))
    assert lost is not None
    assert lost.value == pytest.approx(1, abs=0.15)
    assert lost_share(History(curves={})) is None


def test_a_broken_curve_is_an_infinite_loss() -> None:
    """NaN in validation or training, or a gradient norm that ends as NaN, is a breakdown; at its first x."""
    good, bad = [1.0] * 6, [1.0, 1.0, nan, 1.0, inf, 1.0]
    assert breakdown(History(curves={"train_loss": train(good)})) is None
    broken = History(curves={"train_loss": train(good), "val_loss": val(bad)})
    assert breakdown(broken) == 2
    lost = lost_share(broken)
    assert lost is not None
    assert lost.low == inf
    for norms, where in (([1.0, nan, 1.0], None), ([1.0, nan, nan], 1.0)):
        curves = {"train_loss": train(good), "train_grad_norm": train(norms, metric="grad_norm")}
        assert breakdown(History(curves=curves)) == where


def test_gap_meets_by_x_not_by_index() -> None:
    """28 training points against 12 evaluations: the gap is that of the same x."""
    steps, evaluations = [10.0 * i for i in range(1, 29)], [20.0 * i for i in range(1, 13)]
    history = History(
        curves={
            "train_loss": train([2 - x / 200 for x in steps], x=steps),
            "val_loss": val([2.0] * 12, x=evaluations),
        }
    )
    found = gap(history)
    assert found is not None
    assert found.value == pytest.approx((2 - (2 - 240 / 200)) / 2, abs=0.06)


def test_gap_needs_two_curves_of_one_metric() -> None:
    """A loss and an accuracy have no gap, nor has one curve alone."""
    accuracy = val([0.5] * 9, goal=Goal.MAXIMIZE)
    assert gap(History(curves={"val_loss": val([1.0] * 9)})) is None
    assert gap(History(curves={"train_loss": train([1.0] * 9), "val_accuracy": accuracy})) is None
    assert gap(History(curves={"train_loss": train([1.0] * 9), "val_loss": val([nan] * 9)})) is None


def test_level_at_a_moment_and_at_the_end() -> None:
    """The level is the mean of the window around a moment, or of the last window."""
    curve = val(vee(), x=list(EPOCHS))
    assert level(curve).value == pytest.approx(1.375, abs=0.01)
    assert level(curve, 40).value == pytest.approx(1.2, abs=0.01)


def test_gradient_ratio() -> None:
    """A norm that falls to a tenth has a ratio of a tenth; without it, or too short, there is none."""
    norms = [1.0, 1.1] * 10 + [0.1, 0.11] * 10
    ratio = gradient_ratio(History(curves={"train_grad_norm": train(norms, metric="grad_norm")}))
    assert ratio is not None
    assert ratio.value == pytest.approx(0.1)
    assert ratio.low < 0.1 < ratio.high < 0.2
    assert gradient_ratio(History(curves={})) is None
    for short in ([1.0, 2.0], [1.0, nan, 2.0, 1.0, 3.0], [nan, nan, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]):
        few = gradient_ratio(History(curves={"train_grad_norm": train(short, metric="grad_norm")}))
        assert few is not None
        assert unknown(few)


def test_fewest_points() -> None:
    """The shorter curve counts."""
    points = fewest_points(History(curves={"train_loss": train([1.0]), "val_loss": val([1.0] * 10)}))
    assert points is not None
    assert points.value == 1
    assert fewest_points(History(curves={})) is None


@pytest.mark.parametrize("values", [[], [nan], [nan, inf, -inf]])
def test_no_finite_point_gives_nan_everywhere(values: list[float]) -> None:
    """Where there is nothing to measure, value and interval are NaN."""
    curve = val(values)
    measures = (
        rise_after_minimum,
        smallest_visible_rise,
        noise,
        evaluations_since_minimum,
        share_since_minimum,
    )
    for measure in (*measures, late_change, late_change_of_start, level):
        assert isnan(measure(curve).value)
        assert unknown(measure(curve))
    assert isnan(onset(curve).epoch)
    assert isnan(best_evaluation(curve))
    assert unknown(fall_since(curve, 0))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_handful_of_points_settles_nothing(n: int) -> None:
    """With fewer than five points there is a value but no interval."""
    curve = val([1.0, 2.0, 0.5, 3.0][:n])
    assert unknown(rise_after_minimum(curve))
    assert unknown(evaluations_since_minimum(curve))
    assert unknown(smallest_visible_rise(curve))
    assert isnan(onset(curve).low)
    assert not isnan(onset(curve).epoch)


def test_a_broken_curve_settles_nothing() -> None:
    """One NaN anywhere leaves the values and takes the intervals away."""
    values = vee()
    values[30] = nan
    assert unknown(rise_after_minimum(val(values)))
    assert rise_after_minimum(val(values)).value > 30
    assert unknown(late_change(val(values)))


def test_huge_losses_are_broken_ones() -> None:
    """A loss on its way to overflow is handled as infinite, without a warning."""
    history = History(curves={"train_loss": train([1.0, 2.0, 1e200, 1e308] * 5)})
    assert breakdown(history) == 2
