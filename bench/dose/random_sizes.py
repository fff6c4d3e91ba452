# SPDX-License-Identifier: Apache-2.0
"""Random rates against fixed ones as data become plenty: test loss at the best checkpoint, two data sets and networks.

python bench/dose/random_sizes.py      writes bench/results/random_sizes.md

Every arm is early stopped. The best of two fixed rates is taken at each seed on validation, and so is the best of three highest random
rates, so that both sides choose as much as they can; the difference of the two is paired over seeds.
"""

from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import torch
from dose_bed import Bed, Course, Picked
from dose_plan import Plan
from dose_score import mean_error
from dose_store import bed_of, folder_of, kept
from way_random import RandomRate

from goodfit.values import Patience

RESULT = Path(__file__).parents[1] / "results" / "random_sizes.md"
SEEDS = (0, 1, 2)
FIXED = (0.5, 0.7)
RANDOM = tuple(RandomRate(high) for high in (0.8, 0.9, 0.95))
FAMILIES = {
    "mnist, perceptron": ("mnist", "mlp 256", 50, 1e-3, (200, 1000, 2400), (60, 50, 30)),
    "clothes, convolutions": ("clothes", "cnn 64", 50, 1.5e-3, (200, 1000), (60, 50)),
}
HEAD = """\
# Random rates, as data become plenty

Written by `bench/dose/random_sizes.py` on {date}, torch {torch}: test loss at the best checkpoint, the mean of {seeds} seeds; U(0, a): each
example draws its rate, uniform up to a, one draw for all layers. Last column: what the better of the random arms has less than
the better of the fixed ones, each chosen on validation at its seed, with its standard error over seeds; positive: random is better.

| data, network | training examples | none | {fixed} | {random} | random better by |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Train what is not kept, and write the table."""
    torch.set_num_threads(1)
    text = HEAD.format(
        date=f"{datetime.now(tz=UTC):%Y-%m-%d}",
        torch=torch.__version__,
        seeds=len(SEEDS),
        fixed=" | ".join(f"{rate:g}" for rate in FIXED),
        random=" | ".join(f"U(0, {way.high:g})" for way in RANDOM),
    )
    for family, (data, model, batch, rate, sizes, caps) in FAMILIES.items():
        for size, cap in zip(sizes, caps, strict=True):
            plan = Plan(
                name=f"sizes-{data}-{size}",
                part="sizes",
                data=data,
                model=model,
                train=size,
                batch=min(batch, size // 8),
                learning_rate=rate,
                cap=cap,
            )
            text += _row(family, plan)
            print(text.splitlines()[-1], flush=True)
    RESULT.write_text(text, encoding="utf-8")


def _row(family: str, plan: Plan) -> str:
    beds = [bed_of(plan, seed, horizon=plan.cap) for seed in SEEDS]
    none = [float(bed.own.test[bed.own.best()]) for bed in beds]
    fixed = [[_fixed(bed, rate) for rate in FIXED] for bed in beds]
    random = [[kept(folder_of(plan, bed.seed), way, bed) for way in RANDOM] for bed in beds]
    gains = [_best(these).test - _best(those).test for these, those in zip(fixed, random, strict=True)]
    gain, error = mean_error(gains)
    cells = [f"{mean(none):.4f}"]
    for arms in (fixed, random):
        cells += [f"{mean(each[place].test for each in arms):.4f}" for place in range(len(arms[0]))]
    return f"| {family} | {plan.train} | {' | '.join(cells)} | {gain:+.4f} ± {error:.4f} |\n"


def _fixed(bed: Bed, rate: float) -> Picked:
    return Course(bed, rate).run(bed.horizon, Patience()).picked(rate=rate)


def _best(arms: list[Picked]) -> Picked:
    return min(arms, key=lambda each: each.validation)


if __name__ == "__main__":
    main()
