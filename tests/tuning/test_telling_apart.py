# SPDX-License-Identifier: Apache-2.0
"""What a search can say: a better dose, your own is best, or that so few validation examples cannot tell."""

import numpy as np
import pytest

from goodfit.report.study_rows import headline_of, study_sentences
from goodfit.tuning import Knob
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.telling_apart import tell_apart
from goodfit.values import Arm, ArmEnd, Choice, Curve, FailedArm, History, Run, Split, Study, Trial

KNOB = Knob(
    name="dropout rate",
    unit="drop probability",
    own=0.0,
    values=(0.2, 0.4, 0.6),
    milder=None,
    stronger=None,
    apply=lambda settings, _: settings,
)


def _run(losses: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Run:
    curve = Curve.of([2.0, float(losses.mean()), 2.0], x=(1, 2, 3), split=Split.VALIDATION)
    return Run(
        seed=0,
        arm=Arm.TREATMENT,
        history=History(curves={"val_loss": curve}, source="made up"),
        score=float(losses.mean()),
        per_example=tuple(losses.tolist()),
        best_epoch=2,
        epochs=3,
    )


def _runs(gain: float, size: int, seed: int = 0, noise: float = 0.4) -> list[Run]:
    """The own run and three arms, whose losses per example are skewed as real ones are."""
    draws = np.random.default_rng(seed)
    own = draws.gamma(0.5, 1.0, size)
    shared = draws.normal(0, noise, size)
    return [
        _run(own),
        *(_run(own - gain + 0.7 * shared + 0.7 * draws.normal(0, noise, size)) for _ in range(3)),
    ]


def _study(runs: list[Run], end: ArmEnd = ArmEnd.AT_MINIMUM) -> Study:
    own, *arms = runs
    trials = [Trial(value=v, run=run, ended=end) for v, run in zip(KNOB.values, arms, strict=True)]
    return conclude(KNOB, own, trials)


@pytest.mark.parametrize(
    ("gain", "size", "choice"),
    [
        (0.1, 2000, Choice.BETTER),
        (0.03, 50, Choice.CANNOT_TELL),
        (0.0, 2000, Choice.CANNOT_TELL),
        (-0.1, 2000, Choice.OWN_IS_BEST),
    ],
)
def test_what_is_told(gain: float, size: int, choice: Choice) -> None:
    """A gain of many standard errors is one; a small one on 50 examples is none; a loss of many is your own's win."""
    assert _study(_runs(gain, size)).choice is choice


def test_fifty_examples_give_no_false_choice() -> None:
    """Of 100 searches over doses that change nothing, one in twenty chooses one, within its noise; and it says how many it takes."""
    told = [tell_apart(own, arms).choice for own, *arms in (_runs(0.0, 50, seed) for seed in range(100))]
    assert (
        sum(choice in (Choice.BETTER, Choice.LIKELY) for choice in told) <= 10
    )  # 5 are expected, and more than 10 in 1 of 100 such tests
    study = _study(_runs(0.02, 50))
    assert study.chosen.value == KNOB.own
    assert study.to_prove.value in KNOB.values
    assert "50 validation examples cannot tell these rates apart" in study.because
    assert study.needed_examples is not None
    assert study.needed_examples > 50
    assert "cannot tell" in headline_of(study)
    assert any("validation examples, not 50" in line for line in study_sentences(study))


def test_a_large_set_has_few_false_claims() -> None:
    """With doses that change nothing, BETTER is said in no more than one search of twenty, within the noise of 200."""
    told = [tell_apart(own, arms).choice for own, *arms in (_runs(0.0, 400, seed) for seed in range(200))]
    assert told.count(Choice.BETTER) <= 18


def test_enough_examples_are_not_called_too_few() -> None:
    """The number that is named does what was promised: on as many, the same gain is told in most searches."""
    first, *arms = _runs(0.05, 60)
    needed = tell_apart(first, arms).needed_examples
    assert needed is not None
    told = [
        tell_apart(own, arms).choice for own, *arms in (_runs(0.1, needed, seed) for seed in range(20, 40))
    ]
    assert sum(choice is Choice.BETTER for choice in told) >= 14


def test_no_dropout_is_best_is_said_plainly() -> None:
    """Where every dose is worse by more than its noise; not where arms were cut before their ends."""
    study = _study(_runs(-0.1, 2000))
    assert study.because.startswith("no dropout is best")
    assert (study.chosen.value, study.chosen.low, study.chosen.high) == (0.0, 0.0, 0.0)
    assert "yours is best" in headline_of(study)
    assert _study(_runs(-0.1, 2000), ArmEnd.CUT).choice is Choice.CANNOT_TELL


def test_equal_arms_and_odd_numbers_tell_nothing() -> None:
    """Arms equal to the last digit, and a single validation example."""
    own = _runs(0.0, 100)[0]
    assert tell_apart(own, [own, own]).choice is Choice.CANNOT_TELL
    alone = _run(np.array([1.0]))
    assert tell_apart(alone, [_run(np.array([0.5]))]).choice is Choice.CANNOT_TELL


def test_failed_arms_are_paid_for_and_shown() -> None:
    """Their epochs and seconds count, and they stand among the rows."""
    own, *arms = _runs(0.1, 500)
    trials = [Trial(value=0.2, run=arms[0], ended=ArmEnd.AT_MINIMUM)]
    failed = FailedArm(value=0.4, because="the training loss became nan", epochs=7, seconds=2.0)
    study = conclude(KNOB, own, trials, failed=[failed])
    assert study.cost.epochs == arms[0].epochs + 7
    assert study.cost.seconds == pytest.approx(arms[0].seconds + 2.0)
    assert any("1 failed arm included" in line for line in study_sentences(study))
