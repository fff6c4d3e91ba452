# SPDX-License-Identifier: Apache-2.0
"""What the recorded trainings taught: patterns that drawn curves with one fault each do not hold."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from goodfit.measures import rise_after_minimum
from goodfit.rules import diagnose, headline
from goodfit.values import Curve, Diagnosis, Goal, History, MeasuredAs, Outcome, RunContext, Split

EPOCHS = 40


def fall(start: float, end: float, pace: float) -> list[float]:
    """A loss that falls from `start` towards `end`."""
    return [end + (start - end) * exp(-epoch / pace) for epoch in range(EPOCHS)]


def run_of(train: list[float], val: list[float], **others: Curve) -> History:
    """Two losses with a little noise, and whatever else was logged."""
    draws = np.random.default_rng(4)
    one, two = ([value * (1 + 0.01 * draws.standard_normal()) for value in curve] for curve in (train, val))
    curves = {
        "train_loss": Curve.of(one, split=Split.TRAIN, measured_as=MeasuredAs.EPOCH_MEAN),
        "val_loss": Curve.of(two, split=Split.VALIDATION),
        **others,
    }
    return History(curves=curves)


def found(history: History) -> dict[str, Diagnosis]:
    """The diagnoses by their codes."""
    return {each.code: each for each in diagnose(history)}


def rising(start: float, end: float, begin: int) -> list[float]:
    """Validation that turns at `begin` and rises to `end`."""
    low = fall(start, 0.7 * end, 3)
    return [
        value + max(epoch - begin, 0) * (0.3 * end) / (EPOCHS - 1 - begin) for epoch, value in enumerate(low)
    ]


def test_validation_that_rises_from_the_first_evaluation_is_overfitting() -> None:
    """Fine-tuning is often best after its first epoch: there is no fall to find the minimum by."""
    val = [0.45 + 0.15 * (1 - exp(-epoch / 4)) for epoch in range(EPOCHS)]
    history = run_of(fall(0.6, 0.005, 4), val)
    assert history.val is not None
    assert rise_after_minimum(history.val).value == pytest.approx(33, abs=5)
    overfitting = found(history)["GF101"]
    assert overfitting.outcome is Outcome.PRESENT
    assert overfitting.onset is not None
    assert overfitting.onset.epoch <= 2


def test_a_shifted_split_is_named_though_the_run_overfits() -> None:
    """A gap at the first evaluation does not become memory because a larger one follows."""
    first = headline(diagnose(run_of(fall(2.3, 0.01, 8), rising(4.0, 5.0, 8))))
    assert first is not None
    assert first.code == "GF105"


def test_overfitting_alone_is_no_shift() -> None:
    """From a common start the same end is overfitting and nothing else."""
    seen = found(run_of(fall(2.3, 0.01, 8), rising(2.3, 1.4, 8)))
    assert seen["GF101"].outcome is Outcome.PRESENT
    assert seen["GF105"].outcome is not Outcome.PRESENT


def test_copies_in_validation_are_suspected_though_validation_overfits() -> None:
    """Validation is no better than a third of its start, and far better than test all the same."""
    test = Curve.of(fall(2.3, 1.9, 3), split=Split.TEST)
    seen = found(run_of(fall(2.3, 0.01, 6), rising(2.3, 0.9, 10), test_loss=test))
    assert seen["GF106"].outcome is Outcome.PRESENT


def test_a_test_set_of_another_kind_is_no_leak() -> None:
    """A distance that was there at the first evaluation was not opened by copies."""
    test = Curve.of(fall(6.0, 4.0, 3), split=Split.TEST)
    seen = found(run_of(fall(2.3, 0.01, 6), fall(2.3, 0.1, 6), test_loss=test))
    assert seen["GF106"].outcome is Outcome.ABSENT


def test_a_loss_that_is_high_in_evaluation_mode_alone_has_not_diverged() -> None:
    """Batch norm statistics can spoil evaluation mode while training goes on falling."""
    spoilt = [2.0 + 0.2 * epoch for epoch in range(EPOCHS)]
    fitted = Curve.of(spoilt, split=Split.TRAIN, measured_as=MeasuredAs.EVAL_MODE)
    history = run_of(fall(2.3, 0.1, 6), [value * 1.02 for value in spoilt], train_loss_eval=fitted)
    seen = found(history)
    assert seen["GF301"].outcome is Outcome.ABSENT
    assert seen["GF408"].outcome is Outcome.PRESENT


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"weight_decay": 0.1, "optimizer": "Adam"}, Outcome.PRESENT),
        ({"weight_decay": 0.1, "optimizer": "AdamW"}, Outcome.ABSENT),
        ({"dropout_rates": (0.9,)}, Outcome.PRESENT),
        ({"weight_decay": 1e-4, "dropout_rates": ()}, Outcome.ABSENT),
    ],
)
def test_strong_settings_tell_regularisation_from_a_small_network(
    facts: dict[str, object], outcome: Outcome
) -> None:
    """The curves are the same; what was set is not."""
    context = replace(RunContext(chance_level=2.3), **facts)  # type: ignore[arg-type]
    history = replace(run_of(fall(2.3, 1.4, 5), fall(2.3, 1.45, 5)), context=context)
    assert found(history)["GF204"].outcome is outcome


def test_two_spikes_among_twenty_evaluations_are_spikes_and_no_swings() -> None:
    """Few points around spikes must not pass for noise, nor the spikes for swings."""
    train = fall(1.7, 0.7, 3)[:20]
    train[13], train[16] = 2.5, 2.6
    seen = found(run_of(train, [1.1 * value for value in train]))
    assert seen["GF303"].outcome is Outcome.PRESENT
    assert seen["GF302"].outcome is not Outcome.PRESENT


def test_a_spike_close_to_the_end_is_seen() -> None:
    """Two evaluations after it show that it came back."""
    train = fall(1.7, 0.4, 4)
    train[-3] = 1.5
    assert found(run_of(train, train))["GF303"].outcome is Outcome.PRESENT


def test_a_gain_of_a_few_validation_examples_is_no_better_set_of_answers() -> None:
    """Of 100 examples four more are right: with that sample the answers may be no better at all."""
    accuracy = [0.6 - 0.2 * exp(-epoch / 2) + 0.001 * epoch for epoch in range(EPOCHS)]
    higher = Curve.of(accuracy, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    history = run_of(fall(2.3, 0.01, 6), rising(2.3, 1.0, 8), val_accuracy=higher)
    few, many = (replace(history, context=RunContext(validation_size=size)) for size in (100, 100_000))
    assert found(few)["GF103"].outcome is Outcome.INCONCLUSIVE
    assert found(many)["GF103"].outcome is not Outcome.INCONCLUSIVE
