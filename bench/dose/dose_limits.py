# SPDX-License-Identifier: Apache-2.0
"""How far a search could come: with perfect knowledge of the second rate, and with arms that begin at another arm's best.

python bench/dose/dose_limits.py      writes bench/results/dose_limits.md

On both first halves, on which `tune` was made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dose_bed import RATES, Bed, Picked, nearest
from dose_plan import Plan
from dose_replay import Ledger, lowest
from dose_score import Base, base_of, pooled, shipped, worth
from dose_store import bed_of, folder_of, kept
from dose_tasks import SEEDS, plans
from dose_ways import Always, TwoRates
from way_climb import BegunLate

RESULT = Path(__file__).parents[1] / "results" / "dose_limits.md"
Rows = dict[str, list[tuple[Plan, Bed, Base]]]
HEAD = """\
# How far a search of a dropout rate could come

Written by `bench/dose/dose_limits.py` on {date}: the {tasks} tasks of `develop` and `judge` with a gain, {seeds} seeds; the measures are those of
`dose_develop.md`. The second rate known: at each seed the one of these rates, or none, with which the search ends best on validation.
Begun at another's best: the network that the search ends with; and the rate that it ends with, trained from the start.

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
    """The network that is trained at the rate picked from the start to the planned end; the own run where that is better."""
    rate = nearest(picked.rate or 0.0)
    curve = bed.curve(rate)
    best = curve.best()
    return Picked(rate, picked.epochs, picked.seconds, float(curve.validation[best]), float(curve.test[best]))


def main() -> None:
    """Search, score, write."""
    rows: Rows = {}
    for plan in (*plans("develop"), *plans("judge")):
        beds = [(plan, bed, base_of(bed)) for bed in (bed_of(plan, seed) for seed in SEEDS)]
        if not plan.control and worth([base for *_, base in beds]):
            rows[plan.name] = beds
    late = BegunLate()

    def begun(plan: Plan, bed: Bed) -> Picked:
        return kept(folder_of(plan, bed.seed), late, bed)

    searches: dict[str, Callable[[Plan, Bed], Picked]] = {
        "always .5": lambda _, bed: Always("", 0.5).search(bed),
        "tune": lambda _, bed: TwoRates("").search(bed),
        ".5, the second known: none, .3, .8": lambda _, bed: Known((None, 0.3, 0.8)).search(bed),
        ".5, the second known: none, .3, .65, .8, .9": lambda _, bed: Known(
            (None, 0.3, 0.65, 0.8, 0.9)
        ).search(bed),
        ".5, the second known: any": lambda _, bed: Known(RATES[1:]).search(bed),
        "begun at another's best, the network": begun,
        "begun at another's best, its rate from the start": lambda plan, bed: from_the_start(
            bed, begun(plan, bed)
        ),
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
