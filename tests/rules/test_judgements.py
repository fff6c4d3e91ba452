# SPDX-License-Identifier: Apache-2.0
"""What the rules say together: on the kinds of runs there are, in other units, on broken and partial logs."""

import csv
import os
import warnings
from math import exp, inf, isfinite, isnan, nan
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodfit.rules import HEALTH_RESTS_ON, PRECEDENCE, RULES, diagnose, headline, healthy
from goodfit.testing.rules import scaled
from goodfit.values import (
    Axis,
    Curve,
    Diagnosis,
    Goal,
    History,
    MeasuredAs,
    Outcome,
    RunContext,
    Severity,
    Split,
    dumps,
    loads,
)

EPOCHS = range(1, 41)
DOWN = [exp(-t / 5) for t in range(40)]
LOGS = Path(os.environ.get("GOODFIT_SHARED", Path(__file__).parents[2] / "../shared")) / "logs"


def noisy(values: list[float], seed: int = 0, noise: float = 0.006) -> list[float]:
    """The values with a little noise."""
    random = Random(seed)
    return [value * (1 + noise * random.gauss(0, 1)) for value in values]


def history(train: list[float] | None = None, val: list[float] | None = None, **facts: float) -> History:
    """A history of plain losses, epochs from 1."""
    curves = {}
    if train is not None:
        curves["train_loss"] = Curve.of(train, x=range(1, len(train) + 1), split=Split.TRAIN)
    if val is not None:
        curves["val_loss"] = Curve.of(val, x=range(1, len(val) + 1), split=Split.VALIDATION)
    return History(curves=curves, context=RunContext(chance_level=facts.get("chance_level")))


def line(diagnoses: tuple[Diagnosis, ...], code: str) -> Diagnosis:
    """The diagnosis of one rule."""
    return next(each for each in diagnoses if each.code == code)


FITTED = noisy([0.02 + 2.3 * d for d in DOWN], 1)
OVERFIT = noisy([0.6 + 1.7 * d + 0.012 * max(t - 12, 0) for t, d in enumerate(DOWN)], 2)
HEALTHY = (noisy([0.4 + 1.9 * d for d in DOWN], 3), noisy([0.45 + 1.8 * d for d in DOWN], 4))
KINDS = {
    "overfitting": history(FITTED, OVERFIT),
    "standing-gap": history(FITTED, noisy([0.8 + 1.5 * d for d in DOWN], 5)),
    "underfitting": history(
        noisy([1.6 + 0.7 * d for d in DOWN], 6), noisy([1.62 + 0.7 * d for d in DOWN], 7)
    ),
    "still-improving": history(
        noisy([2.3 - 0.03 * t for t in EPOCHS]), noisy([2.3 - 0.028 * t for t in EPOCHS])
    ),
    "stalled": history(noisy([2.303] * 40, 8, 0.003), noisy([2.304] * 40, 9, 0.003)),
    "diverging": history(
        noisy([1 + abs(t - 20) / 20 for t in EPOCHS]), noisy([1 + abs(t - 20) / 18 for t in EPOCHS])
    ),
    "noisy-validation": history(HEALTHY[0], noisy(HEALTHY[1], 10, 0.12)),
    "short-history": history([2.3, 1.5, 1.1, 0.9], [2.2, 1.6, 1.3, 1.2]),
    None: history(*HEALTHY),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_run_gets_its_headline(name: str | None) -> None:
    """The first finding is the pattern that was drawn."""
    first = headline(diagnose(KINDS[name]))
    assert (first.name if first else None) == name


def test_one_line_a_rule_in_order() -> None:
    """Every rule gets a line, in the order of RULES, whatever was logged."""
    for log in (*KINDS.values(), History(curves={})):
        assert [each.code for each in diagnose(log)] == [rule.code for rule in RULES]
    assert set(PRECEDENCE) == {rule.code for rule in RULES}


def test_only_findings_have_a_severity_and_an_onset() -> None:
    """Severity, onset and advice belong to what is PRESENT."""
    for log in KINDS.values():
        for each in diagnose(log):
            found = each.outcome is Outcome.PRESENT
            assert (each.severity is not None) == found
            assert bool(each.advice) == found
            assert found or each.onset is None
            assert each.message[0].isupper()
            assert "{" not in each.message + each.advice


def test_diagnoses_survive_json() -> None:
    """Each line is a value like any other."""
    for log in KINDS.values():
        for each in diagnose(log):
            assert repr(loads(Diagnosis, dumps(each))) == repr(each)


def test_overfitting_says_where_how_much_and_what_to_keep() -> None:
    """The message names onset, rise, noise and waste; the advice names a checkpoint within the onset."""
    found = line(diagnose(KINDS["overfitting"]), "GF101")
    assert found.severity is Severity.WARNING
    assert found.onset is not None
    assert 16 <= found.onset.epoch <= 20
    assert found.onset.low <= found.onset.epoch <= found.onset.high
    for words in ("near epoch", "got worse by", "times the noise", "of the run came after"):
        assert words in found.message
    assert "Keep the checkpoint of epoch 1" in found.advice


@pytest.mark.parametrize(("slope", "severity"), [(0.004, Severity.WARNING), (0.015, Severity.ERROR)])
def test_a_milder_rise_is_less_severe(slope: float, severity: Severity) -> None:
    """About 16 % is a warning, about 60 % an error."""
    val = [0.6 + 1.7 * exp(-t / 3) + 0.6 * slope * 1.5 * max(t - 12, 0) for t in range(40)]
    found = line(diagnose(history(FITTED, val)), "GF101")
    assert (found.outcome, found.severity) == (Outcome.PRESENT, severity)


def test_a_rise_with_a_rising_training_is_not_overfitting() -> None:
    """When training gets worse as well, something else went wrong."""
    shape = [0.6 + 1.7 * exp(-t / 3) + 0.01 * max(t - 12, 0) for t in range(40)]
    found = line(diagnose(history(shape, [1.1 * value for value in shape])), "GF101")
    assert found.outcome is Outcome.ABSENT
    assert "training did not go on improving" in found.message


def test_the_metric_after_the_onset_is_reported() -> None:
    """A falling accuracy is named; one that stays is named as the sign of over-confidence."""
    for drop, words in ((0.006, "Meanwhile validation accuracy went"), (0.0, "over-confidence")):
        accuracy = [0.9 - 0.6 * exp(-t / 3) - drop * max(t - 12, 0) for t in range(40)]
        curves = dict(KINDS["overfitting"].curves)
        curves["val_accuracy"] = Curve.of(
            noisy(accuracy, 3, 0.003), x=EPOCHS, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE
        )
        assert words in line(diagnose(History(curves=curves)), "GF101").message


def test_a_training_loss_in_train_mode_is_said_to_be_one() -> None:
    """The classic artefact is named where it blurs the comparison."""
    curves = dict(KINDS["overfitting"].curves)
    curves["train_loss"] = Curve.of(FITTED, x=EPOCHS, split=Split.TRAIN, measured_as=MeasuredAs.EPOCH_MEAN)
    assert "in train mode" in line(diagnose(History(curves=curves)), "GF101").message


def test_steps_are_called_steps() -> None:
    """A curve over steps is spoken of in steps."""
    curves = {
        "train_loss": Curve.of(FITTED, x=[50.0 * t for t in EPOCHS], axis=Axis.STEP, split=Split.TRAIN),
        "val_loss": Curve.of(OVERFIT, x=[50.0 * t for t in EPOCHS], axis=Axis.STEP, split=Split.VALIDATION),
    }
    assert "checkpoint of step" in line(diagnose(History(curves=curves)), "GF101").advice


def test_a_metric_to_maximise_is_enough_for_overfitting() -> None:
    """Accuracies alone show the pattern; rules that need a loss say so."""
    train = [1 - 0.8 * exp(-t / 6) for t in range(40)]
    val = [0.88 - 0.6 * exp(-t / 3) - 0.004 * max(t - 10, 0) for t in range(40)]
    curves = {
        "train_accuracy": Curve.of(train, split=Split.TRAIN, metric="accuracy", goal=Goal.MAXIMIZE),
        "val_accuracy": Curve.of(noisy(val), split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE),
    }
    diagnoses = diagnose(History(curves=curves))
    assert line(diagnoses, "GF101").outcome is Outcome.PRESENT
    assert line(diagnoses, "GF201").needs_missing == ("train_loss",)
    assert line(diagnoses, "GF102").needs_missing == ("train_loss", "val_loss")


def test_training_alone_is_judged_where_it_can_be() -> None:
    """Without validation, what training alone shows is judged; the others name what is missing."""
    diagnoses = diagnose(history(noisy([2.3] * 40, 1, 0.002)))
    looked = {each.code for each in diagnoses if each.outcome is not Outcome.NOT_APPLICABLE}
    assert looked == {"GF201", "GF203", "GF205", "GF301", "GF303", "GF304", "GF403", "GF406"}
    assert line(diagnoses, "GF203").outcome is Outcome.PRESENT
    assert "Overfitting cannot be judged" in line(diagnoses, "GF101").message
    assert any("val_loss" in need for need in line(diagnoses, "GF101").needs_missing)
    assert healthy(diagnose(history(HEALTHY[0]))) is Outcome.NOT_APPLICABLE


def test_validation_alone_past_its_minimum_is_told_but_not_judged() -> None:
    """Without training the rule does not fire, and the message says what validation shows."""
    found = line(diagnose(history(None, OVERFIT)), "GF101")
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert "Validation alone has risen by" in found.message
    flat = line(diagnose(history(None, HEALTHY[1])), "GF101")
    assert "Validation alone" not in flat.message


def test_nan_is_a_divergence_and_settles_nothing_else() -> None:
    """A run that became NaN is diverging from there on; no rule about its curves says ABSENT."""
    log = history([*FITTED[:20], nan, nan, nan], [*OVERFIT[:20], nan, inf, nan])
    diagnoses = diagnose(log)
    first = headline(diagnoses)
    assert first is not None
    assert first.name == "diverging"
    assert first.onset is not None
    assert first.onset.epoch == 21
    assert "NaN or infinite at epoch 21" in first.message
    absent = {each.code for each in diagnoses if each.outcome is Outcome.ABSENT}
    assert absent == {"GF402", "GF405"}


def test_a_broken_validation_alone_is_a_divergence() -> None:
    """Without training, a validation that became NaN is still found."""
    assert line(diagnose(history(None, [1.0, 0.9, nan])), "GF301").outcome is Outcome.PRESENT
    assert line(diagnose(history(None, [1.0, 0.9, 0.8])), "GF301").outcome is Outcome.NOT_APPLICABLE


def test_too_few_training_points_are_a_short_history() -> None:
    """One training point against ten evaluations is too few to judge by."""
    curves = {
        "train_loss": Curve.of([1.0], x=[49.0], split=Split.TRAIN),
        "val_loss": Curve.of(HEALTHY[1][:10], x=[7.0 * t for t in range(10)], split=Split.VALIDATION),
    }
    found = line(diagnose(History(curves=curves)), "GF402")
    assert found.outcome is Outcome.PRESENT
    assert "1 training and 10 validation" in found.message


def test_the_known_chance_level_settles_underfitting() -> None:
    """A run left open without the chance level is settled by it."""
    train = [0.2 + 0.1 * exp(-1.5 * t) for t in range(40)]
    without = line(diagnose(history(train, train)), "GF201")
    given_it = line(diagnose(history(train, train, chance_level=2.3)), "GF201")
    assert without.outcome is Outcome.INCONCLUSIVE
    assert given_it.outcome is Outcome.ABSENT


def test_healthy_is_honest() -> None:
    """PRESENT only when all was looked at and nothing but notes on the normal was found."""
    assert healthy(diagnose(KINDS[None])) is Outcome.PRESENT
    assert healthy(diagnose(KINDS["standing-gap"])) is Outcome.PRESENT
    assert healthy(diagnose(KINDS["overfitting"])) is Outcome.ABSENT
    assert healthy(diagnose(KINDS["noisy-validation"])) is Outcome.INCONCLUSIVE
    assert healthy(diagnose(KINDS["short-history"])) is Outcome.INCONCLUSIVE
    assert healthy(diagnose(History(curves={}))) is Outcome.NOT_APPLICABLE
    assert healthy(()) is Outcome.NOT_APPLICABLE
    good = tuple(Diagnosis(code=code, name="silent", outcome=Outcome.ABSENT) for code in HEALTH_RESTS_ON)
    failed = Diagnosis(code="GF102", name="standing-gap", outcome=Outcome.ERROR)
    noted = Diagnosis(code="GF401", name="noisy-validation", outcome=Outcome.PRESENT, severity=Severity.NOTE)
    assert healthy((*good, failed)) is Outcome.INCONCLUSIVE
    assert healthy((*good, noted)) is Outcome.INCONCLUSIVE
    assert healthy(good) is Outcome.PRESENT
    assert healthy(good[1:]) is Outcome.NOT_APPLICABLE


def test_headline_of_nothing_is_none() -> None:
    """Where no rule found anything there is no headline."""
    assert headline(()) is None
    assert headline(diagnose(KINDS[None])) is None


@settings(deadline=None, max_examples=25)
@given(
    name=st.sampled_from(sorted(name for name in KINDS if name)),
    loss=st.sampled_from([0.001, 0.37, 1000.0]),
    x=st.sampled_from([0.01, 7.0, 100.0]),
    shift=st.floats(-1000, 1000),
)
def test_units_do_not_matter(name: str, loss: float, x: float, shift: float) -> None:
    """Losses times 1000 or .001, steps times 100, epochs from any number: same outcomes and severities.

    A run of less than one epoch is another run, so GF409, which counts epochs, is left out.
    """
    log = KINDS[name]
    plain, changed = diagnose(log), diagnose(scaled(log, loss=loss, x=x, shift=shift))
    said, again = (
        {d.code: (d.outcome, d.severity) for d in each if d.code != "GF409"} for each in (plain, changed)
    )
    assert said == again


any_number = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-3, 3), st.just(0.0))


@settings(deadline=None, max_examples=200)
@given(train=st.lists(any_number, max_size=14), val=st.lists(any_number, max_size=14))
@example(train=[2.8e-51, 0.0, -1.0], val=[])
def test_whatever_was_logged_no_rule_fails(train: list[float], val: list[float]) -> None:
    """Arbitrary numbers give neither an error nor a warning, and a broken curve rules nothing out."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnoses = diagnose(history(train, val))
    assert Outcome.ERROR not in {each.outcome for each in diagnoses}
    if train and val and not all(map(isfinite, train + val)):
        assert line(diagnoses, "GF301").outcome in (Outcome.PRESENT, Outcome.INCONCLUSIVE)
    if train and not all(map(isfinite, train)) and not isnan(train[-1]) and all(map(isfinite, train[:2])):
        assert line(diagnoses, "GF301").outcome is Outcome.PRESENT
    if val and not all(map(isfinite, val)):
        needs_val = ("GF202", "GF401")
        assert all(line(diagnoses, code).outcome is not Outcome.ABSENT for code in needs_val)


def lightning(name: str) -> History:
    """A run of the shared Lightning logs, read with the plainest of means."""
    path = LOGS / "lightning" / name / "version_0" / "metrics.csv"
    if not path.exists():
        pytest.skip("the shared logs are not here (set GOODFIT_SHARED)")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curves = {}
    for column, split in (("train_loss", Split.TRAIN), ("val_loss", Split.VALIDATION)):
        kept = [(float(row["epoch"]), float(row[column])) for row in rows if row[column]]
        curves[column] = Curve.of([v for _, v in kept], x=[x for x, _ in kept], split=split)
    return History(curves=curves)


def test_the_lightning_run_overfits_from_about_epoch_nine() -> None:
    """A real run (best .5029 at epoch 9, last .7429) is overfitting; with dropout it is, but less."""
    plain = line(diagnose(lightning("epoch_csv")), "GF101")
    treated = line(diagnose(lightning("dropout_csv")), "GF101")
    assert plain.outcome is treated.outcome is Outcome.PRESENT
    assert plain.onset is not None
    assert abs(plain.onset.epoch - 9) <= 2
    assert plain.onset.low <= 9 <= plain.onset.high
    assert plain.advice.startswith("Keep the checkpoint of epoch 9")
    rises = [each.measured("rise-after-minimum") for each in (plain, treated)]
    assert rises[0] is not None
    assert rises[1] is not None
    assert rises[0] > 1.5 * rises[1]
    assert plain.severity is not None
    assert treated.severity is not None
    assert plain.severity.rank > treated.severity.rank
