# SPDX-License-Identifier: Apache-2.0
"""Pairs of trainings, with and without dropout, both early stopped, and the specimens of their best checkpoints.

Dropout goes where a treatment with the remedy raise-dropout plans it.
"""

import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import torch

from goodfit.surgery import plan
from goodfit.training import OWN_SEED, Prepared, Settings, Task, as_source, build_model, prepare, train
from goodfit.trials.traits import Specimen, specimen_of
from goodfit.values import Arm, Dose, Patience, Prescription

SEEDS = tuple(range(OWN_SEED + 1, OWN_SEED + 6))
PATIENCE = Patience()


@dataclass(frozen=True)
class Pair:
    """Specimens of both arms, one a seed, measured on the test set; and where the dropout went."""

    control: list[Specimen]  # empty where only treated ones were asked for
    treated: list[Specimen]
    places: str


def trained_pairs(task: Task, rate: float, *, both: bool = True) -> Pair:
    """Train both arms (or the treated one alone) on every seed; it drops at `rate` where a treatment of the model plans it."""
    prepared = prepare(as_source(task))
    prescription = Prescription(remedy="raise-dropout", dose=Dose(value=rate, low=rate, high=rate))
    example = prepared.pool.examples.batch(prepared.pool.indices[:2])[0]
    treatment = plan(build_model(task, Settings(seed=OWN_SEED)), prescription, example=example)
    control = Settings(seed=OWN_SEED, patience=PATIENCE)
    treated = replace(control, arm=Arm.TREATMENT, treatment=treatment)
    return Pair(
        control=[specimen(prepared, replace(control, seed=seed)) for seed in SEEDS if both],
        treated=[specimen(prepared, replace(treated, seed=seed)) for seed in SEEDS],
        places=", ".join(f"`{edit.path}`" for edit in treatment.edits),
    )


def specimen(prepared: Prepared, settings: Settings) -> Specimen:
    """Train once, and look at the best checkpoint on the test set."""
    trained = train(prepared.task, prepared.pool, settings)
    holdout = prepared.holdout
    return specimen_of(
        prepared, settings, trained.run, trained.state, examples=holdout.examples, indices=holdout.indices
    )


def stamp() -> str:
    """When, and with what."""
    return (
        f"{datetime.now(tz=UTC):%Y-%m-%d}; Python {platform.python_version()}, torch {torch.__version__}, one thread, "
        "2 cores and 24 GiB shared with other work"
    )
