# SPDX-License-Identifier: Apache-2.0
"""How often does the proof claim a gain that is not there? Simulated nulls, without training.

Per-example differences D[s, i] = b_i + a_s + e_si of population mean 0 for five seeds; b is shared by all seeds and so
by both gates. Every cell counts false IMPROVED and false WORSE in 2,000 comparisons; the product's own functions
decide, many comparisons at a time, and a few comparisons of every cell go through `compare_runs` as well.

`bench/null_comparisons.py` runs all cells and writes the tables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodfit.proof.bootstrap import BootstrapT, bootstrap_ratios, group_sums, t_ratio, tail_p, with_seeds
from goodfit.proof.compare import compare_runs
from goodfit.proof.decision import enough_units
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EQUIVALENCE_COVERAGE, EXAMPLE_LEVEL, SEED_LEVEL
from goodfit.proof.sign_flip import sign_flip_tails
from goodfit.proof.spread import seed_part_of_variance
from goodfit.values import Arm, Decision, History, Run, Split

Floats = NDArray[np.float64]
COMPARISONS = 2000
AT_ONCE = 500  # comparisons held in memory
CHECKED = 2  # comparisons of each cell that also go through compare_runs
RATIOS = (0.0, 0.5, 1.0, 2.0, 5.0)  # sd of a_s over the sd of the mean of b
NOISES = (0.0, 1.0, 3.0)  # sd of e_si over the sd of b_i's independent part
Variant = tuple[float, str]  # level of gate E, and what it does about the spread of the seeds
IN_USE: Variant = (EXAMPLE_LEVEL.value, "drawn")
VARIANTS: tuple[Variant, ...] = (
    (0.05, "left out"),
    (0.025, "left out"),
    (0.05, "added to the SE"),
    (0.025, "added to the SE"),
    (0.05, "drawn"),
    (0.04, "drawn"),
    IN_USE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One population to compare in."""

    shape: str  # of b: "gaussian", "lognormal", "-lognormal", "clustered", "clustered lognormal"
    units: int  # independent groups of test examples
    per_unit: str = "1"  # examples in a group: "1", "5", or "1-19" for unequal groups
    ratio: float = 0.0
    noise: float = 0.0
    log_sd: float = 1.0
    seeds: int = 5

    @property
    def sizes(self) -> Floats:
        """Examples in each group."""
        if "-" in self.per_unit:
            low, high = map(int, self.per_unit.split("-"))
            return np.resize(np.arange(low, high + 1), self.units).astype(np.float64)
        return np.full(self.units, float(self.per_unit))

    @property
    def spread(self) -> float:
        """Standard deviation of the mean of b over the test set."""
        sizes = self.sizes
        shared = float((sizes**2).sum()) if self.shape.startswith("clustered") else 0.0
        return sqrt(shared + float(sizes.sum())) / float(sizes.sum())

    @property
    def seed_deviation(self) -> float:
        """Standard deviation of one seed's gain on a fixed test set."""
        return sqrt((self.ratio * self.spread) ** 2 + self.noise**2 / float(self.sizes.sum()))


@dataclass(slots=True, kw_only=True)
class Count:
    """What came out of one cell."""

    cell: Cell
    comparisons: int = 0
    improved: int = 0
    worse: int = 0
    power_seeds: int | None = None  # IMPROVED at a gain of 2 sd over seeds
    power_all: int = 0  # IMPROVED at a gain of 2 sd over seeds and test sets
    false_equivalent: int = 0  # EQUIVALENT though the gain is the margin
    variants: dict[Variant, list[int]] = field(default_factory=dict)  # improved, worse, power_all


@dataclass(frozen=True, slots=True)
class _Batch:
    gains: Floats  # (k, seeds)
    mean: Floats  # (k,)
    plain_error: Floats  # (k,), of the examples alone
    ratios: Floats  # (draws, k)
    error: Floats  # (k,), with the seeds
    errors: Floats  # (draws, k), in units of `error`

    def passes(self, shift: float, variant: Variant) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """IMPROVED and WORSE of every comparison after adding `shift` to all differences."""
        over_seeds = sign_flip_tails(self.gains + shift)
        level, spread = variant
        draws = self.errors if spread == "drawn" else self.ratios
        ratio = t_ratio(self.mean + shift, self.plain_error if spread == "left out" else self.error)
        over_examples = tail_p(draws, ratio), tail_p(-draws, -ratio)
        both = [
            (s <= SEED_LEVEL.value) & (e <= level) for s, e in zip(over_seeds, over_examples, strict=True)
        ]
        return both[0], both[1]


def simulate(
    cell: Cell, comparisons: int = COMPARISONS, *, seed: int = 0, equivalence: bool = False
) -> Count:
    """Run one cell."""
    generator = np.random.default_rng([20260101, seed])
    count = Count(cell=cell, comparisons=comparisons)
    for start in range(0, comparisons, AT_ONCE):
        table = draw(cell, min(AT_ONCE, comparisons - start), generator)
        batch = _gate_inputs(table, cell.sizes)
        _add(count, batch)
        if equivalence:
            count.false_equivalent += _false_equivalent(batch, cell)
        if start == 0:
            _check_with_product(table[:CHECKED], batch, cell)
    return count


def draw(cell: Cell, comparisons: int, generator: np.random.Generator) -> Floats:
    """Differences of population mean 0, shape (comparisons, seeds, examples)."""
    sizes = cell.sizes.astype(int)
    total = int(sizes.sum())
    shared = _values(cell, (comparisons, total), generator)
    if cell.shape.startswith("clustered"):
        own = generator.standard_normal((comparisons, total))
        shared = np.repeat(_values(cell, (comparisons, len(sizes)), generator), sizes, axis=1) + own
    seeds = cell.ratio * cell.spread * generator.standard_normal((comparisons, cell.seeds, 1))
    table = shared[:, None, :] + seeds
    if cell.noise:
        table = table + cell.noise * generator.standard_normal((comparisons, cell.seeds, total))
    return np.asarray(table)


def _values(cell: Cell, shape: tuple[int, int], generator: np.random.Generator) -> Floats:
    """Numbers of mean 0 and standard deviation 1."""
    normal = generator.standard_normal(shape)
    if "lognormal" not in cell.shape:
        return normal
    square = cell.log_sd**2
    centred = (np.exp(cell.log_sd * normal) - exp(square / 2)) / sqrt((exp(square) - 1) * exp(square))
    return np.asarray(-centred if cell.shape.startswith("-") else centred)


def _gate_inputs(table: Floats, sizes: Floats) -> _Batch:
    groups = None if sizes.max() == 1 else _labels(sizes)
    sums, sizes = group_sums(table, groups)
    mean, error, ratios = bootstrap_ratios(np.ascontiguousarray(sums.mean(axis=1).T), sizes)
    seed_variance = seed_part_of_variance(sums, sizes)
    total, errors = with_seeds(mean, error, ratios, seed_variance, table.shape[1])
    return _Batch(
        gains=table.mean(axis=2),
        mean=mean,
        plain_error=error,
        ratios=ratios,
        error=total,
        errors=errors,
    )


def _labels(sizes: Floats) -> NDArray[np.intp]:
    return np.repeat(np.arange(len(sizes)), sizes.astype(int))


def _add(count: Count, batch: _Batch) -> None:
    cell = count.cell
    of_all = 2 * sqrt(cell.spread**2 + cell.seed_deviation**2)
    believed = enough_units(cell.units)
    for variant in VARIANTS:
        tally = count.variants.setdefault(variant, [0, 0, 0])
        improved, worse = batch.passes(0.0, variant)
        found, _ = batch.passes(of_all, variant)
        for place, passed in enumerate((improved, worse, found)):
            tally[place] += int(passed.sum()) * believed
    count.improved, count.worse, count.power_all = count.variants[IN_USE]
    if cell.seed_deviation > 0:
        found, _ = batch.passes(2 * cell.seed_deviation, IN_USE)
        count.power_seeds = (count.power_seeds or 0) + int(found.sum()) * believed


def _false_equivalent(batch: _Batch, cell: Cell) -> int:
    """EQUIVALENT verdicts when the true gain equals the margin, which is wide beside all noise."""
    margin = 8 * sqrt(cell.spread**2 + cell.seed_deviation**2)
    coverage = EQUIVALENCE_COVERAGE.value
    found = 0
    for i, gains in enumerate(batch.gains):
        mean, error = float(batch.mean[i]), float(batch.error[i])
        examples = BootstrapT(mean + margin, error, cell.units, np.sort(batch.errors[:, i]))
        highs = examples.interval(coverage)[1], paired_t_interval(gains + margin, coverage)[1]
        found += max(highs) <= margin
    return found


def _check_with_product(table: Floats, batch: _Batch, cell: Cell) -> None:
    improved, worse = batch.passes(0.0, IN_USE)
    believed = enough_units(cell.units)
    groups = None if cell.sizes.max() == 1 else _labels(cell.sizes).tolist()
    for i, differences in enumerate(table):
        control = _runs(Arm.CONTROL, differences)
        treatment = _runs(Arm.TREATMENT, np.zeros_like(differences))
        verdict = compare_runs(control, treatment, margin=0.0, groups=groups, holdout_reads=1)
        expected = Decision.IMPROVED if improved[i] else Decision.WORSE if worse[i] else Decision.UNDECIDED
        if verdict.decision is not (expected if believed else Decision.UNDECIDED):
            raise AssertionError(f"{cell}: compare_runs says {verdict.decision}, the batch {expected}")


def _runs(arm: Arm, losses: Floats) -> list[Run]:
    return [
        Run(
            seed=seed,
            arm=arm,
            history=History(curves={}),
            score=float(row.mean()),
            per_example=tuple(row.tolist()),
            measured_on=Split.TEST,
        )
        for seed, row in enumerate(losses)
    ]


LAYOUTS: tuple[dict[str, Any], ...] = (
    {"shape": "gaussian", "units": 200},
    {"shape": "lognormal", "units": 200},
    {"shape": "-lognormal", "units": 200},
    {"shape": "clustered", "units": 40, "per_unit": "5"},
    {"shape": "clustered", "units": 200, "per_unit": "5"},
    {"shape": "gaussian", "units": 3000},
    {"shape": "lognormal", "units": 3000},
    {"shape": "-lognormal", "units": 3000},
    {"shape": "clustered", "units": 300, "per_unit": "10"},
    {"shape": "clustered", "units": 300, "per_unit": "1-19"},
)


def acceptance_cells() -> Iterator[Cell]:
    """The cells in which at most 120 of 2,000 comparisons may be wrong in either direction."""
    for layout in LAYOUTS:
        for noise in NOISES:
            for ratio in RATIOS:
                yield Cell(**layout, ratio=ratio, noise=noise)


def heavy_cells() -> Iterator[Cell]:
    """A tail heavier than promised: where the limit is."""
    for units in (200, 3000):
        for shape in ("lognormal", "-lognormal"):
            for ratio in RATIOS:
                yield Cell(shape=shape, units=units, ratio=ratio, log_sd=1.5)


def more_seeds_cells() -> Iterator[Cell]:
    """Six to ten seeds, where gate S attains its level and shares more errors with gate E."""
    for seeds in (6, 8, 10):
        for shape in ("gaussian", "lognormal", "-lognormal"):
            for ratio in (1.0, 2.0, 3.0, 5.0):
                yield Cell(shape=shape, units=200, ratio=ratio, seeds=seeds)


def equivalence_cells() -> Iterator[Cell]:
    """Where the true gain equals the margin, so that EQUIVALENT is false."""
    for shape in ("gaussian", "lognormal", "-lognormal"):
        for ratio in RATIOS:
            yield Cell(shape=shape, units=200, ratio=ratio)


SECTIONS: dict[str, Callable[[], Iterator[Cell]]] = {
    "acceptance": acceptance_cells,
    "heavy": heavy_cells,
    "more_seeds": more_seeds_cells,
    "equivalence": equivalence_cells,
}
