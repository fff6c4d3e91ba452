# SPDX-License-Identifier: Apache-2.0
"""Holm's correction of several comparisons: the textbook numbers, and decisions that agree with `compare_runs`."""

from collections.abc import Callable
from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodfit.errors import SettingsError
from goodfit.proof import compare_runs, decide_together, holm, holm_levels
from goodfit.proof.holm import claim_p
from goodfit.values import Decision, Run, Verdict

Table = Callable[..., NDArray[np.float64]]
MakeArms = Callable[..., tuple[list[Run], list[Run]]]


def test_adjusted_p_values_are_the_textbooks() -> None:
    """The smallest is multiplied by their number, the next by one less, and none is below the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1.0, 1.0)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_levels_and_adjusted_p_values_decide_alike(ps: list[float]) -> None:
    """A p value passes its own level exactly when its adjusted one passes 0.05, and one alone is left as it is."""
    for p, adjusted, level in zip(ps, holm(ps), holm_levels(ps), strict=True):
        assert (p <= level) == (adjusted <= 0.05) or adjusted == pytest.approx(0.05)
        assert adjusted >= p
    assert holm(ps[:1]) == (ps[0],)


@pytest.mark.parametrize("odd", [nan, -0.1, 1.5])
def test_what_is_no_p_value_is_refused(odd: float) -> None:
    """A comparison that failed has no p value; guessing one would change all the others."""
    with pytest.raises(SettingsError, match="no p value"):
        holm([0.01, odd])


def _family(make_arms: MakeArms, gain_table: Table) -> list[Verdict]:
    return [
        compare_runs(*make_arms(gain_table(gain, seeds=5, seed=seed)), holdout_reads=1)
        for seed, gain in enumerate((0.05, 0.05, -0.05, 0.0))
    ]


def test_five_seeds_have_no_power_in_a_family(make_arms: MakeArms, gain_table: Table) -> None:
    """1/32 passes 0.05 alone and as the primary comparison, not among three others; the primary is not counted."""
    verdicts = _family(make_arms, gain_table)
    assert [v.decision for v in verdicts[:3]] == [Decision.IMPROVED, Decision.IMPROVED, Decision.WORSE]
    adjusted = decide_together(verdicts, primary=0)
    assert [a.decision for a in adjusted] == [Decision.IMPROVED] + [Decision.UNDECIDED] * 3
    assert adjusted[0].improved_p == pytest.approx(1 / 32)
    assert adjusted[1].improved_p == pytest.approx(3 / 32)
    assert decide_together(verdicts[:1])[0].decision is Decision.IMPROVED


def test_the_level_of_a_family_says_the_same_in_full(make_arms: MakeArms, gain_table: Table) -> None:
    """Judged again at the level of its rank, each comparison gets the decision of the family."""
    tables = [
        gain_table(gain, seeds=8, seed=seed) for seed, gain in enumerate((0.05, 0.02, -0.05, 0.0, 0.05))
    ]
    verdicts = [compare_runs(*make_arms(table), holdout_reads=1) for table in tables]
    for table, adjusted in zip(tables, decide_together(verdicts), strict=True):
        again = compare_runs(*make_arms(table), holdout_reads=1, level=adjusted.level)
        assert again.decision is adjusted.decision
    assert Decision.IMPROVED in {each.decision for each in decide_together(verdicts)}


def test_a_claim_that_does_not_survive_may_be_equivalent(make_arms: MakeArms, gain_table: Table) -> None:
    """A gain too small to matter is EQUIVALENT when the family takes the claim away; without the margin UNDECIDED."""
    small = compare_runs(*make_arms(gain_table(0.05)), margin=0.2, holdout_reads=1)
    assert (small.decision, small.within_margin) == (Decision.IMPROVED, True)
    family = [small, replace(small, within_margin=False)]
    assert [a.decision for a in decide_together(family)] == [Decision.EQUIVALENT, Decision.UNDECIDED]


def test_one_p_value_for_both_gates(make_arms: MakeArms, gain_table: Table) -> None:
    """It is at most 0.05 exactly when every gate passes its own level."""
    for gain in (-0.02, 0.0, 0.01, 0.02, 0.05):
        verdict = compare_runs(*make_arms(gain_table(gain, seed=2)), holdout_reads=1)
        improved, worse = claim_p(verdict.gates)
        assert (improved <= 0.05) == all(gate.improved_p <= gate.level for gate in verdict.gates)
        assert (worse <= 0.05) == all(gate.worse_p <= gate.level for gate in verdict.gates)


def test_bad_requests_are_refused(make_arms: MakeArms, gain_table: Table) -> None:
    """A primary comparison that is not there, and a level that would loosen the proof, are errors."""
    arms = make_arms(gain_table(0.0))
    with pytest.raises(SettingsError, match="primary"):
        decide_together([compare_runs(*arms, holdout_reads=1)], primary=1)
    for level in (0.0, 0.1, nan):
        with pytest.raises(SettingsError, match="level"):
            compare_runs(*arms, holdout_reads=1, level=level)
