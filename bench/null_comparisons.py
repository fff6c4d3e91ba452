# SPDX-License-Identifier: Apache-2.0
"""Runs all cells of `_simulated_nulls` in two processes and writes them as one Markdown page."""

import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import scipy

import _simulated_nulls as nulls
from _simulated_nulls import Cell, Count
from goodfit.proof.bootstrap import DRAWS
from goodfit.proof.decision import enough_units
from goodfit.proof.levels import EXAMPLE_LEVEL, SEED_LEVEL

PAGE = Path(__file__).parent / "results" / "null_comparisons.md"
ALLOWED = 120  # of 2,000, for either wrong answer
INTRO = """\
# Simulated nulls: how often a gain is claimed that is not there

Made by `python bench/null_comparisons.py` on {date}, 2 cores, 24 GiB, in {minutes:.1f} minutes; Python {python}, numpy {numpy},
scipy {scipy}. {comparisons:,} comparisons a cell, {draws:,} bootstrap draws each; gate S at {seed_level}, gate E at {example_level}.

`D[s, i] = b_i + a_s + e_si`, all of population mean 0. `b` is drawn once for a test set and shared by all seeds: "lognormal" is centred
exp(N(0, 1)) scaled to variance 1, skewed to the right, "-lognormal" its negative; "clustered" is a normal effect of the group plus a normal one of the
example, of variance 1 each, and the groups are given to the comparison. "a" is the standard deviation of `a_s` as a multiple of that of
the mean of `b`, "e" that of `e_si` as a multiple of the example's own part of `b`.

False answers are out of {comparisons:,}; at most {allowed} are allowed. Power is the share of IMPROVED at d_z = 2, where d_z is the true
gain over a standard deviation: of one seed's gain on this test set ("seeds"; a dash where that is 0), or over seeds and test sets
alike ("all"). With five seeds gate S alone has power {ceiling:.2f} at d_z = 2 over seeds: Phi(2)^5. In cells with a small "a" a gain of two standard
deviations over seeds is tiny beside the luck of the test set, and is rightly not claimed.
"""


def main() -> None:
    """Run everything and write the page."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"  # for the spawned workers
    started = time.monotonic()
    jobs = [(section, cell) for section, cells in nulls.SECTIONS.items() for cell in cells()]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        counts = list(pool.map(_one, range(len(jobs)), jobs))
    found: dict[str, list[Count]] = {name: [] for name in nulls.SECTIONS}
    for (section, _), count in zip(jobs, counts, strict=True):
        found[section].append(count)
    text = _page(found, (time.monotonic() - started) / 60)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def _one(index: int, job: tuple[str, Cell]) -> Count:
    section, cell = job
    return nulls.simulate(cell, seed=index, equivalence=section == "equivalence")


def _page(found: dict[str, list[Count]], minutes: float) -> str:
    from scipy.special import ndtr

    intro = INTRO.format(
        date=datetime.now(UTC).date(),
        minutes=minutes,
        python=platform.python_version(),
        numpy=np.__version__,
        scipy=scipy.__version__,
        comparisons=nulls.COMPARISONS,
        draws=DRAWS,
        seed_level=SEED_LEVEL.value,
        example_level=EXAMPLE_LEVEL.value,
        allowed=ALLOWED,
        ceiling=ndtr(2.0) ** 5,
    )
    parts = [
        intro,
        _summary(found["acceptance"]),
        "## What was tried for gate E\n",
        _variants(found),
        "## Every cell of the acceptance, five seeds\n",
        _cells(found["acceptance"]),
        "## Limit: a heavier tail (lognormal of log sd 1.5), five seeds, e = 0\n",
        _cells(found["heavy"]),
        "## More seeds, 200 test examples, e = 0\n",
        _cells(found["more_seeds"]),
        "## False EQUIVALENT: the true gain equals the margin, 200 test examples, five seeds, e = 0\n",
        _equivalence(found["equivalence"]),
    ]
    return "\n".join(parts)


def _summary(counts: list[Count]) -> str:
    worst = max(counts, key=lambda c: max(c.improved, c.worse))
    over = sum(max(c.improved, c.worse) > ALLOWED for c in counts)
    cell = worst.cell
    return (
        f"**{len(counts)} cells, {over} of them above {ALLOWED}.** The worst has {worst.improved} false IMPROVED and {worst.worse} "
        f"false WORSE ({_name(cell)}, a = {cell.ratio:g}, e = {cell.noise:g}).\n"
    )


def _variants(found: dict[str, list[Count]]) -> str:
    rows = [
        "| level of gate E | spread of the seeds | worst cell | cells above 120 | 6 to 10 seeds | heavier tail | mean power (all) |",
        "|---|---|---|---|---|---|---|",
    ]
    believed = [count for count in found["acceptance"] if count.power_all]
    for variant in nulls.VARIANTS:
        level, spread = variant
        worst = {name: max(max(c.variants[variant][:2]) for c in counts) for name, counts in found.items()}
        above = sum(max(c.variants[variant][:2]) > ALLOWED for c in found["acceptance"])
        power = np.mean([c.variants[variant][2] / c.comparisons for c in believed])
        rows.append(
            f"| {level:g} | {spread} | {worst['acceptance']} | {above} | {worst['more_seeds']} "
            f"| {worst['heavy']} | {power:.2f} |"
        )
    legend = (
        "\nNumbers are the larger of false IMPROVED and false WORSE in the worst cell of each section below; "
        "the spread of the seeds is left out of gate E, added to its standard error, or drawn beside each resample from "
        "a t with n - 1 degrees of freedom. The last row is the one in use.\n"
    )
    return "\n".join(rows) + "\n" + legend


def _cells(counts: list[Count]) -> str:
    rows = [
        "| b | test set | seeds | e | a | false IMPROVED | false WORSE | power (seeds) | power (all) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for count in counts:
        cell, n = count.cell, count.comparisons
        seeds = "–" if count.power_seeds is None else f"{count.power_seeds / n:.2f}"
        rows.append(
            f"| {cell.shape} | {_test_set(cell)} | {cell.seeds} | {cell.noise:g} | {cell.ratio:g} | {count.improved} | {count.worse} "
            f"| {seeds} | {count.power_all / n:.2f} |"
        )
    return "\n".join(rows) + "\n"


def _equivalence(counts: list[Count]) -> str:
    rows = ["| b | a | false EQUIVALENT |", "|---|---|---|"]
    rows += [f"| {c.cell.shape} | {c.cell.ratio:g} | {c.false_equivalent} |" for c in counts]
    return "\n".join(rows) + "\n"


def _name(cell: Cell) -> str:
    return f"{cell.shape}, {_test_set(cell)}"


def _test_set(cell: Cell) -> str:
    examples = int(cell.sizes.sum())
    if cell.per_unit == "1":
        return f"{examples:,}"
    refused = "" if enough_units(cell.units) else ", refused: too few units"
    return f"{examples:,} in {cell.units} groups of {cell.per_unit}{refused}"


if __name__ == "__main__":
    main()
