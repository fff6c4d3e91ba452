# SPDX-License-Identifier: Apache-2.0
"""What is read off the course of a training: spikes, swings, steps, plateaus, humps, restarts, frozen metrics."""

from math import exp, isnan, log
from random import Random

import pytest

from goodfit.measures import (
    change_inside,
    distance_from_best,
    drop_of,
    drop_size,
    hump_of,
    jump_of,
    later_fall,
    liveliest_metric,
    metric_range,
    plateau_of,
    repeat_distance,
    softmax_floor,
    spike_height,
    spikes,
    swing,
    swings_together,
)
from goodfit.values import Curve, Goal, History, RunContext, Split

RUN = range(80)
FALL = [0.4 + 1.9 * exp(-t / 8) for t in RUN]


def noisy(values: list[float], seed: int = 0, noise: float = 0.02) -> list[float]:
    """The values with a little noise."""
    random = Random(seed)
    return [value * (1 + noise * random.gauss(0, 1)) for value in values]


def curve(values: list[float], split: Split = Split.TRAIN) -> Curve:
    """A loss, epochs from 1."""
    return Curve.of(values, x=range(1, len(values) + 1), split=split)


def test_a_spike_is_measured_where_it_stands() -> None:
    """Height relative to the level beside it, and its place; two neighbours are one spike."""
    values = noisy(FALL)
    values[50] *= 2.5
    values[51] *= 1.8
    assert spike_height(curve(values)).value == pytest.approx(1.5, abs=0.15)
    assert spikes(curve(values), 0.25, 8.0) == (51.0,)


def test_a_fall_and_a_lasting_rise_have_no_height() -> None:
    """Neither the first fall nor a level that stays is a spike."""
    risen = [0.4 + (1.5 if t > 40 else 0.0) for t in RUN]
    assert spikes(curve(FALL), 0.05, 4.0) == ()
    assert spikes(curve(risen), 0.05, 4.0) == ()


def test_a_swing_is_the_scatter_around_the_trend() -> None:
    """Noise of 12 % lies in the interval of nearly every draw, on a falling curve as on a flat one."""
    for course in (FALL, [2.0] * 80):
        drawn = [swing(curve(noisy(course, seed, 0.12)), "training-swing") for seed in range(40)]
        assert sum(each is not None and each.low < 0.12 < each.high for each in drawn) >= 34


def test_noise_of_two_samples_is_not_shared() -> None:
    """Independent noise has no correlation beyond its interval, one course of swings has."""
    shared = noisy([1.0] * 80, 5, 0.2)
    curves = {"train_loss": curve(shared), "val_loss": curve([1.2 * v for v in shared], Split.VALIDATION)}
    together = swings_together(History(curves=curves))
    apart = swings_together(
        History(curves={**curves, "val_loss": curve(noisy([1.0] * 80, 6, 0.2), Split.VALIDATION)})
    )
    assert together is not None
    assert apart is not None
    assert together.low > 0.8
    assert apart.value < 0.5


def test_a_step_down_has_its_place_and_size() -> None:
    """A fall to three fifths at the 51st evaluation is found there; a smooth fall has no step."""
    found = drop_of(curve(noisy([v * (0.6 if t >= 50 else 1.0) for t, v in enumerate(FALL)])))
    assert found is not None
    assert found.at == 50
    assert found.size == pytest.approx(0.4, abs=0.08)
    assert found.sudden > 0.7
    assert drop_size(curve(noisy(FALL))).high < 0.1


def test_a_plateau_lies_before_its_fall() -> None:
    """The flat stretch is found before the fall, with a change of next to nothing inside."""
    values = noisy([0.3 + 2 / (1 + exp((t - 40) / 2)) for t in RUN], 2, 0.005)
    found = plateau_of(curve(values))
    assert found is not None
    assert found.last < 40
    assert later_fall(curve(values)).low > 0.8
    assert change_inside(curve(values)).high < 0.1


def test_a_straight_fall_is_no_plateau() -> None:
    """A line changes by half as much in a stretch as in the next two."""
    assert change_inside(curve([2.0 - t / 50 for t in RUN])).value == pytest.approx(0.5, abs=0.1)


def test_a_hump_has_two_minima() -> None:
    """First minimum, top and second minimum come out in order and near where they were drawn."""
    values = [0.6 + 1.7 * exp(-t / 4) + 0.3 * exp(-(((t - 35) / 9) ** 2)) - 0.001 * t for t in RUN]
    found = hump_of(curve(noisy(values, 4, 0.01), Split.VALIDATION))
    assert found is not None
    assert 8 <= found.first <= 22
    assert 31 <= found.top <= 40
    assert found.second > 55
    assert found.below < 0
    assert found.sudden < 0.5


def test_a_restart_repeats_its_first_fall() -> None:
    """The jump is found where the second run begins, and the way down is the same."""
    found = jump_of(curve(noisy([*FALL[:35], *FALL[:45]])))
    assert found is not None
    assert found.at == 35
    assert found.back == pytest.approx(1.0, abs=0.1)
    assert repeat_distance(curve(noisy([*FALL[:35], *FALL[:45]]))).high < 0.1


def with_accuracy(values: list[float]) -> History:
    """A loss that falls, and an accuracy."""
    accuracy = Curve.of(values, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    return History(curves={"val_loss": curve(FALL, Split.VALIDATION), "val_accuracy": accuracy})


def test_the_best_of_a_metric_follows_its_scale() -> None:
    """1 and 100 are perfect, 0.11 and 11 are not; fewer than six points have no range."""
    for level, distance in ((1.0, 0.0), (100.0, 0.0), (0.11, 0.89), (11.0, 0.89)):
        found = distance_from_best(with_accuracy([level] * 80))
        assert found is not None
        assert found.value == pytest.approx(distance)
    few = metric_range(with_accuracy([0.5] * 5))
    assert few is not None
    assert isnan(few.low)


def test_a_metric_without_its_loss_is_no_pair() -> None:
    """Whether the loss moved must be known of the same data."""
    alone = Curve.of([0.5] * 20, split=Split.TRAIN, metric="accuracy", goal=Goal.MAXIMIZE)
    assert liveliest_metric(History(curves={"train_accuracy": alone})) is None


@pytest.mark.parametrize(
    ("context", "floor"),
    [
        (RunContext(classes=10), log(1 + 9 / exp(1))),
        (RunContext(chance_level=log(10)), None),
        (RunContext(classes=10, chance_level=1000 * log(10)), 1000 * log(1 + 9 / exp(1))),
        (RunContext(classes=10, chance_level=1.9), log(1 + 9 / exp(1))),
        (RunContext(chance_level=1.9), None),
        (RunContext(chance_level=2302.0), None),
        (RunContext(), None),
    ],
)
def test_the_floor_of_a_double_softmax_follows_classes_and_unit(
    context: RunContext, floor: float | None
) -> None:
    """Another unit needs the chance level beside the number of classes; without the latter nothing is claimed."""
    found = softmax_floor(History(curves={}, context=context))
    assert found == (None if floor is None else pytest.approx(floor))


def test_short_curves_settle_nothing() -> None:
    """Four values have no interval, and nothing fails."""
    short = curve([2.0, 1.5, 1.2, 1.1])
    for each in (spike_height(short), drop_size(short), later_fall(short), repeat_distance(short)):
        assert isnan(each.low)
