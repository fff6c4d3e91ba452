# SPDX-License-Identifier: Apache-2.0
"""Rules on the course of a training: each finds its own class, and is silent on what only resembles it."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, nan, pi, sin
from random import Random

import pytest

from goodfit.rules import RULES, diagnose, diagnose_one
from goodfit.values import Curve, Diagnosis, Goal, History, MeasuredAs, Outcome, RunContext, Severity, Split

CODES = ("GF107", "GF205", "GF206", "GF207", "GF302", "GF303", "GF304", "GF406")
Course = Callable[[float], float]
N = 60


def run(train: Course, val: Course, noise: float = 0.01, seed: int = 0, points: int = N) -> History:
    """Courses over 0..60, drawn at `points` evaluations, with noise on both curves."""
    random = Random(seed)

    def values(course: Course) -> list[float]:
        places = (N * at / points for at in range(points))
        return [course(place) * (1 + noise * random.gauss(0, 1)) for place in places]

    curves = {
        "train_loss": Curve.of(values(train), split=Split.TRAIN),
        "val_loss": Curve.of(values(val), split=Split.VALIDATION),
    }
    return History(curves=curves, context=RunContext(classes=10, chance_level=2.302585))


def line(history: History, code: str) -> Diagnosis:
    """The diagnosis of one rule."""
    return diagnose_one(next(rule for rule in RULES if rule.code == code), history)


def findings(history: History) -> set[str]:
    """Which of the rules of this file find something."""
    return {code for code in CODES if line(history, code).outcome is Outcome.PRESENT}


def fall(end: float, pace: float = 5.0) -> Course:
    """From 2.3 to `end`."""
    return lambda t: end + (2.3 - end) * exp(-t / pace)


def spiked(course: Course) -> Course:
    """Trebled at 40."""
    return lambda t: course(t) * (3 if abs(t - 40) < 0.4 else 1)


SOUND = {
    "healthy": (fall(0.4), fall(0.5)),
    "overfitting": (fall(0.02), lambda t: fall(0.6, 3)(t) + 0.015 * max(t - 15, 0)),
    "underfitting": (fall(1.6), fall(1.65)),
    "standing gap": (fall(0.02), fall(0.8, 3)),
    "cut short": (lambda t: 2.3 - t / 40, lambda t: 2.35 - t / 42),
    "diverging": (
        lambda t: fall(0.4)(t) + 0.3 * max(t - 35, 0),
        lambda t: fall(0.5)(t) + 0.3 * max(t - 35, 0),
    ),
    "stalled": (lambda _: 2.3, lambda _: 2.31),
}


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("noise", [0.005, 0.02, 0.05])
def test_other_classes_are_left_alone(name: str, noise: float) -> None:
    """No rule of this group speaks on a clean run of another class, whatever its noise."""
    train, val = SOUND[name]
    for seed in range(4):
        assert findings(run(train, val, noise, seed)) == set()


PATTERNS: dict[str, tuple[Course, Course]] = {
    "GF107": (
        fall(0.02),
        lambda t: fall(0.6, 3)(t) + 0.3 * exp(-(((t - 28) / 8) ** 2)) - 0.002 * t,
    ),
    "GF205": (lambda t: 0.3 + 2 / (1 + exp((t - 28) / 2)), lambda t: 0.4 + 1.9 / (1 + exp((t - 28) / 2))),
    "GF303": (spiked(fall(0.4)), spiked(fall(0.5))),
    "GF304": (
        lambda t: fall(0.5)(t) * (1 if t < 36 else 0.6),
        lambda t: fall(0.6)(t) * (1 if t < 36 else 0.7),
    ),
    "GF406": (lambda t: fall(0.3)(t % 30), lambda t: fall(0.4)(t % 30)),
}


@pytest.mark.parametrize("code", PATTERNS)
@pytest.mark.parametrize("seed", range(3))
def test_each_pattern_is_found_and_no_other(code: str, seed: int) -> None:
    """The class is found, dated, and not taken for one of its look-alikes."""
    log = run(*PATTERNS[code], 0.005, seed)
    assert findings(log) == {code}
    assert line(log, code).onset is not None


@pytest.mark.parametrize("code", ["GF107", "GF205", "GF304", "GF406"])
@pytest.mark.parametrize("points", [30, 240])
def test_more_or_fewer_evaluations_do_not_turn_a_verdict(code: str, points: int) -> None:
    """The same course logged half as often, or four times: found or left open, never ruled out."""
    assert line(run(*PATTERNS[code], points=points), code).outcome is not Outcome.ABSENT


def bounce(t: float) -> float:
    """A swing from evaluation to evaluation."""
    return 1 + 0.4 * sin(2.1 * t) * (t > 1)


def test_swings_of_both_curves_are_oscillation() -> None:
    """Both swing: found, and not called spikes, steps or restarts."""
    log = run(lambda t: fall(0.8)(t) * bounce(t), lambda t: fall(0.9)(t) * bounce(t))
    assert findings(log) == {"GF302"}


def test_noise_of_one_sample_is_no_oscillation() -> None:
    """Validation alone, training alone, and both for themselves: never oscillating."""
    train, val = fall(0.8), fall(0.9)
    for seed in range(4):
        smooth, rough = run(train, val, 0.01, seed), run(train, val, 0.18, seed + 50)
        for noisy in ("train_loss", "val_loss"):
            log = replace(smooth, curves={**smooth.curves, noisy: rough.curves[noisy]})
            assert line(log, "GF302").outcome is Outcome.ABSENT
        assert line(rough, "GF302").outcome is not Outcome.PRESENT


def test_a_slow_cycle_is_no_oscillation() -> None:
    """A learning rate that cycles over twenty evaluations swings slowly: not found."""

    def cycle(end: float) -> Course:
        return lambda t: fall(end)(t) * (1 + 0.2 * sin(2 * pi * t / 20))

    assert line(run(cycle(0.8), cycle(0.9)), "GF302").outcome is not Outcome.PRESENT


def test_several_or_huge_spikes_are_a_warning() -> None:
    """One spike of half the level is a note; three of them, or one that trebles the loss, are a warning."""

    def with_spikes(places: tuple[int, ...], height: float) -> Diagnosis:
        course = lambda t: fall(0.4)(t) * (1 + height * (round(t) in places))  # noqa: E731 - a course
        return line(run(course, fall(0.5)), "GF303")

    assert with_spikes((30,), 0.6).severity is Severity.NOTE
    assert with_spikes((30,), 2.5).severity is Severity.WARNING
    assert with_spikes((20, 30, 40), 0.6).severity is Severity.WARNING
    assert "20, epoch 30, epoch 40" in with_spikes((20, 30, 40), 0.6).message


def test_a_step_of_validation_is_no_second_descent() -> None:
    """A rise that a step of the learning rate ends falls all at once."""
    val = lambda t: fall(0.6, 3)(t) + 0.012 * max(t - 15, 0) if t < 45 else 0.58  # noqa: E731 - a course
    assert line(run(fall(0.05), val), "GF107").outcome is Outcome.ABSENT


def test_a_spike_is_no_restart() -> None:
    """A spike to the height of the start, on a run whose first fall was slower, is back too soon."""
    spike = lambda t: 2.3 if abs(t - 30) < 0.4 else fall(0.3)(t)  # noqa: E731 - a course
    log = run(spike, fall(0.4))
    assert line(log, "GF406").outcome is Outcome.ABSENT
    assert line(log, "GF303").outcome is Outcome.PRESENT


def test_a_restart_that_is_over_is_not_diverging() -> None:
    """Two runs in one log end as low as one: no divergence."""
    assert line(run(*PATTERNS["GF406"]), "GF301").outcome is Outcome.ABSENT


def with_accuracy(values: list[float]) -> History:
    """A run with a validation accuracy."""
    log = run(fall(1.5), fall(1.55))
    accuracy = Curve.of(values, split=Split.VALIDATION, metric="accuracy", goal=Goal.MAXIMIZE)
    return replace(log, curves={**log.curves, "val_accuracy": accuracy})


def test_a_frozen_metric_is_one_that_could_move() -> None:
    """Constant and far from perfect: found; at 1 or 100 %, moving, or with five points: not."""
    found = line(with_accuracy([0.1135] * N), "GF206")
    assert found.outcome is Outcome.PRESENT
    assert "validation accuracy (0.1135)" in found.message
    for values in ([1.0] * N, [100.0] * N, [0.11 + t / 1000 for t in range(N)]):
        assert line(with_accuracy(values), "GF206").outcome is Outcome.ABSENT
    assert line(with_accuracy([0.11] * 5), "GF206").outcome is Outcome.INCONCLUSIVE
    assert line(run(fall(1.5), fall(1.5)), "GF206").outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("level", "outcome"),
    [(1.47, Outcome.PRESENT), (1.40, Outcome.ABSENT), (1.60, Outcome.ABSENT), (0.4, Outcome.ABSENT)],
)
def test_a_double_softmax_is_claimed_at_its_floor_only(level: float, outcome: Outcome) -> None:
    """With ten classes the floor is 1.461: just above it is the pattern, below and well above are not."""
    log = run(fall(level, 3), fall(1.02 * level, 3), noise=0.001)
    assert line(log, "GF207").outcome is outcome


def test_a_double_softmax_needs_the_classes() -> None:
    """Without classes or a chance level that tells them nothing is claimed."""
    log = replace(run(fall(1.47, 3), fall(1.5, 3), noise=0.001), context=RunContext(chance_level=2.0))
    assert line(log, "GF207").outcome is Outcome.NOT_APPLICABLE


def test_a_zero_that_stands_for_nan_is_named() -> None:
    """A loss of exactly 0 beside a gradient norm that became NaN is a divergence, and the zero is explained."""
    train = [*(fall(0.4)(t) for t in range(20)), *[0.0] * 10]
    norms = [*([1.0] * 20), *[nan] * 10]
    curves = {
        "train_loss": Curve.of(train, split=Split.TRAIN),
        "train_grad_norm": Curve.of(norms, split=Split.TRAIN, metric="grad_norm"),
    }
    found = line(History(curves=curves), "GF301")
    assert found.outcome is Outcome.PRESENT
    assert "exactly 0 from epoch 20" in found.message


def test_a_zero_that_a_reader_repaired_is_named() -> None:
    """Where the reader turned 0 back into NaN, the message says how the trainer hides it."""
    train = [*(fall(0.4)(t) for t in range(20)), *[nan] * 10]
    log = History(
        curves={"train_loss": Curve.of(train, split=Split.TRAIN)}, warnings=("... (logging_nan_inf_filter).",)
    )
    assert "logged as 0.0" in line(log, "GF301").message


def test_a_spike_is_seen_in_either_training_curve() -> None:
    """A mean over the epoch that jumped is a spike, also where the loss in evaluation mode was logged and is calm."""
    calm = [0.3 + 2 * exp(-t / 5) + 0.003 * (-1) ** (t // 2) for t in range(40)]
    jumped = [5.0 if t == 25 else value for t, value in enumerate(calm)]
    curves = {
        "train_loss_eval": Curve.of(calm, split=Split.TRAIN),
        "train_loss": Curve.of(jumped, split=Split.TRAIN),
    }
    found = next(each for each in diagnose(History(curves=curves)) if each.code == "GF303")
    assert found.outcome is Outcome.PRESENT
    assert "25" in found.message


def test_what_the_last_batch_cannot_show_is_looked_for_on_validation() -> None:
    """Training is the loss of one batch an epoch: a spike of validation alone is one, and the sentence names validation."""
    calm = [0.3 + 2 * exp(-t / 5) + 0.003 * (-1) ** (t // 2) for t in range(40)]
    jumped = [5.0 if t == 25 else value for t, value in enumerate(calm)]

    def judged(how: MeasuredAs) -> Diagnosis:
        train = Curve.of(calm, split=Split.TRAIN, measured_as=how)
        return line(
            History(curves={"train_loss": train, "val_loss": Curve.of(jumped, split=Split.VALIDATION)}),
            "GF303",
        )

    assert judged(MeasuredAs.LAST_BATCH).outcome is Outcome.PRESENT
    assert judged(MeasuredAs.LAST_BATCH).message.startswith("Validation loss jumped up at epoch 25")
    assert judged(MeasuredAs.EPOCH_MEAN).outcome is Outcome.ABSENT
