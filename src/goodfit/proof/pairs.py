# SPDX-License-Identifier: Apache-2.0
"""Two rows of runs become one table of differences, or a refusal that names the run at fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from goodfit.errors import InputError
from goodfit.values import Arm, Measurement, Run, RunStatus, Split

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Per-example losses of both arms, seed by seed; both tables have shape (seeds, examples)."""

    seeds: tuple[int, ...]
    control: Floats
    treatment: Floats
    measured_on: Split

    @property
    def differences(self) -> Floats:
        """Control minus treatment: positive where the treatment is better."""
        return self.control - self.treatment


def pair_up(control: Sequence[Run], treatment: Sequence[Run]) -> Pairs:
    """Match the runs of two arms by seed, in the order of the seeds.

    Raises:
        InputError: an arm is empty, mislabelled or holds a seed twice; the seeds differ; a run failed or holds no
            per-example losses or one that is not finite; the runs were not measured on the same examples.
    """
    by_seed = _by_seed(control, Arm.CONTROL), _by_seed(treatment, Arm.TREATMENT)
    odd = sorted(set(by_seed[0]) ^ set(by_seed[1]))
    if odd:
        raise InputError(
            f"seed {odd[0]} was run in one arm only",
            where=f"control {sorted(by_seed[0])}, treatment {sorted(by_seed[1])}",
            todo="train both arms with the same seeds",
        )
    seeds = tuple(sorted(by_seed[0]))
    _same_examples([runs[seed] for runs in by_seed for seed in seeds])
    tables = [np.array([runs[seed].per_example for seed in seeds], dtype=np.float64) for runs in by_seed]
    return Pairs(
        seeds=seeds,
        control=tables[0],
        treatment=tables[1],
        measured_on=by_seed[0][seeds[0]].measured_on,
    )


def paired_difference(a: Run, b: Run) -> Measurement:
    """Mean of the per-example losses of `a` minus those of `b`, with one standard error on each side.

    Positive means that `b` is better. The unit is that of the loss; `n` counts examples. Tuning's one-standard-error
    rule reads it (Breiman et al. 1984, "Classification and Regression Trees", section 3.4.3).

    Raises:
        InputError: a run failed, holds no finite per-example losses, or they are not on the same examples.
    """
    for run in (a, b):
        _usable(run)
    _same_examples([a, b])
    row = np.asarray(a.per_example) - np.asarray(b.per_example)
    error = float(row.std(ddof=1)) / sqrt(len(row)) if len(row) > 1 else float("nan")
    mean = float(row.mean())
    return Measurement(
        name="paired-loss-difference",
        value=mean,
        low=mean - error,
        high=mean + error,
        unit="loss",
        n=len(row),
    )


def _by_seed(runs: Sequence[Run], arm: Arm) -> dict[int, Run]:
    if not runs:
        raise InputError(f"the {arm.value} arm holds no run", todo="train at least one pair")
    found: dict[int, Run] = {}
    for run in runs:
        _usable(run)
        if run.arm is not arm:
            raise InputError(f"the run of seed {run.seed} in the {arm.value} arm is marked {run.arm.value}")
        if run.seed in found:
            raise InputError(f"seed {run.seed} stands twice in the {arm.value} arm")
        found[run.seed] = run
    return found


def _usable(run: Run) -> None:
    name = f"the {run.arm.value} run of seed {run.seed}"
    if run.status is RunStatus.FAILED:
        raise InputError(f"{name} failed: {run.error or 'no reason was kept'}", todo="train it again")
    if not run.per_example:
        raise InputError(
            f"{name} holds no per-example losses", todo="score it again, keeping each example's loss"
        )
    if not all(map(isfinite, run.per_example)):
        raise InputError(f"{name} has a per-example loss that is not finite", todo="train it again")


def _same_examples(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs[1:]:
        if len(run.per_example) != len(first.per_example):
            raise InputError(
                f"the {run.arm.value} run of seed {run.seed} was measured on {len(run.per_example)} examples, "
                f"the {first.arm.value} run of seed {first.seed} on {len(first.per_example)}",
                todo="measure all runs on the same examples",
            )
        if run.measured_on is not first.measured_on:
            raise InputError(
                f"the {run.arm.value} run of seed {run.seed} was measured on the {run.measured_on.value} split, "
                f"the {first.arm.value} run of seed {first.seed} on the {first.measured_on.value} split"
            )
