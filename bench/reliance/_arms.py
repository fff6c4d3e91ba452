# SPDX-License-Identifier: Apache-2.0
"""Pairs of trainings, with and without dropout, both early stopped, and the specimens of their best checkpoints.

Dropout is put in as `goodfit treat` would plan it; where this version plans none in such a model it is attached by hand.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import torch
from torch import nn

from goodfit.errors import NothingMatchedError
from goodfit.nn import attach_
from goodfit.surgery import plan
from goodfit.training import OWN_SEED, Prepared, Settings, Task, as_source, build_model, prepare, train
from goodfit.trials.traits import Specimen, specimen_of
from goodfit.values import Arm, Dose, Patience, Prescription

SEEDS = tuple(range(OWN_SEED + 1, OWN_SEED + 6))
PATIENCE = Patience()


@dataclass(frozen=True)
class Pair:
    """Specimens of both arms, one a seed, measured on the test set; and where the dropout went."""

    control: list[Specimen]
    treated: list[Specimen]
    places: str


def trained_pairs(task: Task, rate: float, by_hand: Sequence[str] = ()) -> Pair:
    """Train both arms on every seed.

    Args:
        task: what to train.
        rate: drop probability of the treated arm.
        by_hand: dotted names of the layers whose inputs are dropped from where no treatment can be planned.
    """
    plain = prepare(as_source(task))
    prescription = Prescription(remedy="raise-dropout", dose=Dose(value=rate, low=rate, high=rate))
    model = build_model(task, Settings(seed=OWN_SEED))
    example = plain.pool.examples.batch(plain.pool.indices[:2])[0]
    try:
        treatment = plan(model, prescription, example=example)
        treated = plain
        places = "planned: " + ", ".join(f"{edit.path or 'model'} ({edit.kind})" for edit in treatment.edits)
        settings = Settings(seed=OWN_SEED, arm=Arm.TREATMENT, treatment=treatment, patience=PATIENCE)
    except NothingMatchedError:
        treated = prepare(as_source(replace(task, model=lambda: _dropped(task, rate, by_hand))))
        places = "attached by hand, in front of " + ", ".join(by_hand)
        settings = Settings(seed=OWN_SEED, arm=Arm.TREATMENT, patience=PATIENCE)
    control = Settings(seed=OWN_SEED, patience=PATIENCE)
    return Pair(
        control=[specimen(plain, replace(control, seed=seed)) for seed in SEEDS],
        treated=[specimen(treated, replace(settings, seed=seed)) for seed in SEEDS],
        places=places,
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


def _dropped(task: Task, rate: float, by_hand: Sequence[str]) -> nn.Module:
    model = task.model()
    for path in by_hand:
        attach_(model.get_submodule(path), rate)
    return model
