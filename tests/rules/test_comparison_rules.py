# SPDX-License-Identifier: Apache-2.0
"""Rules that compare the two losses: GF103 to GF106, GF204, GF403, GF407 and GF408."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from goodfit.rules import Rule, diagnose_one
from goodfit.rules.blurred_training_loss import BlurredTrainingLoss
from goodfit.rules.eval_mode_mismatch import EvalModeMismatch
from goodfit.rules.gap_from_the_start import GapFromTheStart
from goodfit.rules.over_regularised import OverRegularised
from goodfit.rules.overconfident import Overconfident
from goodfit.rules.suspected_leakage import SuspectedLeakage
from goodfit.rules.unlike_losses import UnlikeLosses
from goodfit.rules.validation_below_training import ValidationBelowTraining
from goodfit.values import Curve, Diagnosis, Goal, History, MeasuredAs, Outcome, RunContext, Severity, Split

EPOCHS = 60
RULES: tuple[Rule, ...] = (
    Overconfident(),
    ValidationBelowTraining(),
    GapFromTheStart(),
    SuspectedLeakage(),
    OverRegularised(),
    BlurredTrainingLoss(),
    UnlikeLosses(),
    EvalModeMismatch(),
)
NAMES = [rule.code for rule in RULES]


def fall(start: float, end: float, pace: float, epochs: int = EPOCHS) -> np.ndarray:
    """A loss that falls from `start` towards `end`."""
    return np.asarray([end + (start - end) * exp(-epoch / pace) for epoch in range(epochs)])


def run_of(train: np.ndarray, val: np.ndarray, noise: float = 0.01, seed: int = 0) -> History:
    """Two noisy losses of unknown measuring."""
    draws = np.random.default_rng(seed)
    curves = {}
    for name, split, values in (("train_loss", Split.TRAIN, train), ("val_loss", Split.VALIDATION, val)):
        drawn = values * (1 + noise * draws.standard_normal(len(values)))
        curves[name] = Curve.of(drawn.tolist(), split=split)
    return History(curves=curves)


def with_curve(history: History, name: str, values: np.ndarray, split: Split, **facts: object) -> History:
    """The same history with one more curve."""
    curve = Curve.of(values.tolist(), split=split, **facts)  # type: ignore[arg-type]
    return replace(history, curves={**history.curves, name: curve})


def halved(history: History) -> History:
    """The same training with every other point."""
    return replace(
        history,
        curves={
            name: replace(curve, values=curve.values[1::2], x=curve.x[1::2])
            for name, curve in history.curves.items()
        },
    )


def said(rule: Rule, history: History) -> Diagnosis:
    """The line of one rule, which must not have failed."""
    found = diagnose_one(rule, history)
    assert found.outcome is not Outcome.ERROR, found.message
    return found


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
@pytest.mark.parametrize("epochs", [20, 200])
def test_a_healthy_run_is_left_alone(rule: Rule, epochs: int) -> None:
    """No rule finds anything in 20 converged runs with a gap of a tenth and 3 % of noise."""
    for seed in range(20):
        pace = epochs / 8
        history = run_of(fall(2.3, 0.45, pace, epochs), fall(2.3, 0.5, pace, epochs), noise=0.03, seed=seed)
        accuracy = 1 - fall(0.9, 0.15, pace, epochs)
        history = with_curve(
            history, "val_accuracy", accuracy, Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE
        )
        assert said(rule, history).outcome is not Outcome.PRESENT


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_half_the_points_never_turn_a_verdict_round(rule: Rule) -> None:
    """With every other point a finding may become an open question, but not a denial, and the reverse."""
    for history in (rule.present(), rule.absent()):
        outcomes = {said(rule, history).outcome, said(rule, halved(history)).outcome}
        assert outcomes != {Outcome.PRESENT, Outcome.ABSENT}


def test_overconfident_is_not_overfitting_outright() -> None:
    """A rising loss with a flat or falling accuracy is no over-confidence; without a metric nobody looked."""
    flat, falling = (
        with_curve(
            Overconfident.present(),
            "val_accuracy",
            0.85 - 0.75 * np.exp(-np.arange(40) / 2) - slope * np.maximum(np.arange(40) - 12, 0),
            Split.VALIDATION,
            metric="accuracy",
            goal=Goal.MAXIMIZE,
        )
        for slope in (0.0, 0.004)
    )
    assert said(Overconfident(), flat).outcome is not Outcome.PRESENT
    assert said(Overconfident(), falling).outcome is Outcome.ABSENT
    blind = said(Overconfident(), run_of(fall(2, 0.1, 5), fall(2, 0.4, 5)))
    assert blind.outcome is Outcome.NOT_APPLICABLE
    assert blind.needs_missing == ("a validation metric",)


def test_a_little_below_training_is_no_finding() -> None:
    """Two per cent below is left alone, a fifth below is a note with the size in it."""
    train = fall(2.3, 0.5, 6)
    assert said(ValidationBelowTraining(), run_of(train, 0.98 * train)).outcome is Outcome.ABSENT
    found = said(ValidationBelowTraining(), run_of(train, 0.8 * train))
    assert found.severity is Severity.NOTE
    assert "20 % below training" in found.message


def test_the_lag_of_an_epochs_mean_is_named() -> None:
    """When moving training by half an epoch explains the difference, the message says so; else it does not."""
    epochs = np.arange(30)
    run = run_of(np.exp(-(epochs - 0.5) / 4), np.exp(-epochs / 4), noise=0.001)
    mean = replace(run.curves["train_loss"], measured_as=MeasuredAs.EPOCH_MEAN)
    found = said(ValidationBelowTraining(), replace(run, curves={**run.curves, "train_loss": mean}))
    assert found.outcome is Outcome.PRESENT
    assert "so that explains it" in found.message
    far = said(ValidationBelowTraining(), run_of(fall(2.3, 0.5, 6), fall(2.3, 0.3, 6)))
    assert "explains" not in far.message


def test_a_gap_that_opens_is_not_there_from_the_start() -> None:
    """A standing gap, fast or slow, is never called a shift; a parallel one is."""
    for pace in (1, 3, 8, 20):
        opened = run_of(fall(2.3, 0.05, pace), fall(2.3, 0.8, pace))
        assert said(GapFromTheStart(), opened).outcome is not Outcome.PRESENT
    train = fall(2.3, 0.5, 8)
    assert said(GapFromTheStart(), run_of(train, train + 1)).severity is Severity.WARNING


def test_leakage_needs_a_test_curve_and_bad_news_from_it() -> None:
    """Without test nobody looked; a single test accuracy far behind validation is enough."""
    fitted = run_of(fall(2.3, 0.02, 4), fall(2.3, 0.05, 4))
    blind = said(SuspectedLeakage(), fitted)
    assert blind.outcome is Outcome.NOT_APPLICABLE
    assert blind.needs_missing == ("test_loss or a test metric",)
    assert blind.settled_by[0] == "duplicates"
    higher = {"metric": "accuracy", "goal": Goal.MAXIMIZE}
    seen = with_curve(fitted, "val_accuracy", 1 - fall(0.9, 0.02, 4), Split.VALIDATION, **higher)
    for accuracy, outcome in ((0.65, Outcome.PRESENT), (0.97, Outcome.ABSENT)):
        history = with_curve(seen, "test_accuracy", np.asarray([accuracy]), Split.TEST, **higher)
        found = said(SuspectedLeakage(), history)
        assert found.outcome is outcome
        assert f"test accuracy is {accuracy}" in found.message


def test_dropout_rates_let_validation_stand_in_for_evaluation_mode() -> None:
    """With dropout known, training far above validation and much left is too much; fitted or unknown is not."""
    held_back = run_of(fall(2.4, 1.7, 6), fall(2.3, 1.1, 6))
    assert said(OverRegularised(), held_back).outcome is Outcome.NOT_APPLICABLE
    dropout = RunContext(dropout_rates=(0.5, 0.5))
    found = said(OverRegularised(), replace(held_back, context=dropout))
    assert found.outcome is Outcome.PRESENT
    assert "dropout rates 0.5, 0.5" in found.message
    fitted = replace(run_of(fall(2.4, 0.4, 6), fall(2.3, 0.2, 6)), context=dropout)
    assert said(OverRegularised(), fitted).outcome is Outcome.ABSENT


@pytest.mark.parametrize(
    ("measured_as", "outcome"),
    [
        (MeasuredAs.LAST_BATCH, Outcome.PRESENT),
        (MeasuredAs.SMOOTHED, Outcome.PRESENT),
        (MeasuredAs.EVAL_MODE, Outcome.ABSENT),
        (MeasuredAs.EPOCH_MEAN, Outcome.INCONCLUSIVE),
        (MeasuredAs.UNKNOWN, Outcome.INCONCLUSIVE),
    ],
)
def test_blur_is_judged_by_how_training_was_measured(measured_as: MeasuredAs, outcome: Outcome) -> None:
    """The field decides where it says enough; an unknown way is an open question, never a denial."""
    run = run_of(fall(2.3, 0.4, 6), fall(2.3, 0.5, 6))
    curve = replace(run.curves["train_loss"], measured_as=measured_as)
    found = said(BlurredTrainingLoss(), replace(run, curves={**run.curves, "train_loss": curve}))
    assert found.outcome is outcome
    assert found.settled_by == (() if outcome is Outcome.ABSENT else ("train-in-eval-mode",))


def test_a_factor_of_ten_is_an_error_and_a_standing_gap_is_none() -> None:
    """Four times is a warning, 64 times an error, either way round; a ratio that grew is neither."""
    train = fall(2.3, 0.4, 6)
    assert said(UnlikeLosses(), run_of(train, 4.2 * train)).severity is Severity.WARNING
    assert said(UnlikeLosses(), run_of(train, 64 * train)).severity is Severity.ERROR
    assert said(UnlikeLosses(), run_of(64 * train, train)).severity is Severity.ERROR
    assert said(UnlikeLosses(), run_of(fall(2.3, 0.02, 6), fall(2.3, 0.8, 6))).outcome is Outcome.ABSENT


def test_evaluation_mode_a_little_higher_is_no_mismatch() -> None:
    """A tenth above train mode is left alone; double is a warning."""
    train = fall(2.3, 0.4, 6)
    for factor, outcome in ((1.1, Outcome.ABSENT), (2.0, Outcome.PRESENT)):
        history = with_curve(
            run_of(train, train),
            "train_loss_eval",
            factor * train,
            Split.TRAIN,
            measured_as=MeasuredAs.EVAL_MODE,
        )
        assert said(EvalModeMismatch(), history).outcome is outcome
