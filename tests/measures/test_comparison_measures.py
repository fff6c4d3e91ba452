# SPDX-License-Identifier: Apache-2.0
"""What the comparing rules measure: ratios, gaps and differences of two curves, with honest intervals."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, isnan, nan

import numpy as np
import pytest

from goodfit.measures._pairs import absolute, mean_interval, pair_of, start_interval
from goodfit.measures.comparison import (
    below_without_lag,
    fall_of_both,
    lag_of_mean,
    loss_ratio,
    ratio_drift,
    validation_below,
)
from goodfit.measures.held_out import (
    behind_since_start,
    behind_validation,
    counted_metric,
    metric_gain,
    validation_left,
)
from goodfit.measures.modes import (
    eval_mode_excess,
    left_in_evaluation_mode,
    train_mode_excess,
    training_blur,
    training_noise_ratio,
)
from goodfit.measures.softmax_floor import answers_distance, right_answers
from goodfit.measures.starts import gap_at_start, gap_closing, training_over_validation
from goodfit.values import Curve, Goal, History, MeasuredAs, Measurement, RunContext, Split

EPOCHS = 60


def fall(start: float, end: float, pace: float) -> list[float]:
    """A loss that falls from `start` towards `end`."""
    return [end + (start - end) * exp(-epoch / pace) for epoch in range(EPOCHS)]


def run_of(train: list[float], val: list[float], **others: Curve) -> History:
    """Two losses and whatever else was logged."""
    curves = {
        "train_loss": Curve.of(train, split=Split.TRAIN),
        "val_loss": Curve.of(val, split=Split.VALIDATION),
    }
    return History(curves={**curves, **others})


def value(found: Measurement | None) -> float:
    """The value of a measurement that must have been taken."""
    assert found is not None
    assert found.low <= found.value <= found.high
    return found.value


def test_curves_meet_by_x_on_the_sparser_grid() -> None:
    """Training each half epoch and validation each third epoch meet at the validation's x."""
    train = Curve.of([3.0 - x / 40 for x in range(80)], x=[x / 2 for x in range(80)], split=Split.TRAIN)
    val = Curve.of([2.0] * 12, x=[3.0 * x for x in range(12)], split=Split.VALIDATION)
    pair = pair_of(train, val)
    assert pair is not None
    assert pair.x.tolist() == [3.0 * x for x in range(12)]
    assert pair.one[1] == pytest.approx(3.0 - 6 / 40)


@pytest.mark.parametrize("change", [{"goal": Goal.MAXIMIZE}, {"values": tuple([-0.1] + [1.0] * 59)}])
def test_what_has_no_ratio_is_no_pair(change: dict[str, object]) -> None:
    """A metric to maximise, and a loss that falls below zero, have no ratio to a loss."""
    train = Curve.of([1.0] * EPOCHS, split=Split.TRAIN)
    assert pair_of(train, train) is not None
    assert pair_of(train, replace(train, **change)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_the_mean_lies_in_its_interval_nine_times_in_ten(correlation: float) -> None:
    """Of 400 drawn means of 30 points at least 84 % of the intervals hold the truth, correlated or not."""
    draws, held = np.random.default_rng(3), 0
    for _ in range(400):
        noise = draws.standard_normal(30)
        for at in range(1, 30):
            noise[at] = correlation * noise[at - 1] + np.sqrt(1 - correlation**2) * noise[at]
        _, low, high = mean_interval(noise)
        held += low <= 0 <= high
    assert held >= 0.84 * 400


def test_a_steep_start_is_uncertain() -> None:
    """The start reaches from the first value to the mean of three, and is narrow only where the curve is flat."""
    _, low, high = start_interval(np.asarray(fall(2.0, 0.0, 2.0)))
    assert low <= 2 / 3 * (1 + exp(-0.5) + exp(-1))
    assert high >= 2.0
    flat = start_interval(np.full(20, 2.0))
    assert flat == pytest.approx((2.0, 2.0, 2.0))
    assert isnan(start_interval(np.asarray([1.0, 2.0]))[0])


def test_the_size_of_a_number_of_unknown_sign_reaches_zero() -> None:
    """An interval around zero gives a size from 0 to its farther end."""
    assert absolute((-2.0, -3.0, -1.0)) == (2.0, 1.0, 3.0)
    assert absolute((-0.5, -2.0, 1.0)) == (0.5, 0.0, 2.0)


def test_validation_below_is_a_share_of_training() -> None:
    """Three quarters of the training loss is 25 % below; above it is negative."""
    train = fall(2.0, 0.4, 5)
    assert value(validation_below(run_of(train, [0.75 * each for each in train]))) == pytest.approx(0.25)
    assert value(validation_below(run_of(train, [1.2 * each for each in train]))) == pytest.approx(-0.2)


def test_half_an_epoch_of_lag_is_taken_out() -> None:
    """A training mean that lags half an epoch behind validation lies above it, and does not when moved."""
    lagging = [exp(-(epoch - 0.5) / 5) for epoch in range(EPOCHS)]
    history = run_of(lagging, [exp(-epoch / 5) for epoch in range(EPOCHS)])
    assert value(validation_below(history)) == pytest.approx(1 - exp(-0.1), rel=1e-6)
    assert abs(below_without_lag(history)) < 0.01
    assert value(lag_of_mean(history.curves["train_loss"])) == pytest.approx(0.1, rel=1e-6)


def test_a_shift_is_there_at_the_start_and_a_standing_gap_is_not() -> None:
    """One unit above from the start is a gap at once, and closes by nothing; from a common start there is none."""
    train = fall(2.3, 0.6, 8)
    shifted = run_of(train, [each + 1 for each in train])
    found = gap_at_start(shifted)
    assert found is not None
    assert found.low == pytest.approx(1 / 3.3, abs=0.03)
    assert value(gap_closing(shifted)) == pytest.approx(0, abs=1e-9)
    opened = gap_at_start(run_of(train, fall(2.3, 1.6, 8)))
    assert opened is not None
    assert opened.high < 0.1


def test_a_gap_that_opened_within_the_first_epoch_is_left_open() -> None:
    """Where half of the fall came before the second point, nobody knows where the curves came from."""
    train = [0.1 + 2 * 0.3**epoch for epoch in range(1, 31)]
    val = [0.5 + 1.6 * 0.4**epoch for epoch in range(1, 31)]
    found = gap_at_start(run_of(train, val))
    assert found is not None
    assert found.low < 0 < found.value


def test_a_sum_in_training_shows_at_the_first_evaluation_though_training_is_remembered() -> None:
    """Training summed over 32 lies 32 times above validation at the start, however far it falls later."""
    train, val = fall(2.3, 0.001, 5), fall(2.3, 0.8, 5)
    found = training_over_validation(run_of([32 * x for x in train], val))
    assert found is not None
    assert found.low > 10
    assert value(training_over_validation(run_of(train, val))) == pytest.approx(0.92, abs=0.02)


def test_the_logged_training_loss_is_compared_and_not_the_one_in_evaluation_mode() -> None:
    """A sum shows in the logged loss; the same data in evaluation mode hide it."""
    plain = fall(2.3, 0.4, 5)
    fitted = Curve.of(plain, split=Split.TRAIN, measured_as=MeasuredAs.EVAL_MODE)
    history = run_of([20 * x for x in plain], plain, train_loss_eval=fitted)
    assert value(training_over_validation(history)) == pytest.approx(20)


def test_a_factor_between_the_losses_does_not_drift() -> None:
    """64 times the loss is a ratio of 64, either way round, whose drift is nothing."""
    train = fall(2.3, 0.4, 5)
    for history in (run_of(train, [64 * x for x in train]), run_of([64 * x for x in train], train)):
        assert value(loss_ratio(history)) == pytest.approx(64)
        assert value(ratio_drift(history)) == pytest.approx(0, abs=1e-9)
        assert value(fall_of_both(history)) > 0.5
    opened = ratio_drift(run_of(fall(2.3, 0.02, 5), fall(2.3, 0.8, 5)))
    assert opened is not None
    assert opened.low > 0.5


def test_modes_are_compared_as_shares_of_the_lower_one() -> None:
    """Train mode at one and a half times evaluation mode is an excess of 50 %, and the reverse is the other rule's."""
    low, high = fall(2.0, 0.4, 5), [1.5 * each for each in fall(2.0, 0.4, 5)]

    def both(train: list[float], evaluated: list[float]) -> History:
        mode = Curve.of(evaluated, split=Split.TRAIN, measured_as=MeasuredAs.EVAL_MODE)
        return run_of(train, low, train_loss_eval=mode)

    assert value(train_mode_excess(both(high, low))) == pytest.approx(0.5)
    assert value(eval_mode_excess(both(low, high))) == pytest.approx(0.5)
    assert value(left_in_evaluation_mode(both(high, low))) == pytest.approx(0.2, rel=0.01)
    fitted = fall(2.0, 0.0001, 2)
    assert value(eval_mode_excess(both(fitted, [2 * each for each in fitted]))) < 0.05


def _blur(how: MeasuredAs, rates: tuple[float, ...] | None) -> Measurement:
    curve = Curve.of(fall(2.0, 0.4, 5), split=Split.TRAIN, measured_as=how)
    context = RunContext(dropout_rates=rates)
    found = training_blur(History(curves={"train_loss": curve}, context=context))
    assert found is not None
    return found


def test_blur_follows_from_how_training_was_measured() -> None:
    """Nothing in evaluation mode, everything for a last batch; a mean without dropout is nearly right late."""
    assert _blur(MeasuredAs.EVAL_MODE, None).high == 0
    assert _blur(MeasuredAs.LAST_BATCH, None).low == 1
    assert _blur(MeasuredAs.EPOCH_MEAN, (0.5,)).low == 1
    assert _blur(MeasuredAs.EPOCH_MEAN, ()).high < 0.05
    assert _blur(MeasuredAs.EPOCH_MEAN, None).high >= 1
    assert isnan(_blur(MeasuredAs.UNKNOWN, None).low)


def test_a_calm_training_curve_rules_no_blur_out() -> None:
    """The noise ratio has no upper end: an epoch's mean is as calm as evaluation mode."""
    draws = np.random.default_rng(1)
    noisy: Callable[[float], list[float]] = lambda size: [  # noqa: E731 - two curves of one kind
        each * (1 + size * draws.standard_normal()) for each in fall(2.0, 0.4, 5)
    ]
    calm = training_noise_ratio(run_of(noisy(0.002), noisy(0.02)))
    assert calm is not None
    assert calm.value < 0.3
    assert calm.high == float("inf")


def _accuracy(values: list[float]) -> Curve:
    return Curve.of(values, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)


def test_the_gain_of_a_metric_is_a_share_of_its_errors() -> None:
    """From 80 % at the loss's minimum to 90 % half of the errors are gone; a flat one gained nothing."""
    loss = [0.5 + abs(epoch - 20) / 40 for epoch in range(EPOCHS)]
    rising = [0.4 + 0.02 * min(epoch, 20) + 0.1 * min(max(epoch - 20, 0) / 20, 1) for epoch in range(EPOCHS)]
    found = metric_gain(run_of(fall(2, 0.1, 9), loss, val_accuracy=_accuracy(rising)))
    assert found is not None
    assert found.value == pytest.approx(0.5, abs=0.06)
    flat = [0.4 + 0.02 * min(epoch, 20) for epoch in range(EPOCHS)]
    still = metric_gain(run_of(fall(2, 0.1, 9), loss, val_accuracy=_accuracy(flat)))
    assert still is not None
    assert still.low < 0.02


def test_a_metric_of_right_answers_goes_before_another() -> None:
    """Accuracy is preferred to a mean absolute error that was logged first."""
    error = Curve.of([0.3] * EPOCHS, split=Split.VALIDATION, metric="mae")
    history = run_of(fall(2, 1, 5), fall(2, 1, 5), val_mae=error, val_accuracy=_accuracy([0.5] * EPOCHS))
    chosen = counted_metric(history)
    assert chosen is not None
    assert chosen.metric == "accuracy"


def test_a_single_test_value_scatters_like_one_evaluation() -> None:
    """One test loss has an interval as wide as validation's noise; a NaN in validation settles nothing."""
    draws = np.random.default_rng(2)
    val = [each * (1 + 0.02 * draws.standard_normal()) for each in fall(2.0, 0.1, 4)]
    test = Curve.of([0.9], x=[59.0], split=Split.TEST)
    found = behind_validation(run_of(fall(2.0, 0.01, 4), val, test_loss=test))
    assert value(found) == pytest.approx(0.8 / 0.9, rel=0.05)
    assert found is not None
    many = Curve.of([0.9] * EPOCHS, split=Split.TEST)
    steady = behind_validation(run_of(fall(2.0, 0.01, 4), val, test_loss=many))
    assert steady is not None
    assert 2 * (steady.high - steady.low) < found.high - found.low < 0.1
    broken = behind_validation(run_of(val, [*val[:-1], nan], test_loss=test))
    assert broken is not None
    assert isnan(broken.low)
    assert value(validation_left(run_of(val, fall(2.0, 0.1, 4)))) == pytest.approx(0.05, rel=0.05)


def test_copies_help_only_once_they_are_remembered() -> None:
    """A distance that opens counts as opened; one that was there at once does not; one test value does not say."""
    train, val = fall(2.0, 0.01, 4), fall(2.0, 0.1, 4)
    opened = Curve.of(fall(2.0, 0.9, 4), split=Split.TEST)
    assert value(behind_since_start(run_of(train, val, test_loss=opened))) == pytest.approx(1, abs=0.01)
    apart = Curve.of([5.0] * EPOCHS, split=Split.TEST)
    assert value(behind_since_start(run_of(train, val, test_loss=apart))) < 0.5
    assert (
        behind_since_start(run_of(train, val, test_loss=Curve.of([0.9], x=[59.0], split=Split.TEST))) is None
    )


@pytest.mark.parametrize(("unit", "percent"), [(1.0, 1.0), (1000.0, 1.0), (1.0, 100.0)])
def test_two_softmaxes_tie_the_loss_to_the_right_answers(unit: float, percent: float) -> None:
    """Loss + accuracy = ln(e + K - 1) in nats, in any unit of the loss, for shares and for percent."""
    share = [0.9 - 0.8 * exp(-epoch / 6) for epoch in range(EPOCHS)]
    loss = [unit * (np.log(np.e + 9) - each) for each in share]
    accuracy = _accuracy([percent * each for each in share])
    context = RunContext(classes=10, chance_level=unit * np.log(10))
    history = replace(run_of(loss, loss, val_accuracy=accuracy), context=context)
    assert value(answers_distance(history)) == pytest.approx(0, abs=1e-6)
    assert value(right_answers(history)) == pytest.approx(0.9, abs=0.01)
    healthy = replace(
        history, curves={**history.curves, **run_of(fall(2.3, 0.4, 5), fall(2.3, 0.5, 5)).curves}
    )
    found = answers_distance(healthy)
    assert found is not None
    assert found.low > 0.5 or unit > 1
