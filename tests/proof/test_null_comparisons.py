# SPDX-License-Identifier: Apache-2.0
"""Simulated nulls: a gain that is not there is claimed in at most the promised share of comparisons."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

ALLOWED = 120 / 2000
REDUCED = 400


def _load() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "_simulated_nulls.py"
    spec = importlib.util.spec_from_file_location("_simulated_nulls", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_simulated_nulls"] = module
    spec.loader.exec_module(module)
    return module


nulls = _load()
WORST = [
    nulls.Cell(shape="-lognormal", units=200, ratio=1.0),
    nulls.Cell(shape="lognormal", units=200, ratio=0.0),
    nulls.Cell(shape="gaussian", units=200, ratio=5.0, noise=1.0),
    nulls.Cell(shape="gaussian", units=200, ratio=2.0, noise=1.0),
    nulls.Cell(shape="clustered", units=200, per_unit="5", ratio=2.0),
    nulls.Cell(shape="clustered", units=300, per_unit="1-19", ratio=1.0),
    nulls.Cell(shape="-lognormal", units=3000, ratio=5.0),
]


@pytest.mark.parametrize("cell", WORST, ids=lambda cell: f"{cell.shape}-{cell.units}-a{cell.ratio:g}")
def test_worst_cells_keep_the_promise(cell: Any) -> None:
    """In the cells that were hardest, false claims stay within the binomial bound of the promise."""
    count = nulls.simulate(cell, REDUCED, seed=1)
    bound = stats.binom.ppf(0.95, REDUCED, ALLOWED)
    assert count.improved <= bound
    assert count.worse <= bound
    assert count.power_all > 0.4 * REDUCED


def test_the_simulation_can_fail() -> None:
    """Either gate alone breaks the promise in some cell, so passing means something."""
    found = {}
    for name, ratio in (("S", 0.0), ("E", 5.0)):
        cell = nulls.Cell(shape="gaussian", units=200, ratio=ratio)
        table = nulls.draw(cell, REDUCED, np.random.default_rng(0))
        gains = table.mean(axis=2)
        error = table.mean(axis=1).std(axis=1, ddof=1) / np.sqrt(200)
        alone = (gains > 0).all(axis=1) if name == "S" else gains.mean(axis=1) / error > stats.norm.ppf(0.975)
        found[name] = int(alone.sum())
    assert min(found.values()) > stats.binom.ppf(0.9999, REDUCED, ALLOWED)


def test_too_few_groups_claim_nothing() -> None:
    """200 examples in 40 groups are too few units: neither answer is ever given, not even to a true gain."""
    count = nulls.simulate(nulls.Cell(shape="clustered", units=40, per_unit="5", ratio=1.0), 100)
    assert (count.improved, count.worse, count.power_all) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(list(nulls.acceptance_cells()))))
def test_every_cell_keeps_the_promise(index: int) -> None:
    """IMPROVED and WORSE each in at most 120 of 2,000 comparisons, in every cell."""
    count = nulls.simulate(list(nulls.acceptance_cells())[index], seed=index)
    assert max(count.improved, count.worse) <= 120
