# SPDX-License-Identifier: Apache-2.0
"""Whatever was logged, the sentences are true: on short, broken, constant and odd curves."""

from math import exp, nan
from pathlib import Path
from random import Random

import pytest

from goodfit.errors import SettingsError
from goodfit.readers import history_from_lists
from goodfit.remedies import prescribe
from goodfit.rules import diagnose, healthy
from goodfit.values import Curve, Diagnosis, Goal, History, Outcome, Severity, Split

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


def line(log: History, code: str) -> Diagnosis:
    """The diagnosis of one rule."""
    return next(each for each in diagnose(log) if each.code == code)


def test_the_checkpoint_to_keep_is_not_called_the_best_of_the_run_when_it_is_not() -> None:
    """A lucky dip at epoch 4 is named in the advice and in the prescription, which agree."""
    log = history(DOWN, [*TURNING[:4], 0.55, *TURNING[5:]])
    advice = line(log, "GF101").advice
    assert "the best within epochs" in advice
    assert "at epoch 4, is likely the luck" in advice
    (stopping,) = [each for each in prescribe(diagnose(log), history=log) if each.remedy == "early-stopping"]
    assert "at epoch 4, is likely the luck" in stopping.expected
    assert "is the best of this run" not in stopping.expected
    plain = line(history(DOWN, TURNING), "GF101").advice
    assert plain.startswith("Keep the checkpoint of epoch 14.")


def test_a_training_that_only_rises_has_no_checkpoint_to_go_back_to() -> None:
    """Nothing was gained, so no share of a gain was lost, and nothing came before epoch 0."""
    found = line(history([1.3 * 1.2**t for t in range(40)], [1.3 * 1.2**t for t in range(40)]), "GF301")
    assert found.outcome is Outcome.PRESENT
    assert "only got worse, from 1.3 at epoch 0" in found.message
    assert "%" not in found.message
    assert "no good checkpoint to go back to" in found.advice


def test_a_training_that_lost_more_than_it_gained_says_so() -> None:
    """Down from 2 to 1 and up to 4 lost all; up to 1.8 lost most, and the best checkpoint is named."""
    down = [2 - t / 20 for t in range(20)]
    far = line(history([*down, *(1 + 0.15 * t for t in range(20))], None), "GF301")
    assert "lost all it had gained by epoch" in far.message
    near = line(history([*down, *(1 + 0.045 * t for t in range(20))], None), "GF301")
    assert "% of what it had gained by epoch" in near.message
    assert near.advice.startswith("Go back to the checkpoint of epoch")


def test_the_curve_that_broke_is_named() -> None:
    """A NaN names its curve, place and kind; each break has its own advice."""
    ends = line(history(DOWN, [*TURNING[:30], *[nan] * 10]), "GF301")
    assert ends.message == "Validation loss became NaN at epoch 30."
    assert ends.advice.startswith("Go back to the last checkpoint before epoch 30")
    back = line(history([*DOWN[:20], nan, nan, *DOWN[22:]], TURNING), "GF301")
    assert (
        "Training loss was NaN at 2 of 40 points, between epochs 20 and 21, and finite in the end"
        in back.message
    )
    assert "See what happened at epoch 20" in back.advice
    first = line(history([nan] * 40, TURNING), "GF301")
    assert "Training loss is NaN from its first value on" in first.message
    assert "no good checkpoint" in first.advice
    huge = line(history(DOWN, [*TURNING[:30], *[1e300] * 10]), "GF301")
    assert huge.message == "Validation loss grew larger than 1e100 at epoch 30."
    norm = Curve.of([*[1.0] * 30, *[nan] * 10], split=Split.TRAIN, metric="grad_norm")
    log = History(curves={**history(DOWN, TURNING).curves, "train_grad_norm": norm})
    assert line(log, "GF301").message == "The gradient norm became NaN at epoch 30."


@pytest.mark.parametrize("places", [range(0, 40, 2), range(20, 22), range(40)])
def test_nan_that_may_mean_not_measured_is_no_divergence(places: range) -> None:
    """Beside a finite training it is inconclusive, never absent, and the reason is named."""
    val = [nan if place in places else value for place, value in enumerate(TURNING)]
    log = history(DOWN, val)
    found = line(log, "GF301")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "training stayed finite" in found.message
    assert "NaN" in found.message
    overfitting = line(log, "GF101")
    assert overfitting.outcome is Outcome.INCONCLUSIVE
    assert "NaN" in overfitting.message


def test_two_points_say_that_they_are_two_points() -> None:
    """No rise of 0 % and no unknown share: the number of points is the reason."""
    for each in diagnose(history([1.0, 0.5], [1.0, 2.0])):
        assert "unknown" not in each.message
        assert "nan" not in each.message.lower()
        assert "0.0 %" not in each.message
    assert "2 of training and 2 of validation" in line(history([1.0, 0.5], [1.0, 2.0]), "GF101").message


def test_a_curve_of_zeros_says_why_nothing_is_settled() -> None:
    """Shares of nothing cannot be computed, and a fall of 100 % is not claimed."""
    found = line(history([0.0] * 40, [0.0] * 40), "GF101")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "zero throughout" in found.message


def test_a_spike_at_the_end_is_told_beside_the_level() -> None:
    """The smoothed level hardly rose; the last value did."""
    random = Random(1)
    val = [(0.5 + 0.8 * exp(-t / 4)) * (1 + 0.01 * random.gauss(0, 1)) for t in range(39)]
    found = line(history(DOWN, [*val, 3.32]), "GF101")
    assert "the very last one is a spike, to 3.32" in found.message


def test_a_validation_that_never_learnt_is_a_warning() -> None:
    """A constant validation beside a fitted training is not healthy, and the data are named first."""
    for noise in (0.0, 0.01):
        random = Random(2)
        log = history(DOWN, [0.7 * (1 + noise * random.gauss(0, 1)) for _ in range(40)])
        found = line(log, "GF102")
        assert found.severity is Severity.WARNING
        assert "never learnt" in found.message
        assert "labels" in found.advice
        assert "is normal" not in found.message
        assert found.measured("validation-gain") is not None
        assert healthy(diagnose(log)) is Outcome.ABSENT


def test_a_validation_that_learned_keeps_its_mild_gap() -> None:
    """An ordinary standing gap stays a note."""
    found = line(history(DOWN, [0.7 + 0.8 * exp(-t / 4) for t in range(40)]), "GF102")
    assert found.severity is Severity.NOTE
    assert found.measured("validation-gain") is None


@pytest.mark.parametrize(("given", "said"), [("log.csv", "a str"), ([1.0], "a list"), (3, "an int")])
def test_what_is_no_history_is_refused(given: object, said: str) -> None:
    """A path is not judged by eight failing rules."""
    with pytest.raises(SettingsError, match=rf"expected a History, found {said}\n.*read_history"):
        diagnose(given)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="expected a History"):
        diagnose(Path("log.csv"))  # type: ignore[arg-type]


def test_a_loss_that_crosses_zero_is_told_in_shares_of_its_fall() -> None:
    """No per cent of a level near zero, and the sentence says what it is a share of."""
    found = line(history(DOWN, [value - 0.65 for value in TURNING]), "GF101")
    assert found.outcome is Outcome.PRESENT
    assert "% of its whole fall" in found.message
    assert "changes its sign" in found.message


def test_validation_alone_names_the_checkpoint_to_keep() -> None:
    """Overfitting cannot be judged without training; the checkpoint can be named."""
    found = line(history(None, TURNING), "GF101")
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert "the checkpoint to keep is that of epoch 14" in found.message


def test_one_point_is_one_point() -> None:
    """Counts agree with their nouns."""
    assert "1 validation point:" in line(history(None, [1.0]), "GF402").message
    accuracy = Curve.of([0.5], split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    assert "1 validation point:" in line(History(curves={"val_accuracy": accuracy}), "GF402").message


def test_a_minimum_near_the_end_is_no_zero_level() -> None:
    """Where too few points follow the minimum, the reason speaks of the noise and not of a level of zero."""
    val = [
        1.0,
        0.5,
        0.35,
        0.3,
        0.32,
        0.27,
        0.31,
        0.26,
        0.3,
        0.25,
        0.29,
        0.24,
        0.28,
        0.23,
        0.27,
        0.22,
        0.2,
        0.26,
    ]
    history = history_from_lists(train_loss=[1 / (i + 1) for i in range(len(val))], val_loss=val)
    messages = " ".join(line.message for line in diagnose(history))
    assert "zero throughout" not in messages
