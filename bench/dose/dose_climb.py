# SPDX-License-Identifier: Apache-2.0
"""What other numbers of `tune`'s climb bring: stages, steps, patience, and from which rate on it begins anew.

python bench/dose/dose_climb.py      writes bench/results/dose_climb.md

On the tasks on which they were chosen; `dose_last.md` says what the numbers that were taken do on others.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

import torch
from dose_bed import Picked
from dose_score import Base, base_of, pooled, shipped, worth
from dose_store import bed_of
from dose_tasks import SEEDS, plans
from way_tune import Trainings, Tune

from goodfit.tuning import Climbing, Network
from goodfit.values import Patience

RESULT = Path(__file__).parents[1] / "results" / "dose_climb.md"
PARTS = ("develop", "judge", "fresh", "wide")
USED = Climbing()
VARIANTS = {
    "as taken": USED,
    "no stage: one rate or two from the start": replace(USED, stages=0),
    "one stage": replace(USED, stages=1),
    "three stages": replace(USED, stages=3),
    "no step down": replace(USED, back=False),
    ".6 of the kept units kept": replace(USED, kept=0.6),
    "stages may take a quarter of a plan": replace(USED, share=0.25),
    "from the start from .8 on": replace(USED, far=0.8),
    "never a second from the start": replace(USED, far=1.0, stages=3),
    "whole arms: max(5, half) of patience": replace(USED, whole=Patience()),
    "whole arms: max(3, .3) of patience": replace(USED, whole=Patience(floor=3, share=0.3)),
    "stages: max(2, .3) of patience": replace(USED, soon=Patience(floor=2, share=0.3)),
}
BLIND: dict[str, Callable[[Network], Network]] = {
    "begun as if for two places": lambda network: Network(embedded=network.embedded),
    "begun as if without embeddings": lambda network: Network(places=network.places),
    "begun at .5 in every network": lambda _: Network(),
}
HEAD = """\
# The numbers of the climb

Written by `bench/dose/dose_climb.py` on {date}, torch {torch}: the {tasks} tasks of `develop`, `judge`, `fresh` and `wide` with a
gain, {seeds} seeds, one thread; the measures are those of `dose_develop.md`. The numbers were chosen on these tasks.

| climb | cost, T: median | mean | kept [95 %] |
|---|---|---|---|
"""


def main() -> None:
    """Search every bed in every way, score, write."""
    torch.set_num_threads(1)
    bases: dict[str, list[Base]] = {}
    found: dict[str, dict[str, list[Picked]]] = {name: {} for name in (*VARIANTS, *BLIND)}
    for plan in (each for part in PARTS for each in plans(part)):
        beds = [bed_of(plan, seed) for seed in SEEDS]
        row = [base_of(bed) for bed in beds]
        if plan.control or not worth(row):
            continue
        bases[plan.name] = row
        shared = [Trainings(bed) for bed in beds]
        for name, strategy in VARIANTS.items():
            found[name][plan.name] = [Tune(name, strategy).searched(each) for each in shared]
        for name, seen in BLIND.items():
            found[name][plan.name] = [Tune(name).searched(each, seen(each.knob.network)) for each in shared]
        print(plan.name, flush=True)
    text = HEAD.format(
        date=f"{datetime.now(tz=UTC):%Y-%m-%d}", torch=torch.__version__, tasks=len(bases), seeds=len(SEEDS)
    )
    text += "".join(_row(name, picks, bases) for name, picks in found.items())
    RESULT.write_text(text, encoding="utf-8")
    print(text)


def _row(name: str, picks: dict[str, list[Picked]], bases: dict[str, list[Base]]) -> str:
    gains = {
        task: [base.own_test - shipped(base, each) for base, each in zip(row, picks[task], strict=True)]
        for task, row in bases.items()
    }
    oracle = {task: [base.gain for base in row] for task, row in bases.items()}
    costs = [
        each.epochs / base.horizon
        for task, row in bases.items()
        for base, each in zip(row, picks[task], strict=True)
    ]
    share, low, high = pooled(gains, oracle)
    return f"| {name} | {median(costs):.2f} | {mean(costs):.2f} | {share:.2f} [{low:.2f}, {high:.2f}] |\n"


if __name__ == "__main__":
    main()
