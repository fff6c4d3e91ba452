# SPDX-License-Identifier: Apache-2.0
"""A verdict depends on the data alone: not on which arm is called which, the unit, or any order."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from goodfit.proof import compare_runs
from goodfit.values import Decision, Run, Verdict

MakeArms = Callable[..., tuple[list[Run], list[Run]]]
SWAPPED = {
    Decision.IMPROVED: Decision.WORSE,
    Decision.WORSE: Decision.IMPROVED,
    Decision.EQUIVALENT: Decision.EQUIVALENT,
    Decision.UNDECIDED: Decision.UNDECIDED,
}
CASES = settings(max_examples=20, deadline=None)


@st.composite
def tables(draw: st.DrawFn) -> NDArray[np.float64]:
    """Differences with any gain, skew, seed spread and noise, and 200 to 260 examples."""
    generator = np.random.default_rng(draw(st.integers(0, 2**31)))
    seeds, examples = draw(st.integers(1, 7)), draw(st.integers(200, 260))
    skewed = generator.lognormal(0, 1, (1, examples)) - np.exp(0.5)
    of_seed = draw(st.sampled_from([0.0, 0.05, 0.3])) * generator.standard_normal((seeds, 1))
    noise = draw(st.sampled_from([0.0, 1.0])) * generator.standard_normal((seeds, examples))
    gain = draw(st.sampled_from([0.0, 0.1, -0.1, 0.5, -0.5]))
    return np.asarray(gain + draw(st.sampled_from([1.0, -1.0])) * skewed + of_seed + noise)


def _p_values(verdict: Verdict) -> list[float]:
    return [p for gate in verdict.gates for p in (gate.improved_p, gate.worse_p)]


@CASES
@given(table=tables(), margin=st.sampled_from([0.05, 0.3]))
def test_swapping_the_arms_mirrors_the_verdict(
    make_arms: MakeArms, table: NDArray[np.float64], margin: float
) -> None:
    """IMPROVED becomes WORSE, the effect changes its sign, and the p values change places."""
    one = compare_runs(*make_arms(table, base=0.0), margin=margin, holdout_reads=1)
    two = compare_runs(*make_arms(-table, base=0.0), margin=margin, holdout_reads=1)
    assert two.decision is SWAPPED[one.decision]
    assert two.effect.value == pytest.approx(-one.effect.value)
    assert two.example_effect.low == pytest.approx(-one.example_effect.high)
    assert [gate.worse_p for gate in two.gates] == [gate.improved_p for gate in one.gates]
    assert two.smallest_detectable == pytest.approx(one.smallest_detectable)


@CASES
@given(table=tables(), margin=st.sampled_from([0.05, 0.3]))
def test_the_unit_of_the_loss_does_not_matter(
    make_arms: MakeArms, table: NDArray[np.float64], margin: float
) -> None:
    """Losses and margin times 1000 give the same decision and p values, and 1000 times the effect."""
    one = compare_runs(*make_arms(table, base=3.0), margin=margin, holdout_reads=1)
    two = compare_runs(*make_arms(table * 1000, base=3000.0), margin=margin * 1000, holdout_reads=1)
    assert two.decision is one.decision
    assert _p_values(two) == pytest.approx(_p_values(one), abs=0.001)
    assert two.effect.value == pytest.approx(1000 * one.effect.value)
    assert two.relative == pytest.approx(one.relative)


@CASES
@given(table=tables(), shuffle=st.integers(0, 1000), width=st.sampled_from([None, 1, 3]))
def test_no_order_matters(
    make_arms: MakeArms, table: NDArray[np.float64], shuffle: int, width: int | None
) -> None:
    """Seeds and examples (with their groups) in another order give the same verdict."""
    generator = np.random.default_rng(shuffle)
    groups = None if width is None else np.arange(table.shape[1]) // width
    moved = generator.permutation(table.shape[1])
    control, treatment = make_arms(table, base=0.0)
    one = compare_runs(
        control, treatment, groups=None if groups is None else groups.tolist(), holdout_reads=1
    )
    control, treatment = make_arms(table[:, moved], base=0.0)
    generator.shuffle(treatment)
    new_groups = None if groups is None else groups[moved].tolist()
    two = compare_runs(control[::-1], treatment, groups=new_groups, holdout_reads=1)
    assert two.decision is one.decision
    assert two.seeds == one.seeds
    assert _p_values(two) == pytest.approx(_p_values(one), abs=0.001)
    assert two.example_effect.low == pytest.approx(one.example_effect.low)
