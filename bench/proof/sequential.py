# SPDX-License-Identifier: Apache-2.0
"""Error rates, power and cost of the sequential proof beside the fixed one: bench/results/proof_sequential.md.

    python bench/proof/sequential.py [comparisons]

Without an argument 1,000 comparisons a cell.
"""

import sys
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import numpy as np
from _sequences import MOST, Setting, Tally, nulls, simulate

from goodfit.proof import holm, smallest_detectable
from goodfit.proof.bootstrap import t_ratio, tail_p
from goodfit.proof.levels import EXAMPLE_LEVEL, SEED_LEVEL
from goodfit.proof.sequential_power import smallest_detectable_in_sequence
from goodfit.proof.sign_flip import sign_flip_tails
from goodfit.values import Decision

RESULTS = Path(__file__).parents[1] / "results" / "proof_sequential.md"
Cell = nulls.Cell
REMEDIES = 9  # compared with one control, beside the primary comparison
FAMILY_SEEDS = 8


def null_settings() -> Iterator[Setting]:
    """Populations without any gain: shapes of the examples, then shapes of the seeds."""
    shapes = (
        ("gaussian", "1", 1.0),
        ("lognormal", "1", 1.0),
        ("-lognormal", "1", 1.0),
        ("clustered", "5", 1.0),
    )
    for shape, per_unit, log_sd in (*shapes, ("-lognormal", "1", 1.5)):
        for ratio in (0.0, 1.0, 5.0):
            cell = Cell(shape=shape, units=200, per_unit=per_unit, ratio=ratio, noise=1.0, log_sd=log_sd)
            yield Setting(cell=cell)
    for seed_shape in ("t3", "skewed", "-skewed"):
        for ratio in (1.0, 5.0):
            yield Setting(
                cell=Cell(shape="gaussian", units=200, ratio=ratio, noise=1.0), seed_shape=seed_shape
            )


def null_table(comparisons: int) -> str:
    """False claims of the fixed and the sequential proof."""
    lines = [
        "| examples | seeds differ | a | 5 seeds: IMPROVED, WORSE | 8 seeds | sequential | seeds used |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, setting in enumerate(null_settings()):
        tally = simulate(setting, comparisons, seed=number)
        cell = setting.cell
        groups = f", groups of {cell.per_unit}" if cell.per_unit != "1" else ""
        tail = f" (log sd {cell.log_sd:g})" if "lognormal" in cell.shape else ""
        claims = (_share(tally, side) for side in (5, 8, "sequence"))
        lines.append(
            f"| {cell.shape}{tail}{groups} | {setting.seed_shape} | {cell.ratio:g} | "
            + " | ".join(claims)
            + f" | {tally.seeds / comparisons:.1f} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _share(tally: Tally, side: int | str) -> str:
    if isinstance(side, int):
        pair = tally.fixed[side]
    else:
        pair = [tally.decided[Decision.IMPROVED], tally.decided[Decision.WORSE]]
    return ", ".join(f"{100 * count / tally.comparisons:.1f} %" for count in pair)


def effect_table(comparisons: int) -> str:
    """What a true gain costs in seeds, and what becomes of it."""
    few = ("a", "gain (sd over seeds)", "IMPROVED", "EQUIVALENT", "UNDECIDED", "seeds used", "saved of 20")
    heads = (*few, "fixed 20 seeds: IMPROVED", "95 % interval holds the gain")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for ratio in (1.0, 5.0):
        for gain in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0):
            cell = Cell(shape="gaussian", units=1000, ratio=ratio, noise=1.0)
            tally = simulate(Setting(cell=cell, gain=gain), comparisons, fixed=(MOST,), coverage=True)
            ends = (Decision.IMPROVED, Decision.EQUIVALENT, Decision.UNDECIDED)
            mean = tally.seeds / comparisons
            lines.append(
                f"| {ratio:g} | {gain:g} | "
                + " | ".join(f"{tally.decided[end] / comparisons:.2f}" for end in ends)
                + f" | {mean:.1f} | {MOST - mean:.1f} | {tally.fixed[MOST][0] / comparisons:.2f} "
                f"| {tally.covered / comparisons:.3f} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def power_table(comparisons: int) -> str:
    """The gain that is stated to be found with 80 % power, and how often it is found."""
    lines = ["| a | proof | stated gain (sd over seeds) | found |", "|---|---|---|---|"]
    for ratio in (1.0, 5.0):
        cell = Cell(shape="gaussian", units=1000, ratio=ratio, noise=1.0)
        deviation, luck = cell.seed_deviation, cell.spread
        stated = {
            n: smallest_detectable(
                seeds=n, seed_deviation=deviation, example_error=sqrt(luck**2 + deviation**2 / n)
            )
            for n in (5, 8)
        }
        stated[MOST] = smallest_detectable_in_sequence(seed_deviation=deviation, test_error=luck, most=MOST)
        for n, gain in stated.items():
            tally = simulate(Setting(cell=cell, gain=gain / deviation), comparisons, fixed=(5, 8))
            found = tally.decided[Decision.IMPROVED] if n == MOST else tally.fixed[n][0]
            name = "sequential" if n == MOST else f"{n} seeds"
            lines.append(f"| {ratio:g} | {name} | {gain / deviation:.2f} | {found / comparisons:.2f} |")
            print(lines[-1], flush=True)
    return "\n".join(lines)


def equivalence_table(comparisons: int) -> str:
    """EQUIVALENT though the true gain is the margin; and when there is no gain at all."""
    lines = ["| a | margin (sd over seeds) | true gain | EQUIVALENT | seeds used |", "|---|---|---|---|---|"]
    for ratio in (1.0, 5.0):
        for margin, gain in ((1.0, 1.0), (4.0, 4.0), (4.0, 0.0)):
            cell = Cell(shape="gaussian", units=1000, ratio=ratio, noise=1.0)
            tally = simulate(Setting(cell=cell, gain=gain, margin=margin), comparisons, fixed=())
            share = 100 * tally.decided[Decision.EQUIVALENT] / comparisons
            lines.append(
                f"| {ratio:g} | {margin:g} | {gain:g} | {share:.1f} % | {tally.seeds / comparisons:.1f} |"
            )
            print(lines[-1], flush=True)
    return "\n".join(lines)


def family_table(families: int) -> str:
    """Families of remedies that do nothing: how often anything is claimed, with and without Holm."""
    lines = ["| a | any IMPROVED, each at 5 % | any IMPROVED after Holm |", "|---|---|---|"]
    for ratio in (0.0, 1.0, 5.0):
        cell = Cell(shape="gaussian", units=200, ratio=ratio, noise=1.0, seeds=FAMILY_SEEDS)
        generator = np.random.default_rng([20_261_127, int(ratio)])
        plain = corrected = 0
        for _ in range(families):
            arms = nulls.draw(cell, REMEDIES + 1, generator) / sqrt(
                2
            )  # each arm's own part; the control's is shared
            batch = nulls._gate_inputs(arms[:1] - arms[1:], cell.sizes)  # noqa: SLF001 - the same bench
            over_examples = tail_p(batch.errors, t_ratio(batch.mean, batch.error))
            over_seeds = sign_flip_tails(batch.gains)[0]
            scale = SEED_LEVEL.value / EXAMPLE_LEVEL.value
            ps = np.minimum(1.0, np.maximum(over_seeds, over_examples * scale))
            plain += bool((ps <= SEED_LEVEL.value).any())
            corrected += min(holm(ps.tolist())) <= SEED_LEVEL.value
        lines.append(f"| {ratio:g} | {100 * plain / families:.1f} % | {100 * corrected / families:.1f} % |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Run all tables and write them down."""
    comparisons = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    head = (
        "# The sequential proof, and the fixed one beside it\n\n"
        f"Written by `python bench/proof/sequential.py {comparisons}`. Simulated differences D[s, i] = gain + b_i + a_s + e_si, "
        f"{comparisons:,} comparisons a cell, e of the size of b; a: standard deviation of a_s over that of the mean of b. A share "
        f"of 5 % has a standard error of {100 * sqrt(0.05 * 0.95 / comparisons):.1f} %. "
        f"Sequential: at most {MOST} seeds, the e-process, gate E asked once."
    )
    parts = [
        head,
        "## False claims when there is no gain, 200 test units\n\n" + null_table(comparisons),
        "## What is found, and the seeds it takes, 1,000 test units\n\n" + effect_table(comparisons // 2),
        "## The gain stated to be found with 80 % power\n\n" + power_table(comparisons // 2),
        "## EQUIVALENT, in sequence\n\n" + equivalence_table(comparisons // 2),
        f"## {REMEDIES} remedies that do nothing against one control, {FAMILY_SEEDS} seeds, {comparisons:,} families\n\n"
        + family_table(comparisons),
    ]
    RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
