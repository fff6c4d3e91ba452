# SPDX-License-Identifier: Apache-2.0
"""Rules on how much data stands behind the curves: GF404 small-validation, GF405 few-training-points, GF409 single-pass."""

from collections.abc import Iterable
from dataclasses import replace
from math import exp, nan
from random import Random

import numpy as np
import pytest

from goodfit.measures import grid_size
from goodfit.rules import Rule, diagnose_one
from goodfit.rules.few_training_points import FewTrainingPoints
from goodfit.rules.single_pass import SinglePass
from goodfit.rules.small_validation import SmallValidation
from goodfit.values import Axis, Curve, Goal, History, Outcome, RunContext, Split

EPOCHS = 30


def accuracies(examples: int, seed: int = 0, epochs: int = EPOCHS) -> list[float]:
    """A validation accuracy as `examples` examples give it."""
    draws = np.random.default_rng(seed)
    return [
        float(draws.binomial(examples, 0.85 - 0.6 * exp(-epoch / 6))) / examples for epoch in range(epochs)
    ]


def accuracy(values: Iterable[float], metric: str = "accuracy") -> Curve:
    """The curve of a validation accuracy."""
    return Curve.of(values, split=Split.VALIDATION, metric=metric, goal=Goal.MAXIMIZE)


def run_of(
    val_accuracy: Curve | None = None,
    *,
    train: int = EPOCHS,
    val: int = EPOCHS,
    context: RunContext | None = None,
) -> History:
    """Falling losses of so many points over one span, and an accuracy beside them."""
    curves = {}
    for name, split, points in (("train_loss", Split.TRAIN, train), ("val_loss", Split.VALIDATION, val)):
        x = np.linspace(EPOCHS / points, EPOCHS, points)
        values = [0.4 + 1.9 * exp(-place / 6) for place in x]
        curves[name] = Curve.of(values, split=split, x=x.tolist())
    if val_accuracy is not None:
        curves[f"val_{val_accuracy.metric}"] = val_accuracy
    return History(curves=curves, context=context or RunContext())


def outcome(rule: Rule, history: History) -> Outcome:
    """What one rule says of a history."""
    return diagnose_one(rule, history).outcome


@pytest.mark.parametrize("examples", [37, 48, 128, 200, 333, 600, 997])
def test_the_size_is_read_off_an_accuracy(examples: int) -> None:
    """The smallest grid that explains every value is 1/n, in double and single precision and in percent."""
    exact = accuracies(examples)
    for values in (
        exact,
        [float(np.float32(each)) for each in exact],
        [100 * each for each in exact],
        [round(each, 6) for each in exact],
    ):
        assert grid_size(accuracy(values)) == examples


@pytest.mark.parametrize("digits", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_rounding_is_not_taken_for_a_grid(digits: int, seed: int) -> None:
    """Values of 20,000 examples rounded to a few digits do not look like 10, 100 or 10,000 examples."""
    values = [round(each, digits) for each in accuracies(20_000, seed)]
    assert grid_size(accuracy(values)) is None
    assert outcome(SmallValidation(), run_of(accuracy(values))) is Outcome.INCONCLUSIVE


def test_rounded_values_of_few_examples_are_never_misread() -> None:
    """Rounded to two to four digits, a size is either found or left open; one smaller than the truth is never named."""
    for seed in range(100):
        examples = Random(seed).randint(15, 400)
        for digits in (2, 3, 4):
            found = grid_size(accuracy([round(each, digits) for each in accuracies(examples, seed)]))
            assert found in (None, examples)


def test_a_hundred_examples_look_like_rounding() -> None:
    """Multiples of 1/100 are what two digits leave of any accuracy: the size stays open."""
    assert grid_size(accuracy(accuracies(100))) is None


def test_few_values_leave_the_size_open() -> None:
    """Six different values could all lie on every second line of the true grid."""
    assert grid_size(accuracy([0.1, 0.2, 0.3, 0.4, 0.5, 0.6] * 5)) is None


def test_small_validation_by_the_facts_and_by_the_accuracy() -> None:
    """Two hundred examples are found either way; five thousand are enough only where they were given."""
    assert outcome(SmallValidation(), run_of(context=RunContext(validation_size=200))) is Outcome.PRESENT
    assert outcome(SmallValidation(), run_of(accuracy(accuracies(200)))) is Outcome.PRESENT
    assert outcome(SmallValidation(), run_of(context=RunContext(validation_size=5000))) is Outcome.ABSENT
    unsaid = diagnose_one(SmallValidation(), run_of())
    assert unsaid.outcome is Outcome.NOT_APPLICABLE
    assert "number of validation examples" in unsaid.message


def test_small_validation_says_where_the_number_comes_from() -> None:
    """A size read off the accuracy is called an upper bound, with its grid."""
    found = diagnose_one(SmallValidation(), run_of(accuracy(accuracies(200))))
    assert "200 examples or fewer" in found.message
    assert "1/200" in found.message
    assert found.settled_by == ("paired-noise",)


def test_an_accuracy_near_one_has_a_small_error() -> None:
    """At 99 % of 300 examples the standard error is .6 points: small enough."""
    values = [min(each + 0.14, 0.99) for each in accuracies(300)]
    history = run_of(accuracy(values), context=RunContext(validation_size=300))
    assert outcome(SmallValidation(), history) is Outcome.ABSENT


@pytest.mark.parametrize("metric", ["f1", "auc", "balanced_accuracy", "map"])
def test_only_shares_of_examples_are_read(metric: str) -> None:
    """An F1 score or a mean over classes is no multiple of 1/n."""
    history = run_of(accuracy(accuracies(100), metric))
    assert outcome(SmallValidation(), history) is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        (1, 10, Outcome.PRESENT),
        (4, 10, Outcome.PRESENT),
        (7, 10, Outcome.INCONCLUSIVE),
        (10, 10, Outcome.ABSENT),
        (20, 20, Outcome.ABSENT),
        (30, 12, Outcome.ABSENT),
        (60, 600, Outcome.ABSENT),
    ],
)
def test_few_training_points(train: int, val: int, expected: Outcome) -> None:
    """One or four training points beside ten evaluations are too few; sixty beside six hundred are not."""
    assert outcome(FewTrainingPoints(), run_of(train=train, val=val)) is expected


def test_half_of_the_points_turns_no_verdict_round() -> None:
    """Every second point of both curves left out: a finding is never ruled out by that, nor the reverse."""
    for train in range(2, 80, 3):
        for val in range(4, 120, 5):
            whole = run_of(train=train, val=val)
            for begin in (0, 1):
                half = {
                    name: replace(c, values=c.values[begin::2], x=c.x[begin::2])
                    for name, c in whole.curves.items()
                }
                seen = {
                    outcome(FewTrainingPoints(), whole),
                    outcome(FewTrainingPoints(), replace(whole, curves=half)),
                }
                assert seen != {Outcome.PRESENT, Outcome.ABSENT}, (train, val, begin)


def test_training_logged_as_nan_between_is_few_points() -> None:
    """A NaN where training was not measured is no training point."""
    history = run_of(train=30, val=30)
    train = history.curves["train_loss"]
    values = tuple(value if place % 10 == 9 else nan for place, value in enumerate(train.values))
    history = replace(history, curves={**history.curves, "train_loss": replace(train, values=values)})
    assert outcome(FewTrainingPoints(), history) is Outcome.PRESENT


def test_single_pass_by_the_axis() -> None:
    """An axis in parts of epochs that ends by 1 is a single pass; one that ends at 3 is not; whole epochs say nothing."""
    once, thrice, whole = (_on_axis([place * step for place in range(1, 21)]) for step in (0.05, 0.15, 1.0))
    assert outcome(SinglePass(), once) is Outcome.PRESENT
    assert outcome(SinglePass(), thrice) is Outcome.ABSENT
    assert outcome(SinglePass(), whole) is Outcome.NOT_APPLICABLE
    assert outcome(SinglePass(), _on_axis([0.05 * i for i in range(20)], Axis.STEP)) is Outcome.NOT_APPLICABLE


def test_single_pass_by_the_facts() -> None:
    """One epoch planned is a single pass; three planned and cut short within the first is one as well."""
    steps = _on_axis([10.0 * i for i in range(20)], Axis.STEP)
    parts = _on_axis([0.04 * i for i in range(1, 21)])
    planned = RunContext(epochs_planned=3, finished=False)
    assert outcome(SinglePass(), replace(steps, context=RunContext(epochs_planned=1))) is Outcome.PRESENT
    assert (
        outcome(SinglePass(), replace(steps, context=RunContext(epochs_planned=3, finished=True)))
        is Outcome.ABSENT
    )
    assert outcome(SinglePass(), replace(parts, context=planned)) is Outcome.PRESENT
    assert outcome(SinglePass(), replace(steps, context=planned)) is Outcome.NOT_APPLICABLE


def _on_axis(x: list[float], axis: Axis = Axis.EPOCH) -> History:
    values = [0.4 + 1.9 * exp(-place / 6) for place in range(len(x))]
    return History(
        curves={
            "train_loss": Curve.of(values, x=x, axis=axis, split=Split.TRAIN),
            "val_loss": Curve.of(values, x=x, axis=axis, split=Split.VALIDATION),
        }
    )
