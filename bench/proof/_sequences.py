# SPDX-License-Identifier: Apache-2.0
"""The sequential proof and the fixed one on simulated differences, many comparisons at a time, without training.

The product's own functions decide (the evidence, the bootstrap, the levels); a few comparisons of every cell go through
`compare_in_sequence` as well, and must agree.
"""

import importlib.util
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goodfit.proof import compare_in_sequence
from goodfit.proof.bootstrap import t_ratio, tail_p
from goodfit.proof.evidence import ENOUGH, evidence
from goodfit.proof.levels import EQUIVALENCE_COVERAGE, EXAMPLE_LEVEL, MOST_SEEDS, SEED_LEVEL
from goodfit.proof.sign_flip import sign_flip_tails
from goodfit.values import Arm, Decision, History, Run, Split

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST = int(MOST_SEEDS.value)
AT_ONCE = 250  # comparisons held in memory
CHECKED = 2  # comparisons of a cell that also go through compare_in_sequence
BETS = (Decision.IMPROVED, Decision.WORSE, Decision.EQUIVALENT)


def _nulls() -> ModuleType:
    """The simulated differences of the fixed proof's bench, which lies one folder up."""
    name = "_simulated_nulls"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(str(path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


nulls: Any = _nulls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One population: how examples differ, how seeds differ, and the true gain."""

    cell: Any  # of `_simulated_nulls`; its ratio and noise are those of the seeds
    seed_shape: str = "normal"  # "normal", "t3" (heavy tails), "skewed" (exponential), "-skewed"
    gain: float = (
        0.0  # in standard deviations of the per-seed gains, or, without spread, of the test set's luck
    )
    margin: float = 0.0  # in the same unit

    @property
    def unit(self) -> float:
        """What gain and margin are counted in."""
        return float(self.cell.seed_deviation or self.cell.spread)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came out of one setting."""

    comparisons: int = 0
    fixed: dict[int, list[int]]  # seeds -> IMPROVED, WORSE
    decided: dict[Decision, int]
    seeds: int = 0  # used, summed
    covered: int = 0  # 95 % intervals over examples that hold the true gain, at the stop


def simulate(
    setting: Setting,
    comparisons: int,
    *,
    fixed: tuple[int, ...] = (5, 8),
    seed: int = 0,
    coverage: bool = False,
) -> Tally:
    """Run one setting."""
    generator = np.random.default_rng([20_261_126, seed])
    tally = Tally(fixed={n: [0, 0] for n in fixed}, decided=dict.fromkeys(Decision, 0))
    while tally.comparisons < comparisons:
        count = min(AT_ONCE, comparisons - tally.comparisons)
        table = _draw(setting, count, generator)
        for n in fixed:
            _add_fixed(tally, n, table[:, :n], setting)
        ended = in_sequence(table, setting)
        if tally.comparisons == 0:
            _check_with_product(table[:CHECKED], ended, setting)
        _add(tally, ended)
        if coverage:
            _cover(tally, table, ended[1], setting)
        tally.comparisons += count
    return tally


def in_sequence(table: Floats, setting: Setting) -> tuple[list[Decision], Whole]:
    """Decision and seeds used of every comparison, shape (k, MOST, examples)."""
    gains = table.mean(axis=2)
    tables = {bet: _evidence(bet, gains, setting.margin * setting.unit) for bet in BETS}
    decided: list[Decision | None] = [None] * len(table)
    used = np.full(len(table), MOST)
    spent = {bet: np.zeros(len(table), dtype=bool) for bet in BETS}
    for n in range(1, MOST + 1):
        for bet in BETS:
            reached, _ = tables[bet]
            crossing = [i for i in np.flatnonzero(reached[:, n - 1] & ~spent[bet]) if decided[i] is None]
            if not crossing:
                continue
            agreed = _examples_agree(bet, table[crossing, :n], setting)
            for i, yes in zip(crossing, agreed, strict=True):
                spent[bet][i] = True
                if yes:
                    decided[i], used[i] = bet, n
        hope = np.any([tables[bet][1][:, n - 1] & ~spent[bet] for bet in BETS], axis=0)
        for i in np.flatnonzero(~hope):
            if decided[i] is None:
                decided[i], used[i] = Decision.UNDECIDED, n
    return [each or Decision.UNDECIDED for each in decided], used


@cache
def _grid() -> Floats:
    return np.array([[evidence(w, m) for m in range(MOST + 1)] for w in range(MOST + 1)])


def _evidence(bet: Decision, gains: Floats, margin: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the evidence of a bet is enough after each seed, and whether it still could be."""
    parts = {
        Decision.IMPROVED: [gains],
        Decision.WORSE: [-gains],
        Decision.EQUIVALENT: [margin - gains, gains + margin],
    }[bet]
    left = MOST - np.arange(1, MOST + 1)
    reached = np.ones(gains.shape, dtype=bool)
    hope = np.ones(gains.shape, dtype=bool)
    for part in parts:
        wins, losses = (part > 0).cumsum(axis=1), (part < 0).cumsum(axis=1)
        reached &= _grid()[wins, losses] >= ENOUGH
        hope &= _grid()[np.minimum(wins + left, MOST), losses] >= ENOUGH
    return reached, hope


def _examples_agree(bet: Decision, table: Floats, setting: Setting) -> NDArray[np.bool_]:
    batch = nulls._gate_inputs(table, setting.cell.sizes)  # noqa: SLF001 - the same bench
    ratios = t_ratio(batch.mean, batch.error)
    if bet is Decision.IMPROVED:
        return np.asarray(tail_p(batch.errors, ratios) <= EXAMPLE_LEVEL.value)
    if bet is Decision.WORSE:
        return np.asarray(tail_p(-batch.errors, -ratios) <= EXAMPLE_LEVEL.value)
    low, high = _intervals(batch, EQUIVALENCE_COVERAGE.value)
    margin = setting.margin * setting.unit
    return np.asarray((-margin <= low) & (high <= margin))


def _intervals(batch: Any, level: float) -> tuple[Floats, Floats]:
    draws = np.sort(batch.errors, axis=0)
    rank = max(1, int((1 - level) / 2 * (len(draws) + 1) + 1e-9))
    return (
        batch.mean - draws[len(draws) - rank] * batch.error,
        batch.mean - draws[rank - 1] * batch.error,
    )


def _draw(setting: Setting, count: int, generator: np.random.Generator) -> Floats:
    cell = setting.cell
    plain = nulls.draw(replace(cell, ratio=0.0, seeds=MOST), count, generator)
    of_seed = _seed_noise(setting.seed_shape, (count, MOST, 1), generator)
    return np.asarray(plain + cell.ratio * cell.spread * of_seed + setting.gain * setting.unit)


def _seed_noise(shape: str, size: tuple[int, ...], generator: np.random.Generator) -> Floats:
    """Numbers of mean 0 and standard deviation 1."""
    if shape == "normal":
        return generator.standard_normal(size)
    if shape == "t3":
        return np.asarray(generator.standard_t(3, size) / np.sqrt(3))
    turn = -1.0 if shape.startswith("-") else 1.0
    return np.asarray(turn * (generator.standard_exponential(size) - 1))


def _add_fixed(tally: Tally, n: int, table: Floats, setting: Setting) -> None:
    over_seeds = sign_flip_tails(table.mean(axis=2))
    for side, bet in enumerate((Decision.IMPROVED, Decision.WORSE)):
        passed = np.flatnonzero(over_seeds[side] <= SEED_LEVEL.value)
        if len(passed):
            tally.fixed[n][side] += int(_examples_agree(bet, table[passed], setting).sum())


def _add(tally: Tally, ended: tuple[list[Decision], Whole]) -> None:
    for each in ended[0]:
        tally.decided[each] += 1
    tally.seeds += int(ended[1].sum())


def _cover(tally: Tally, table: Floats, used: Whole, setting: Setting) -> None:
    truth = setting.gain * setting.unit
    for n in np.unique(used):
        batch = nulls._gate_inputs(table[used == n][:, :n], setting.cell.sizes)  # noqa: SLF001 - the same bench
        low, high = _intervals(batch, 0.95)
        tally.covered += int(((low <= truth) & (truth <= high)).sum())


def _check_with_product(table: Floats, ended: tuple[list[Decision], Whole], setting: Setting) -> None:
    sizes = setting.cell.sizes
    groups = None if sizes.max() == 1 else np.repeat(np.arange(len(sizes)), sizes.astype(int)).tolist()
    for i, differences in enumerate(table):
        verdict = compare_in_sequence(
            _runs(Arm.CONTROL, differences),
            _runs(Arm.TREATMENT, np.zeros_like(differences)),
            margin=setting.margin * setting.unit,
            groups=groups,
            holdout_reads=1,
        )
        found = verdict.decision, len(verdict.seeds)
        if found != (ended[0][i], ended[1][i]):
            raise AssertionError(f"{setting}: the product says {found}, the batch {ended[0][i], ended[1][i]}")


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
