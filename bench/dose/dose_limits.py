# SPDX-License-Identifier: Apache-2.0
"""How far a search could come with perfect knowledge of the second rate, and what a schedule is worth at another seed.

python bench/dose/dose_limits.py      writes bench/results/dose_limits.md

On the tasks on which `tune` was made.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dose_all import OURS
from dose_bed import RATES, Bed, Picked, nearest
from dose_plan import Plan
from dose_replay import Ledger, lowest
from dose_score import Base, base_of, pooled, shipped, worth
from dose_store import bed_of, folder_of, kept
from dose_tasks import SEEDS, plans
from dose_ways import Always, TwoRates
from way_tune import trained_at

RESULT = Path(__file__).parents[1] / "results" / "dose_limits.md"
Rows = dict[str, list[tuple[Plan, Bed, Base]]]
HEAD = """\
# How far a search of a dropout rate could come

Written by `bench/dose/dose_limits.py` on {date}: the {tasks} tasks of `develop`, `judge` and `fresh` with a gain, {seeds} seeds; the measures are
those of `dose_develop.md`. The second rate known: at each seed the one of these rates, or none, with which the search ends best on
validation. At the next seed: what the search found at one seed is trained from the start at another, whose own run is kept where that is better.

| search | mean cost, T | kept [95 %] |
|---|---|---|
"""


@dataclass(frozen=True)
class Known:
    """A first rate, and the best second one of some, without paying for the others."""

    seconds: tuple[float | None, ...]
    first: float = 0.5

    def search(self, bed: Bed) -> Picked:
        """The best of the searches of two rates."""
        return min((self._with(bed, rate) for rate in self.seconds), key=lambda each: each.validation)

    def _with(self, bed: Bed, second: float | None) -> Picked:
        ledger = Ledger(bed)
        own = ledger.start(0.0)
        for rate in (self.first, second):
            if rate is not None:
                ledger.train(ledger.start(rate))
        best = lowest(ledger.arms)
        return ledger.picked(best if best.lowest < own.lowest else None)


def from_the_start(bed: Bed, picked: Picked) -> Picked:
    """The network that what was picked at another seed gives here, trained from the start to the planned end."""
    if "x" in picked.note:
        return trained_at(bed, picked.note)
    curve = bed.curve(nearest(picked.rate or 0.0))
    best = curve.best()
    return Picked(
        curve.rate, picked.epochs, picked.seconds, float(curve.validation[best]), float(curve.test[best])
    )


def at_the_next(search: Callable[[Plan, Bed], Picked]) -> Callable[[Plan, Bed], Picked]:
    """What the search found at the seed before, trained here; its cost is that of the search there."""

    def found(plan: Plan, bed: Bed) -> Picked:
        before = bed_of(plan, SEEDS[(SEEDS.index(bed.seed) - 1) % len(SEEDS)])
        picked = search(plan, before)
        own = before.own
        if picked.validation >= own.validation[own.best()]:
            picked = replace(picked, rate=0.0, note="")
        return replace(from_the_start(bed, picked), epochs=picked.epochs)

    return found


def main() -> None:
    """Search, score, write."""
    rows: Rows = {}
    for plan in (each for part in ("develop", "judge", "fresh") for each in plans(part)):
        beds = [(plan, bed, base_of(bed)) for bed in (bed_of(plan, seed) for seed in SEEDS)]
        if not plan.control and worth([base for *_, base in beds]):
            rows[plan.name] = beds
    climb = OURS[0]

    def tune(plan: Plan, bed: Bed) -> Picked:
        return kept(folder_of(plan, bed.seed), climb, bed)

    def two(_: Plan, bed: Bed) -> Picked:
        return TwoRates("").search(bed)

    searches: dict[str, Callable[[Plan, Bed], Picked]] = {
        "always .5": lambda _, bed: Always("", 0.5).search(bed),
        "two rates": two,
        "two rates, at the next seed": at_the_next(two),
        ".5, the second known: none, .3, .8": lambda _, bed: Known((None, 0.3, 0.8)).search(bed),
        ".5, the second known: none, .3, .65, .8, .9": lambda _, bed: Known(
            (None, 0.3, 0.65, 0.8, 0.9)
        ).search(bed),
        ".5, the second known: any": lambda _, bed: Known(RATES[1:]).search(bed),
        "tune": tune,
        "tune, at the next seed": at_the_next(tune),
    }
    text = HEAD.format(date=f"{datetime.now(tz=UTC):%Y-%m-%d}", tasks=len(rows), seeds=len(SEEDS))
    text += "".join(_row(name, search, rows) for name, search in searches.items())
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def _row(name: str, search: Callable[[Plan, Bed], Picked], rows: Rows) -> str:
    picks = {task: [(search(plan, bed), base) for plan, bed, base in beds] for task, beds in rows.items()}
    gains = {task: [base.own_test - shipped(base, each) for each, base in row] for task, row in picks.items()}
    oracle = {task: [base.gain for _, base in row] for task, row in picks.items()}
    costs = [each.epochs / base.horizon for row in picks.values() for each, base in row]
    share, low, high = pooled(gains, oracle)
    return f"| {name} | {sum(costs) / len(costs):.2f} | {share:.2f} [{low:.2f}, {high:.2f}] |\n"


if __name__ == "__main__":
    main()
