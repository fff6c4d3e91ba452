# SPDX-License-Identifier: Apache-2.0
"""After an undecided verdict: how many seeds would find the difference that was seen, or one of the margin's size."""

from goodfit.proof.decision import enough_units
from goodfit.proof.levels import POWER
from goodfit.proof.power import seeds_needed, units_needed
from goodfit.proof.tables import Table
from goodfit.values import SeedPlan


def plans(table: Table, margin: float) -> tuple[SeedPlan, ...]:
    """What it would take to settle a comparison; nothing can be said from one pair, or from too few test units."""
    if len(table.gains) == 1 or not enough_units(table.examples.units):
        return ()
    aims = (
        ("a true difference as large as the one seen", abs(table.examples.estimate)),
        ("a difference of the margin's size", margin),
    )
    return tuple(_plan(table, aim, effect) for aim, effect in aims if effect > 0)


def _plan(table: Table, aim: str, effect: float) -> SeedPlan:
    seeds = seeds_needed(effect, seed_deviation=table.seed_deviation, test_error=table.test_error)
    units = None
    if seeds is None:
        units = units_needed(effect, units=table.examples.units, test_error=table.test_error)
    return SeedPlan(
        aim=aim, effect=effect, seeds=seeds, test_units=units, says=_words(aim, effect, seeds, units, table)
    )


def _words(aim: str, effect: float, seeds: int | None, units: int | None, table: Table) -> str:
    target = f"{aim[0].upper()}{aim[1:]} ({effect:.3g})"
    if seeds is not None:
        return (
            f"{target} would be found with {100 * POWER.value:.0f} % power by {seeds:,} paired seeds, if the seeds "
            f"go on to differ as these {len(table.gains)} do."
        )
    return (
        f"{target} would be found by no number of seeds, because the test set limits it: about {units:,} independent "
        f"test units would be needed, and there are {table.examples.units:,}."
    )
