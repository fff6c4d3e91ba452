# SPDX-License-Identifier: Apache-2.0
"""The timeline of a run."""

from math import exp, nan, sin

from goodfit.measures import phases
from goodfit.values import Curve, Goal, History, Phase, Split

EPOCHS = [float(t) for t in range(1, 41)]
FALLING = [0.02 + 2 * exp(-t / 6) for t in EPOCHS]
TURNING = [0.6 + 1.5 * exp(-t / 3) + 0.02 * max(t - 12, 0) for t in EPOCHS]
FLAT = [0.6 + 1.5 * exp(-t / 3) for t in EPOCHS]


def timeline(
    train: list[float] | None, val: list[float] | None, goal: Goal = Goal.MINIMIZE
) -> dict[str, Phase]:
    """The phases by name."""
    curves = {}
    if train is not None:
        curves["train_loss"] = Curve.of(train, x=EPOCHS[: len(train)], split=Split.TRAIN)
    if val is not None:
        metric = "loss" if goal is Goal.MINIMIZE else "accuracy"
        curves[f"val_{metric}"] = Curve.of(
            val, x=EPOCHS[: len(val)], split=Split.VALIDATION, metric=metric, goal=goal
        )
    return {phase.name: phase for phase in phases(History(curves=curves))}


def test_an_overfitting_run_goes_through_all_four() -> None:
    """Both fall until validation turns near epoch 12; then the gap opens, and in the end it is wide."""
    found = timeline(FALLING, TURNING)
    assert list(found) == [
        "both losses fall",
        "validation turns",
        "the gap opens",
        "validation far above training",
    ]
    both, turns, opens, far = found.values()
    assert both.start == 1
    assert turns.start is not None
    assert 10 <= turns.start <= 15
    assert both.end == turns.start
    assert "between" in turns.note
    assert opens.start is not None
    assert far.start is not None
    assert opens.start <= far.start < 40
    assert opens.end == far.end == 40


def test_a_healthy_run_never_turns() -> None:
    """A validation that stays at its best has not turned, and curves that agree have no gap."""
    found = timeline([value * 1.01 for value in FLAT], FLAT)
    assert found["validation turns"].start is None
    assert found["the gap opens"].start is None
    assert found["validation far above training"].start is None


def test_validation_flat_with_its_best_in_the_middle_is_called_flat() -> None:
    """A best in the middle that cannot be told from the end is no turn; the note may say so."""
    wavy = [1 + exp(-t / 3) + 0.02 * (-1) ** int(t) for t in EPOCHS]
    assert timeline(FALLING, wavy)["validation turns"].start is None


def test_a_noisy_rise_that_cannot_be_told_apart_is_no_turn() -> None:
    """A broken curve settles nothing, and the note says so instead of calling it flat."""
    found = timeline(FALLING, [*TURNING[:-1], nan])["validation turns"]
    assert found.start is None
    assert found.note == "cannot be seen: validation is not finite"
    few = timeline(FALLING, TURNING[:4])["validation turns"]
    assert (few.start, few.note) == (None, "cannot be seen: too few points")


def test_without_validation_the_notes_say_so() -> None:
    """What could not be seen is named, not left out."""
    found = timeline(FALLING, None)
    assert found["both losses fall"].end == 40
    assert "training only" in found["both losses fall"].note
    assert all("cannot be seen" in found[name].note for name in list(found)[1:])


def test_without_training_validation_still_turns() -> None:
    """The turn needs validation only; the gap cannot be seen."""
    found = timeline(None, TURNING)
    assert found["validation turns"].start is not None
    assert "validation only" in found["both losses fall"].note
    assert "cannot be seen" in found["the gap opens"].note
    assert "cannot be seen" in found["validation far above training"].note


def test_without_any_curve_every_note_says_so() -> None:
    """An empty history has a timeline of what could not be seen."""
    assert all("cannot be seen" in phase.note for phase in phases(History(curves={})))


def test_a_loss_and_an_accuracy_have_no_gap() -> None:
    """Curves of different metrics are not compared."""
    accuracy = [0.9 - 0.01 * max(t - 12, 0) - 0.5 * exp(-t / 3) for t in EPOCHS]
    found = timeline(FALLING, accuracy, goal=Goal.MAXIMIZE)
    assert found["validation turns"].start is not None
    assert "cannot be compared" in found["validation far behind training"].note
    assert "cannot be compared" in found["the gap opens"].note


def test_a_run_that_only_rises_never_fell() -> None:
    """Where nothing fell, that phase was not reached."""
    assert timeline([1 + 0.1 * t for t in EPOCHS], FALLING)["both losses fall"].start is None


def test_different_grids_meet_by_x() -> None:
    """Half as many training points leave the gap where it is, up to one point."""
    both = timeline(FALLING, TURNING)["the gap opens"].start
    curves = {
        "train_loss": Curve.of(FALLING[::2], x=EPOCHS[::2], split=Split.TRAIN),
        "val_loss": Curve.of(TURNING, x=EPOCHS, split=Split.VALIDATION),
    }
    sparse = next(phase.start for phase in phases(History(curves=curves)) if phase.name == "the gap opens")
    assert both is not None
    assert sparse is not None
    assert abs(both - sparse) <= 4


def test_a_constant_curve_goes_through_no_phase() -> None:
    """What float arithmetic leaves of zero neither falls nor turns."""
    assert all(phase.start is None for phase in timeline([0.7] * 40, [0.7] * 40).values())
    rounded = [0.7 + 1e-16 * (-1) ** int(t) for t in EPOCHS]
    assert all(phase.start is None for phase in timeline(rounded, rounded).values())


def test_a_small_constant_gap_never_opens() -> None:
    """Opening means growing: a validation that stays 12 % above training does not open a gap."""
    found = timeline([0.88 * value for value in FLAT], FLAT)
    assert found["the gap opens"].start is None
    assert found["both losses fall"].start == 1


def test_the_common_fall_ends_where_a_curve_becomes_flat() -> None:
    """A curve that settles near epoch 12 does not fall until its lucky minimum near the end."""
    both = [1 + 2 * exp(-t / 2) + 0.004 * (-1) ** int(t) - 1e-5 * t for t in EPOCHS]
    end = timeline(both, both)["both losses fall"].end
    assert end is not None
    assert end <= 20


def test_noise_does_not_fall() -> None:
    """A curve whose lowest window is luck has not fallen."""
    noise = [1 + 0.05 * sin(3 * t * t) for t in EPOCHS]
    assert timeline(noise, noise)["both losses fall"].start is None


def test_a_fast_memoriser_opens_its_gap_no_later_than_it_is_far_above() -> None:
    """Training below half of validation from epoch 3 on: the phases keep their order."""
    train = [0.01 + 2 * exp(-t) for t in EPOCHS]
    val = [1 + 0.8 * exp(-t) + 0.03 * t for t in EPOCHS]
    both, turns, opens, far = timeline(train, val).values()
    assert both.start == 1
    assert turns.start is not None
    assert opens.start is not None
    assert far.start is not None
    assert opens.start <= far.start <= 5


def test_a_metric_to_maximise_improves_and_falls_behind() -> None:
    """Nothing that is to grow is said to fall."""
    accuracy = [0.9 - 0.01 * max(t - 12, 0) - 0.5 * exp(-t / 3) for t in EPOCHS]
    curves = {
        f"{split.value}_accuracy": Curve.of(values, split=split, metric="accuracy", goal=Goal.MAXIMIZE)
        for split, values in (
            (Split.TRAIN, [1 - 0.6 * exp(-t / 4) for t in EPOCHS]),
            (Split.VALIDATION, accuracy),
        )
    }
    names = [phase.name for phase in phases(History(curves=curves))]
    assert names == ["both improve", "validation turns", "the gap opens", "validation far behind training"]
    alone = [phase.name for phase in phases(History(curves={"train_accuracy": curves["train_accuracy"]}))]
    assert alone == names


def test_a_curve_that_crosses_zero_has_a_gap_in_units_of_its_fall() -> None:
    """The gap is not far above training just because validation passes near zero."""
    below = [value - 0.62 for value in FLAT]
    found = timeline([value - 0.02 for value in below], below)
    assert found["validation far above training"].start is None
