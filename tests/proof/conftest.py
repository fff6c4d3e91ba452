# SPDX-License-Identifier: Apache-2.0
"""Runs made from a table of differences, so that a test states only what it is about."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from goodfit.values import Arm, History, Run, Split

Arms = tuple[list[Run], list[Run]]
MakeArms = Callable[..., Arms]


def _run(arm: Arm, seed: int, losses: NDArray[np.float64], **facts: Any) -> Run:
    return Run(
        **{
            "seed": seed,
            "arm": arm,
            "history": History(curves={}),
            "score": float(losses.mean()),
            "per_example": tuple(losses.tolist()),
            "measured_on": Split.TEST,
            **facts,
        }
    )


def _arms(differences: NDArray[np.float64], *, base: NDArray[np.float64] | float = 1.0, **facts: Any) -> Arms:
    control = np.broadcast_to(np.asarray(base, dtype=np.float64), differences.shape)
    treatment = control - differences
    return (
        [_run(Arm.CONTROL, 10 + i, row, **facts) for i, row in enumerate(control)],
        [_run(Arm.TREATMENT, 10 + i, row, **facts) for i, row in enumerate(treatment)],
    )


@pytest.fixture(scope="session")
def make_arms() -> MakeArms:
    """Two arms whose per-example losses differ by the table given, shape (seeds, examples)."""
    return _arms


@pytest.fixture(scope="session")
def gain_table() -> Callable[..., NDArray[np.float64]]:
    """A table of differences with a gain, a part shared by the seeds, a seed part and noise."""

    def build(gain: float, *, seeds: int = 5, examples: int = 400, seed: int = 0) -> NDArray[np.float64]:
        generator = np.random.default_rng(seed)
        shared = generator.normal(0, 0.1, (1, examples))
        of_seed = generator.normal(0, 0.005, (seeds, 1))
        return np.asarray(gain + shared + of_seed + generator.normal(0, 0.1, (seeds, examples)))

    return build
