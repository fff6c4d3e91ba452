# SPDX-License-Identifier: Apache-2.0
"""The rows of the dose bench: every way over all beds of a half."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from statistics import mean, median

from dose_bed import Picked
from dose_score import Base, fieller, harm, pooled, shipped, worth

Found = Mapping[tuple[str, int], Picked]  # by task and seed


@dataclass(frozen=True, slots=True)
class Row:
    """One way over all beds of a half; costs and shares over the tasks that count, harm over the controls."""

    name: str
    cost: float  # median, in T
    cost_mean: float
    cost_most: float  # of any bed
    runs: float  # median, in early-stopped untreated runs
    seconds: float  # mean
    kept: tuple[float, float, float]  # pooled, with its interval
    by_task: Mapping[str, tuple[float, float, float]]
    rates: Mapping[str, float]  # median by task; NaN where no fixed rate is the answer
    control_cost: float  # median on the controls, in T
    harm: tuple[float, float]  # worst control: mean and upper limit, as shipped
    raw_harm: tuple[float, float]  # the same of what was picked, the own run not to fall back on


def row_of(name: str, found: Found, bases: Mapping[str, Sequence[Base]], controls: frozenset[str]) -> Row:
    """Score one way.

    Args:
        name: as in the table.
        found: what it picked on every bed.
        bases: the beds by task, in the order of seeds.
        controls: names of the tasks without overfitting.
    """
    counted = {task: row for task, row in bases.items() if task not in controls and worth(row)}
    without = {task: row for task, row in bases.items() if task in controls}
    pairs = [(each, found[task, each.seed]) for task, row in counted.items() for each in row]
    gains = {
        task: [each.own_test - shipped(each, found[task, each.seed]) for each in row]
        for task, row in counted.items()
    }
    oracle = {task: [each.gain for each in row] for task, row in counted.items()}
    spent = [found[task, each.seed].epochs / each.horizon for task, row in without.items() for each in row]
    costs = [picked.epochs / each.horizon for each, picked in pairs]
    return Row(
        name=name,
        cost=median(costs),
        cost_mean=mean(costs),
        cost_most=max(costs),
        runs=median(picked.epochs / each.own_epochs for each, picked in pairs),
        seconds=mean(picked.seconds for _, picked in pairs),
        kept=pooled(gains, oracle),
        by_task={task: fieller(gains[task], oracle[task]) for task in counted},
        rates={task: _rate(found, row) for task, row in bases.items()},
        control_cost=median(spent) if spent else nan,
        harm=_worst(
            [harm([shipped(e, found[task, e.seed]) for e in row], row) for task, row in without.items()]
        ),
        raw_harm=_worst(
            [harm([found[task, e.seed].test for e in row], row) for task, row in without.items()]
        ),
    )


def _rate(found: Found, row: Sequence[Base]) -> float:
    rates = [found[each.task, each.seed].rate for each in row]
    fixed = [rate for rate in rates if rate is not None]
    return median(fixed) if len(fixed) == len(rates) else float("nan")


def _worst(harms: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return max(harms, key=lambda each: each[1], default=(nan, nan))


def frontier(rows: Sequence[Row]) -> list[str]:
    """Names of the ways that none beats in both: cheaper or as cheap (mean cost), and keeping as much or more."""
    return [
        row.name
        for row in sorted(rows, key=lambda each: each.cost_mean)
        if not any(
            other is not row
            and other.cost_mean <= row.cost_mean
            and other.kept[0] >= row.kept[0]
            and (other.cost_mean, other.kept[0]) != (row.cost_mean, row.kept[0])
            for other in rows
        )
    ]
