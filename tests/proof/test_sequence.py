# SPDX-License-Identifier: Apache-2.0
"""The sequential proof on finished runs: what it decides, where it stops, and what its verdict says."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from goodfit.errors import HoldoutError, SettingsError
from goodfit.proof import compare_in_sequence
from goodfit.values import Decision, Run, Stopped, Verdict, dumps, loads

Table = Callable[..., NDArray[np.float64]]
MakeArms = Callable[..., tuple[list[Run], list[Run]]]


def test_a_clear_gain_stops_at_seven_seeds(make_arms: MakeArms, gain_table: Table) -> None:
    """Seven wins suffice; the verdict says how, where it stopped, the evidence, and the seeds saved against 20."""
    verdict = compare_in_sequence(*make_arms(gain_table(0.05, seeds=9)), holdout_reads=1)
    progress = verdict.sequential
    assert progress is not None
    assert verdict.decision is Decision.IMPROVED
    assert (progress.stopped, progress.used, progress.most, progress.saved) == (Stopped.PROVEN, 7, 20, 13)
    assert progress.improved == pytest.approx(255 / 8)
    assert verdict.seeds == tuple(range(10, 17))
    assert [gate.name for gate in verdict.gates] == ["S", "E"]
    assert verdict.gates[0].improved_p == pytest.approx(8 / 255)
    assert all(gate.improved_p <= gate.level for gate in verdict.gates)
    assert "after 7 of at most 20 seeds" in verdict.because
    assert "2 further seeds were there and not looked at" in verdict.because
    assert "Sequential" in verdict.method
    assert any("as if this number of seeds had been fixed" in limit for limit in verdict.limits)
    assert loads(Verdict, dumps(verdict)) == verdict


def test_reversed_arms_reverse_the_decision(make_arms: MakeArms, gain_table: Table) -> None:
    """WORSE is IMPROVED seen from the other side, at the same seed with the same p values."""
    table = gain_table(0.05, seeds=8)
    better = compare_in_sequence(*make_arms(table), holdout_reads=1, margin=0.01)
    worse = compare_in_sequence(*make_arms(-table), holdout_reads=1, margin=0.01)
    assert (better.decision, worse.decision) == (Decision.IMPROVED, Decision.WORSE)
    assert better.seeds == worse.seeds
    assert [g.improved_p for g in better.gates] == [g.worse_p for g in worse.gates]


def test_seeds_after_the_stop_change_nothing(make_arms: MakeArms, gain_table: Table) -> None:
    """However many pairs were trained at once, the verdict is that of the seeds up to the stop."""
    table = gain_table(0.05, seeds=12)
    spoiled = np.concatenate([table[:7], -9 * np.abs(table[7:])])
    one, other = (compare_in_sequence(*make_arms(each), holdout_reads=1) for each in (table, spoiled))
    assert one == other


def test_more_seeds_are_asked_for_while_they_could_settle_it(make_arms: MakeArms, gain_table: Table) -> None:
    """Fewer than seven seeds are never the end; the verdict is UNDECIDED and says that it is not at its end."""
    for seeds in (1, 2, 6):
        verdict = compare_in_sequence(*make_arms(gain_table(0.05, seeds=seeds)), holdout_reads=1)
        assert verdict.decision is Decision.UNDECIDED
        assert verdict.sequential is not None
        assert verdict.sequential.stopped is Stopped.UNFINISHED
        assert "more could still settle it" in verdict.because


def test_no_effect_ends_hopeless_with_what_it_would_take(make_arms: MakeArms, gain_table: Table) -> None:
    """Wins on both sides end it early; the verdict says so, and how many seeds would find such a difference."""
    table = gain_table(0.0, seeds=20)
    table -= table.mean(axis=1, keepdims=True)
    table += np.where(np.arange(20) % 2, 0.02, -0.0201)[:, None]
    verdict = compare_in_sequence(*make_arms(table), holdout_reads=1)
    assert verdict.sequential is not None
    assert (verdict.sequential.stopped, verdict.sequential.used) == (Stopped.HOPELESS, 10)
    assert verdict.decision is Decision.UNDECIDED
    assert len(verdict.plans) == 2
    assert verdict.smallest_detectable > 0.02


def test_equivalent_by_the_seeds_and_by_the_examples(make_arms: MakeArms, gain_table: Table) -> None:
    """Seven seeds within the margin are evidence; where the examples disagree the answer stays open."""
    table = gain_table(0.0, seeds=20)
    calm = compare_in_sequence(*make_arms(table), margin=0.05, holdout_reads=1)
    assert (calm.decision, calm.within_margin) == (Decision.EQUIVALENT, True)
    shared = np.random.default_rng(0).normal(0, 3.0, (1, 400))
    loud = compare_in_sequence(*make_arms(table + shared - shared.mean()), margin=0.05, holdout_reads=1)
    assert loud.decision is Decision.UNDECIDED
    assert loud.sequential is not None
    assert loud.sequential.equivalent >= 20


def test_a_lucky_test_set_is_not_believed(make_arms: MakeArms) -> None:
    """Seven of seven seeds agree because they share the test set; gate E says no, once, and the proof ends."""
    shared = np.random.default_rng(1).normal(0, 1.0, (1, 400))
    shared += 0.02 - shared.mean()
    verdict = compare_in_sequence(*make_arms(np.repeat(shared, 9, axis=0)), holdout_reads=1)
    assert verdict.sequential is not None
    assert verdict.sequential.stopped is Stopped.NOT_BORNE_OUT
    assert verdict.decision is Decision.UNDECIDED
    assert "asked only once" in verdict.because
    assert any(plan.seeds is None and plan.test_units for plan in verdict.plans)


def test_too_small_a_test_set_ends_it_after_two_seeds(make_arms: MakeArms, gain_table: Table) -> None:
    """No number of seeds makes up for missing test data, so none are spent on it."""
    arms = make_arms(gain_table(0.05, seeds=4, examples=100))
    verdict = compare_in_sequence(*arms, holdout_reads=1)
    assert verdict.sequential is not None
    assert (verdict.sequential.stopped, verdict.seeds) == (Stopped.TOO_FEW_UNITS, (10, 11))
    assert verdict.smallest_detectable == inf


def test_bad_requests_are_refused(make_arms: MakeArms, gain_table: Table) -> None:
    """Too few seeds for any claim, a negative margin and an unrecorded look are errors."""
    arms = make_arms(gain_table(0.0, seeds=2))
    with pytest.raises(SettingsError, match="at most 6 seeds"):
        compare_in_sequence(*arms, holdout_reads=1, most=6)
    with pytest.raises(SettingsError, match="margin"):
        compare_in_sequence(*arms, holdout_reads=1, margin=-1.0)
    with pytest.raises(HoldoutError):
        compare_in_sequence(*arms, holdout_reads=0)
