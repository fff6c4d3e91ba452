# SPDX-License-Identifier: Apache-2.0
"""The frontier of some thousand simple policies at fixed rates on the half to develop on, where choosing is allowed.

python bench/dose/dose_policies.py      writes bench/results/dose_policies.md

The best of so many on these tasks flatters itself: those that are taken over into `dose_all.py` are judged on the other half.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from dose_bed import Bed, Way
from dose_replay import USUAL, cannot_reach
from dose_score import Base, base_of, pooled, shipped, worth
from dose_store import bed_of
from dose_tasks import SEEDS, plans
from dose_ways import Climb, Grid, Heats, Lockstep

from goodfit.values import Patience

RESULT = Path(__file__).parents[1] / "results" / "dose_policies.md"
PATIENCES = {"": USUAL, ", short": Patience(floor=3, share=0.3), ", shortest": Patience(floor=2, share=0.2)}
ONE = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
PAIRS = (
    (0.4, 0.6),
    (0.4, 0.7),
    (0.4, 0.8),
    (0.45, 0.75),
    (0.5, 0.7),
    (0.5, 0.8),
    (0.5, 0.85),
    (0.6, 0.8),
    (0.6, 0.85),
)
TRIPLES = ((0.3, 0.5, 0.7), (0.4, 0.6, 0.8), (0.4, 0.6, 0.85), (0.5, 0.65, 0.8), (0.5, 0.7, 0.85))
CAPS = (None, 1.0, 1.5)  # T
REACHES = (1, 2)


def policies() -> Iterator[Way]:
    """All of them; the name tells everything."""
    for word, patience in PATIENCES.items():
        yield from (Grid(f"{rate}{word}", (rate,), patience) for rate in ONE)
        for rates in (*PAIRS, *TRIPLES):
            yield from _of_rates(rates, word, patience)
        for first in (0.5, 0.6, 0.7):
            for step in (0.15, 0.2, 0.25):
                yield from _climbs(first, step, word, patience)


def _of_rates(rates: tuple[float, ...], word: str, patience: Patience) -> Iterator[Way]:
    for order in (rates, rates[::-1]):
        for cap in CAPS:
            yield Grid(f"{order}{word}, at most {cap} T", order, patience, most=cap)
        for reach in REACHES:
            yield Grid(
                f"{order}{word}, drop hopeless ({reach})", order, patience, hopeless=cannot_reach(reach)
            )
    for reach in REACHES:
        yield Lockstep(
            f"lockstep {rates}{word}, drop hopeless ({reach})", rates, cannot_reach(reach), patience
        )
    for length in (0.15, 0.2, 0.3, 0.4, 0.5):
        for slower in (0.0, 0.5, 1.0):
            yield Heats(
                f"heats {rates} of {length} T, slower {slower}{word}", rates, length, slower, patience
            )


def _climbs(first: float, step: float, word: str, patience: Patience) -> Iterator[Way]:
    for cap in CAPS:
        for reach in (None, *REACHES):
            hopeless = None if reach is None else cannot_reach(reach)
            name = f"climb from {first} by {step}{word}, at most {cap} T, drop hopeless ({reach})"
            yield Climb(name, first, (step,), patience, hopeless, cap)


Scored = tuple[float, float, tuple[float, float, float], float, str]


def score(way: Way, beds: list[tuple[Bed, Base]]) -> Scored:
    """Mean and median cost in T, what is kept with its interval, the worst task, and the name."""
    gains: dict[str, list[float]] = {}
    oracle: dict[str, list[float]] = {}
    costs = []
    for bed, base in beds:
        picked = way.search(bed)
        costs.append(picked.epochs / base.horizon)
        gains.setdefault(base.task, []).append(base.own_test - shipped(base, picked))
        oracle.setdefault(base.task, []).append(base.gain)
    worst = min(mean(gains[task]) / mean(oracle[task]) for task in gains)
    return mean(costs), median(costs), pooled(gains, oracle), worst, way.name


def counted() -> list[tuple[Bed, Base]]:
    """The beds of the tasks where there is something to gain."""
    found = []
    for plan in plans("develop"):
        beds = [(bed, base_of(bed)) for bed in (bed_of(plan, seed) for seed in SEEDS)]
        if not plan.control and worth([base for _, base in beds]):
            found += beds
    return found


def main() -> None:
    """Score all, keep those that none beats at their cost, write."""
    beds, best = counted(), -1.0
    rows = sorted(score(way, beds) for way in policies())
    lines = []
    for cost, middle, (share, low, high), worst, name in rows:
        if share > best:
            best = share
            lines.append(
                f"| {name} | {cost:.2f} | {middle:.2f} | {share:.2f} [{low:.2f}, {high:.2f}] | {worst:.2f} |"
            )
    tasks = len({base.task for _, base in beds})
    written = (
        f"Written by bench/dose/dose_policies.py on {datetime.now(tz=UTC):%Y-%m-%d}: {len(rows):,} policies on {tasks} tasks "
        f"and {len(SEEDS)} seeds. A policy is here when none of the others costs as little or less on average and keeps as "
        "much. Short patience: max(3 epochs, .3 of the best); shortest: max(2, .2); else max(5, .5)."
    )
    text = [
        "# The frontier of simple policies at fixed rates, half `develop`",
        "",
        written,
        "",
        "| policy | mean cost, T | median | kept | worst task |",
        "|---|---|---|---|---|",
        *lines,
    ]
    RESULT.write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
