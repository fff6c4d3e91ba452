# SPDX-License-Identifier: Apache-2.0
"""The proof: finished runs of two arms in, one Verdict out.

Everything is computed from one table D[seed, example] = loss of the control - loss of the treatment. Its row
means go to gate S, its column means to gate E; the decision, the intervals and the sentence all read the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import HoldoutError, SettingsError
from goodfit.proof.bootstrap import BootstrapT, group_sums, studentised_bootstrap
from goodfit.proof.decision import decide, enough_units, within_margin
from goodfit.proof.intervals import clopper_pearson, paired_t_interval
from goodfit.proof.levels import (
    EFFECT_COVERAGE,
    EQUIVALENCE_COVERAGE,
    EXAMPLE_LEVEL,
    MARGIN_SHARE,
    SEED_LEVEL,
)
from goodfit.proof.pairs import Pairs, pair_up
from goodfit.proof.power import smallest_detectable
from goodfit.proof.sign_flip import sign_flip_p
from goodfit.proof.spread import seed_part_of_variance
from goodfit.proof.wording import Findings, because, limits, method
from goodfit.values import ArmMeans, Effect, Gate, Run, Split, Verdict

Floats = NDArray[np.float64]
LOSS_UNIT = "loss"


def compare_runs(
    control: Sequence[Run],
    treatment: Sequence[Run],
    *,
    margin: float | None = None,
    groups: Sequence[int] | None = None,
    holdout_reads: int,
    level: float | None = None,
) -> Verdict:
    """Judge whether the treatment generalises better than the control.

    Args:
        control: finished runs without the treatment, one for each seed.
        treatment: finished runs with it, the same seeds in any order.
        margin: equivalence margin in loss units, set before the first look at the test set; None: 1 % of the
            control's mean loss.
        groups: shape (examples,), equal labels for test examples that are not independent; None: each alone.
        holdout_reads: looks at the test set so far, this comparison included.
        level: chance of a false claim allowed for, 0.05 when None; lower when this is one of several comparisons
            (see `decide_together`). Gate S gets all of it and gate E half, as in `proof.levels`.

    Raises:
        InputError: the runs cannot be paired (see `pair_up`).
        SettingsError: a negative margin, a level above 0.05, or groups that do not fit the examples.
        HoldoutError: the runs were measured on the test set and no look at it was recorded.
    """
    pairs = pair_up(control, treatment)
    if pairs.measured_on is Split.TEST and holdout_reads < 1:
        raise HoldoutError(
            "this comparison reads the test set, and no look at it was recorded",
            todo="record the look in the HoldoutLedger before the comparison",
        )
    table = _tabulate(pairs, groups)
    width = _margin(margin, pairs)
    gates = _gates(table, _share_of_level(level))
    coverage = EQUIVALENCE_COVERAGE.value
    intervals = [table.examples.interval(coverage)]
    if len(pairs.seeds) > 1:
        intervals.append(paired_t_interval(table.gains, coverage))
    decision = decide(gates, intervals, margin=width, units=table.examples.units)
    inside = within_margin(intervals, margin=width, units=table.examples.units)
    findings = _findings(pairs, table, gates, margin=width, reads=holdout_reads)
    return Verdict(
        decision=decision,
        effect=_effect(table),
        example_effect=_example_effect(table),
        relative=findings.relative,
        margin=width,
        smallest_detectable=findings.detectable,
        method=method(findings),
        seeds=pairs.seeds,
        wins=findings.wins,
        probability_better=_probability_better(findings),
        gates=gates,
        means=_means(pairs, control, treatment),
        test_examples=findings.examples,
        test_groups=findings.units,
        holdout_reads=holdout_reads,
        because=because(decision, findings),
        limits=limits(decision, findings),
        within_margin=inside,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    gains: Floats  # mean difference of each seed
    sums: Floats  # over seeds' mean difference, summed over each independent unit
    sizes: Floats  # examples of each unit
    examples: BootstrapT


def _tabulate(pairs: Pairs, groups: Sequence[int] | None) -> _Table:
    differences = pairs.differences
    sums, sizes = group_sums(differences, groups)
    mean = differences.mean(axis=0)
    examples = studentised_bootstrap(
        mean, groups, seed_variance=float(seed_part_of_variance(sums, sizes)), seeds=len(differences)
    )
    return _Table(gains=differences.mean(axis=1), sums=sums.mean(axis=0), sizes=sizes, examples=examples)


def _share_of_level(level: float | None) -> float:
    if level is None:
        return 1.0
    if not 0 < level <= SEED_LEVEL.value:
        raise SettingsError(
            f"a level of {level} was asked for",
            todo=f"give a number above 0 and at most {SEED_LEVEL.value}",
        )
    return level / SEED_LEVEL.value


def _gates(table: _Table, share: float) -> tuple[Gate, ...]:
    gate_e = Gate(
        name="E",
        test="studentised bootstrap over independent test examples, one-sided",
        improved_p=table.examples.improved_p,
        worse_p=table.examples.worse_p,
        level=EXAMPLE_LEVEL.value * share,
    )
    if len(table.gains) == 1:
        return (gate_e,)
    improved, worse = sign_flip_p(table.gains)
    gate_s = Gate(
        name="S",
        test="exact sign-flip permutation over seeds, one-sided",
        improved_p=improved,
        worse_p=worse,
        level=SEED_LEVEL.value * share,
    )
    return gate_s, gate_e


def _margin(margin: float | None, pairs: Pairs) -> float:
    if margin is None:
        return MARGIN_SHARE.value * abs(float(pairs.control.mean()))
    if not isfinite(margin) or margin < 0:
        raise SettingsError(
            f"the equivalence margin is {margin}",
            todo="give a loss difference of 0 or more that would not matter to you",
        )
    return margin


def _findings(pairs: Pairs, table: _Table, gates: tuple[Gate, ...], *, margin: float, reads: int) -> Findings:
    gains = table.gains
    gain, base = float(gains.mean()), float(pairs.control.mean())
    residuals = table.sums - table.examples.estimate * table.sizes
    squares = float((residuals**2).sum())
    return Findings(
        gain=gain,
        control_mean=base,
        relative=gain / abs(base) if base else nan,
        margin=margin,
        detectable=_detectable(table),
        seeds=len(gains),
        wins=int((gains > 0).sum()),
        ties=int((gains == 0).sum()),
        gates=gates,
        examples=pairs.control.shape[1],
        units=table.examples.units,
        largest_share=float((residuals**2).max()) / squares if squares > 0 else 0.0,
        measured_on=pairs.measured_on,
        reads=reads,
    )


def _detectable(table: _Table) -> float:
    if not enough_units(table.examples.units):
        return inf
    examples = table.examples
    low, high = examples.interval(EFFECT_COVERAGE.value)
    return smallest_detectable(
        seeds=len(table.gains),
        seed_deviation=float(table.gains.std(ddof=1)) if len(table.gains) > 1 else 0.0,
        example_error=examples.standard_error,
        example_reach=max(examples.estimate - low, high - examples.estimate),
    )


def _effect(table: _Table) -> Effect:
    low, high = paired_t_interval(table.gains, EFFECT_COVERAGE.value)
    single = len(table.gains) == 1
    return Effect(
        name="mean loss gained, over seeds",
        value=float(table.gains.mean()),
        low=low,
        high=high,
        level=EFFECT_COVERAGE.value,
        unit=LOSS_UNIT,
        method="one pair: no interval over seeds" if single else "paired t over seeds",
    )


def _example_effect(table: _Table) -> Effect:
    low, high = table.examples.interval(EFFECT_COVERAGE.value)
    single = len(table.gains) == 1
    return Effect(
        name="mean loss gained, over test examples",
        value=table.examples.estimate,
        low=low,
        high=high,
        level=EFFECT_COVERAGE.value,
        unit=LOSS_UNIT,
        method="bootstrap-t over test units" + ("" if single else ", spread of the seeds added"),
    )


def _probability_better(found: Findings) -> Effect:
    level = EFFECT_COVERAGE.value
    single = found.seeds == 1
    low, high = (nan, nan) if single else clopper_pearson(found.wins, found.seeds, level)
    return Effect(
        name="probability that the treatment is better in a new pair",
        value=nan if single else found.wins / found.seeds,
        low=low,
        high=high,
        level=level,
        method="one pair: not available" if single else "Clopper-Pearson",
    )


def _means(pairs: Pairs, control: Sequence[Run], treatment: Sequence[Run]) -> tuple[ArmMeans, ...]:
    loss = ArmMeans(
        metric="loss", control=float(pairs.control.mean()), treatment=float(pairs.treatment.mean())
    )
    runs = [*control, *treatment]
    shared = [name for name in runs[0].scores if name != "loss" and all(name in run.scores for run in runs)]
    return loss, *(
        ArmMeans(metric=name, control=_average(control, name), treatment=_average(treatment, name))
        for name in shared
    )


def _average(runs: Sequence[Run], metric: str) -> float:
    return sum(run.scores[metric] for run in runs) / len(runs)
