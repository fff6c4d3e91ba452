# SPDX-License-Identifier: Apache-2.0
"""The numbers that a verdict prints: the gain with its intervals, the chance of winning, the means of both arms."""

from collections.abc import Sequence
from math import nan

from goodfit.proof.intervals import clopper_pearson, paired_t_interval
from goodfit.proof.levels import EFFECT_COVERAGE
from goodfit.proof.measure import LOSS, Measure
from goodfit.proof.pairs import Pairs
from goodfit.proof.tables import Table
from goodfit.values import ArmMeans, Effect, Run


def effect(table: Table, measure: str = "loss") -> Effect:
    """Mean gain with its interval over seeds."""
    low, high = paired_t_interval(table.gains, EFFECT_COVERAGE.value)
    single = len(table.gains) == 1
    return Effect(
        name=f"mean {measure} gained, over seeds",
        value=float(table.gains.mean()),
        low=low,
        high=high,
        level=EFFECT_COVERAGE.value,
        unit=measure,
        method="one pair: no interval over seeds" if single else "paired t over seeds",
    )


def example_effect(table: Table, measure: str = "loss") -> Effect:
    """The same gain with its interval over test examples."""
    low, high = table.examples.interval(EFFECT_COVERAGE.value)
    single = len(table.gains) == 1
    return Effect(
        name=f"mean {measure} gained, over test examples",
        value=table.examples.estimate,
        low=low,
        high=high,
        level=EFFECT_COVERAGE.value,
        unit=measure,
        method="bootstrap-t over test units" + ("" if single else ", spread of the seeds added"),
    )


def probability_better(wins: int, seeds: int) -> Effect:
    """Chance that the treatment wins a new pair, with its exact interval."""
    level = EFFECT_COVERAGE.value
    single = seeds == 1
    low, high = (nan, nan) if single else clopper_pearson(wins, seeds, level)
    return Effect(
        name="probability that the treatment is better in a new pair",
        value=nan if single else wins / seeds,
        low=low,
        high=high,
        level=level,
        method="one pair: not available" if single else "Clopper-Pearson",
    )


def means(
    pairs: Pairs, control: Sequence[Run], treatment: Sequence[Run], measure: Measure = LOSS
) -> tuple[ArmMeans, ...]:
    """What is compared and every other shared metric under both arms, over the seeds that were compared."""
    used = set(pairs.seeds)
    arms = [run for run in control if run.seed in used], [run for run in treatment if run.seed in used]
    runs = [*arms[0], *arms[1]]
    compared = ArmMeans(
        metric=measure.name,
        control=measure.sign * float(pairs.control.mean()),
        treatment=measure.sign * float(pairs.treatment.mean()),
    )
    shared = [
        name for name in runs[0].scores if name != measure.name and all(name in run.scores for run in runs)
    ]
    return compared, *(
        ArmMeans(metric=name, control=_average(arms[0], name), treatment=_average(arms[1], name))
        for name in shared
    )


def _average(runs: Sequence[Run], metric: str) -> float:
    return sum(run.scores[metric] for run in runs) / len(runs)
