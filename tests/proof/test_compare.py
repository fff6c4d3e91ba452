# SPDX-License-Identifier: Apache-2.0
"""`compare_runs` reaches the right decision, says why, and refuses what cannot be compared."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, isnan, nan

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from goodfit.errors import HoldoutError, InputError, SettingsError
from goodfit.proof import compare_runs, paired_difference
from goodfit.values import Arm, Decision, Run, RunStatus, Split, Verdict, dumps, loads

Table = Callable[..., NDArray[np.float64]]
MakeArms = Callable[..., tuple[list[Run], list[Run]]]


@pytest.mark.parametrize(
    ("gain", "decision"),
    [
        (0.05, Decision.IMPROVED),
        (-0.05, Decision.WORSE),
        (0.0, Decision.UNDECIDED),
    ],
)
def test_decisions(make_arms: MakeArms, gain_table: Table, gain: float, decision: Decision) -> None:
    """A clear gain, a clear loss and no gain at all get three different answers."""
    verdict = compare_runs(*make_arms(gain_table(gain, seed=3)), holdout_reads=1)
    assert verdict.decision is decision
    assert loads(Verdict, dumps(verdict)) == verdict


def test_equivalent_when_both_intervals_lie_inside_the_margin(make_arms: MakeArms, gain_table: Table) -> None:
    """A wide margin holds both intervals, the default of 1 % does not."""
    arms = make_arms(gain_table(0.0, seed=3))
    wide = compare_runs(*arms, margin=0.05, holdout_reads=1)
    assert wide.decision is Decision.EQUIVALENT
    assert "both 90 % intervals" in wide.because
    assert compare_runs(*arms, holdout_reads=1).decision is Decision.UNDECIDED


def test_numbers_of_a_verdict(make_arms: MakeArms, gain_table: Table) -> None:
    """Effect, interval, wins, share, means and counts must be those of the runs."""
    table = gain_table(0.05)
    control, treatment = make_arms(table, base=0.5, scores={"accuracy": 0.9, "loss": 0.5})
    treatment = [replace(run, scores={"accuracy": 0.95, "ece": 0.1}) for run in treatment]
    verdict = compare_runs(control, treatment, holdout_reads=3)
    interval = stats.ttest_1samp(table.mean(axis=1), 0).confidence_interval(0.95)
    assert verdict.effect.value == pytest.approx(table.mean())
    assert (verdict.effect.low, verdict.effect.high) == pytest.approx((interval.low, interval.high))
    assert verdict.example_effect.value == pytest.approx(table.mean())
    assert verdict.relative == pytest.approx(table.mean() / 0.5)
    assert verdict.margin == pytest.approx(0.005)
    assert (verdict.wins, verdict.seeds, verdict.holdout_reads) == (5, (10, 11, 12, 13, 14), 3)
    assert verdict.probability_better.low == pytest.approx(0.478, abs=0.001)
    assert (verdict.test_examples, verdict.test_groups) == (400, 400)
    assert [(m.metric, round(m.control, 3)) for m in verdict.means] == [("loss", 0.5), ("accuracy", 0.9)]
    assert verdict.means[1].treatment == pytest.approx(0.95)
    assert [gate.name for gate in verdict.gates] == ["S", "E"]
    assert any("2 times before" in limit for limit in verdict.limits)


def test_sentence_carries_the_numbers(make_arms: MakeArms, gain_table: Table) -> None:
    """The reason names the gain, the share, the wins and both p values with their levels."""
    verdict = compare_runs(*make_arms(gain_table(0.05)), holdout_reads=1)
    for part in (
        "lowered the mean test loss by",
        "% of the control's 1",
        "5 of 5 seeds",
        "p = 0.031",
        "(level 0.025)",
    ):
        assert part in verdict.because
    worse = compare_runs(*make_arms(gain_table(-0.05)), holdout_reads=1).because
    assert "raised" in worse
    assert "in the other direction" in worse


def test_undecided_says_what_could_have_been_found(make_arms: MakeArms, gain_table: Table) -> None:
    """Without a decision the reader learns how large a gain would have shown."""
    verdict = compare_runs(*make_arms(gain_table(0.0, seed=3)), holdout_reads=1)
    assert f"{verdict.smallest_detectable:.3g}" in verdict.because
    assert "80 % power" in verdict.because


def test_one_pair_judges_two_checkpoints(make_arms: MakeArms, gain_table: Table) -> None:
    """A single pair is decided by gate E alone, says so, and gives no number over seeds."""
    verdict = compare_runs(*make_arms(gain_table(0.05, seeds=1)), holdout_reads=1)
    assert verdict.decision is Decision.IMPROVED
    assert [gate.name for gate in verdict.gates] == ["E"]
    assert "these two checkpoints" in verdict.method
    assert "these two checkpoints only" in verdict.limits[0]
    better, effect = verdict.probability_better, verdict.effect
    assert all(map(isnan, (better.value, better.low, better.high, effect.low, effect.high)))
    assert "it passes" in verdict.because
    same = compare_runs(*make_arms(gain_table(0.0, seeds=1)), margin=0.1, holdout_reads=1)
    assert same.decision is Decision.EQUIVALENT
    assert "the 90 % interval lies" in same.because


@pytest.mark.parametrize("seeds", [2, 3, 4])
def test_too_few_seeds_never_claim(make_arms: MakeArms, gain_table: Table, seeds: int) -> None:
    """Two to four seeds cannot pass gate S; the verdict says that and how many are needed."""
    verdict = compare_runs(*make_arms(gain_table(0.5, seeds=seeds)), holdout_reads=1)
    assert verdict.decision is Decision.UNDECIDED
    assert "cannot pass" in verdict.because
    assert "At least 5 seeds" in verdict.limits[0]
    assert verdict.smallest_detectable == inf


def test_many_seeds_name_their_drawn_sign_flip(make_arms: MakeArms, gain_table: Table) -> None:
    """Beyond 16 seeds the method says that signs were drawn."""
    verdict = compare_runs(*make_arms(gain_table(0.05, seeds=18)), holdout_reads=1)
    assert "100,000 draws" in verdict.method
    assert verdict.decision is Decision.IMPROVED


def test_too_little_test_data_decides_nothing(make_arms: MakeArms, gain_table: Table) -> None:
    """199 independent units are refused a claim and an equivalence; 200 are not."""
    table = gain_table(0.2, examples=200)
    assert compare_runs(*make_arms(table), holdout_reads=1).decision is Decision.IMPROVED
    few = compare_runs(*make_arms(table[:, :199]), holdout_reads=1)
    assert few.decision is Decision.UNDECIDED
    assert "not enough test data" in few.because
    assert any("199 independent units" in limit for limit in few.limits)
    assert (
        compare_runs(*make_arms(table[:, :199]), margin=9.0, holdout_reads=1).decision is Decision.UNDECIDED
    )


def test_groups_are_the_units(make_arms: MakeArms, gain_table: Table) -> None:
    """400 examples from 40 patients are 40 units, so nothing is claimed."""
    verdict = compare_runs(*make_arms(gain_table(0.2)), groups=[i // 10 for i in range(400)], holdout_reads=1)
    assert (verdict.test_examples, verdict.test_groups) == (400, 40)
    assert verdict.decision is Decision.UNDECIDED


def test_equal_arms_are_equivalent(make_arms: MakeArms) -> None:
    """Arms without any difference are EQUIVALENT, with every tie named."""
    verdict = compare_runs(*make_arms(np.zeros((5, 300))), holdout_reads=1)
    assert verdict.decision is Decision.EQUIVALENT
    assert "left the mean test loss where it was" in verdict.because
    assert any("5 seeds ended in an exact tie" in limit for limit in verdict.limits)


def test_zero_control_loss_has_no_share(make_arms: MakeArms, gain_table: Table) -> None:
    """A control of mean loss 0 gives no relative gain, and the sentence leaves the share out."""
    verdict = compare_runs(*make_arms(gain_table(0.05), base=0.0), holdout_reads=1)
    assert isnan(verdict.relative)
    assert "control's" not in verdict.because


def test_a_gain_below_the_margin_is_called_small(make_arms: MakeArms, gain_table: Table) -> None:
    """A gain that is real but below the margin is IMPROVED, and said to be small."""
    verdict = compare_runs(*make_arms(gain_table(0.05)), margin=1.0, holdout_reads=1)
    assert verdict.decision is Decision.IMPROVED
    assert any("smaller than the margin" in limit for limit in verdict.limits)


def test_a_single_heavy_example_is_named(make_arms: MakeArms, gain_table: Table) -> None:
    """When one example carries most of the spread the verdict warns of it."""
    table = gain_table(0.05)
    table[:, 0] += 50
    verdict = compare_runs(*make_arms(table), holdout_reads=1)
    assert any("One test unit carries" in limit for limit in verdict.limits)


def test_validation_losses_are_marked(make_arms: MakeArms, gain_table: Table) -> None:
    """Losses of the validation split may be compared, with no look counted, and are said to flatter."""
    arms = make_arms(gain_table(0.05), measured_on=Split.VALIDATION)
    verdict = compare_runs(*arms, holdout_reads=0)
    assert "validation loss" in verdict.because
    assert any("flatter" in limit for limit in verdict.limits)


def test_an_unrecorded_look_is_refused(make_arms: MakeArms, gain_table: Table) -> None:
    """A comparison on the test set is itself a look, so the count cannot be 0."""
    with pytest.raises(HoldoutError, match="no look at it was recorded"):
        compare_runs(*make_arms(gain_table(0.05)), holdout_reads=0)


@pytest.mark.parametrize("margin", [-0.1, nan, inf])
def test_an_impossible_margin_is_refused(make_arms: MakeArms, gain_table: Table, margin: float) -> None:
    """A negative or non-finite margin is refused."""
    with pytest.raises(SettingsError, match="margin"):
        compare_runs(*make_arms(gain_table(0.05)), margin=margin, holdout_reads=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": RunStatus.FAILED, "error": "loss became NaN"}, "seed 12 failed: loss became NaN"),
        ({"status": RunStatus.FAILED}, "no reason was kept"),
        ({"per_example": ()}, "seed 12 holds no per-example losses"),
        ({"per_example": (nan,) * 400}, "seed 12 has a per-example loss that is not finite"),
        ({"per_example": (1.0,) * 399}, "seed 12 was measured on 399 examples"),
        ({"measured_on": Split.VALIDATION}, "seed 12 was measured on the validation split"),
        ({"seed": 13}, "seed 13 stands twice"),
        ({"seed": 99}, "seed 12 was run in one arm only"),
        ({"arm": Arm.CONTROL}, "is marked control"),
    ],
)
def test_runs_that_cannot_be_paired_are_named(
    make_arms: MakeArms, gain_table: Table, change: dict[str, object], message: str
) -> None:
    """Each kind of unusable run is refused with a message that names its seed."""
    control, treatment = make_arms(gain_table(0.05))
    treatment[2] = replace(treatment[2], **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        compare_runs(control, treatment, holdout_reads=1)


def test_an_empty_arm_is_refused(make_arms: MakeArms, gain_table: Table) -> None:
    """No runs, no verdict."""
    with pytest.raises(InputError, match="treatment arm holds no run"):
        compare_runs(make_arms(gain_table(0.05))[0], [], holdout_reads=1)


def test_paired_difference_is_mean_and_standard_error(make_arms: MakeArms, gain_table: Table) -> None:
    """The measurement is the mean difference, one standard error to each side."""
    table = gain_table(0.05, seeds=1)
    control, treatment = make_arms(table)
    found = paired_difference(control[0], treatment[0])
    assert found.value == pytest.approx(table.mean())
    assert found.high - found.value == pytest.approx(stats.sem(table[0]))
    assert found.value - found.low == pytest.approx(stats.sem(table[0]))
    assert (found.n, found.unit) == (400, "loss")


def test_paired_difference_of_one_example_has_no_error(make_arms: MakeArms) -> None:
    """One example has a difference and no standard error; unusable runs are refused."""
    control, treatment = make_arms(np.array([[0.25]]))
    found = paired_difference(control[0], treatment[0])
    assert found.value == 0.25
    assert isnan(found.low)
    with pytest.raises(InputError, match="no per-example losses"):
        paired_difference(control[0], replace(treatment[0], per_example=()))
