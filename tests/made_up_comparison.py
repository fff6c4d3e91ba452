# SPDX-License-Identifier: Apache-2.0
"""Comparisons of trainings that never were: each remedy's test losses are drawn as a test wants them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from goodfit._about import provenance
from goodfit.comparing.answering import answer
from goodfit.comparing.contest import Entry, Scored
from goodfit.comparing.judging import candidates_of
from goodfit.comparing.reasons import reasoned
from goodfit.comparing.tuned import Tuned
from goodfit.rules import diagnose
from goodfit.training import Settings, accuracy
from goodfit.values import (
    Arm,
    Candidate,
    Comparison,
    Curve,
    Dose,
    History,
    Part,
    Rejection,
    Run,
    RunContext,
    Split,
)

SEEDS, EXAMPLES, LOSS = 8, 300, 0.5
TRAITS = {
    "epochs-to-best": 4.0,
    "seconds-to-best": 2.0,
    "calibration-error": 8.0,
    "generalisation-gap": 0.2,
    "training-loss-at-end": 0.05,
    "gap-at-end": 1.0,
    "rise-after-best": 0.6,
    "between-epoch-noise": 3.0,
    "gradient-spread": 9.0,
    "weight-norm": 12.0,
    "zero-share": 0.0,
    "parameters": 1000.0,
}


def history(rise: float = 0.04, epochs: int = 20) -> History:
    """Validation falls, then rises so much an epoch."""
    places = np.arange(1.0, epochs + 1)
    train, best = 2 * 0.8**places + 0.05, 6
    val = 2 * 0.8**places + 0.5 + rise * np.clip(places - best, 0, None) + 0.002 * (places % 3)
    axis: dict[str, Any] = {"x": places.tolist(), "metric": "loss"}
    return History(
        curves={
            "train_loss_eval": Curve.of(train.tolist(), split=Split.TRAIN, **axis),
            "val_loss": Curve.of(val.tolist(), split=Split.VALIDATION, **axis),
        },
        context=RunContext(epochs_planned=epochs, finished=True),
    )


def entry(  # noqa: PLR0913 - what a test wants of a remedy
    name: str | None,
    gain: float = 0.0,
    spread: float = 0.0,
    *,
    part: Part = Part.OTHER,
    dose: Dose | None = None,
    traits: Mapping[str, float] | None = None,
    failed: str = "",
    seeds: int = SEEDS,
) -> Entry:
    """Trainings whose test loss is lower than the untreated one's by `gain`, give or take `spread` from seed to seed."""
    tuned = None
    if name is not None:
        settings = None if failed else Settings(seed=0, arm=Arm.TREATMENT)
        tuned = Tuned(name=name, part=part, settings=settings, dose=dose, tried=3, failed=failed)
    if failed:
        return Entry(tuned=tuned, failed=failed)
    draws = np.random.default_rng(sum(map(ord, name or "")))
    shifts = gain + spread * draws.standard_normal(seeds)
    scored = tuple(
        _scored(seed, shift, TRAITS | dict(traits or {})) for seed, shift in enumerate(shifts, start=1)
    )
    return Entry(tuned=tuned, scored=scored, inference=0.002)


def _scored(seed: int, shift: float, traits: Mapping[str, float]) -> Scored:
    draws = np.random.default_rng(seed)
    losses = LOSS + 0.1 * draws.standard_normal(EXAMPLES) - shift
    best = _run(seed, losses)
    wobble = 1 + 0.01 * draws.standard_normal()  # the same for all arms of a seed
    return Scored(best=best, last=_run(seed, losses + 0.3), traits={k: v * wobble for k, v in traits.items()})


def _run(seed: int, losses: "np.ndarray[Any, Any]") -> Run:
    mean = float(losses.mean())
    return Run(
        seed=seed,
        arm=Arm.CONTROL,
        history=history(),
        score=mean,
        scores={"loss": mean, "accuracy": 1 - mean},
        per_example=tuple(losses.tolist()),
        measured_on=Split.TEST,
        best_epoch=6,
        epochs=20,
    )


def judged(entries: Sequence[Entry]) -> tuple[Candidate, ...]:
    """The candidates that these trainings make, held against an untreated entry."""
    seeds = next((len(each.scored) for each in entries if each.scored), SEEDS)
    return candidates_of([entry(None, seeds=seeds), *entries], reads=1, metric=(accuracy.name, accuracy.goal))


def comparison(*entries: Entry, rise: float = 0.04, left_out: tuple[Rejection, ...] = ()) -> Comparison:
    """A whole comparison, with reasons and answer."""
    own = history(rise)
    candidates = judged(entries)
    found = Comparison(
        task="made up",
        seeds=tuple(range(1, SEEDS + 1)),
        history=own,
        diagnoses=diagnose(own),
        prescriptions=(),
        candidates=candidates,
        left_out=left_out,
        answer="",
        trainings=20,
        epochs=400,
        seconds=60.0,
        test_examples=EXAMPLES,
        holdout_reads=1,
        notes=("primary comparison: raise-dropout, which was prescribed",),
        provenance=provenance(task="made up", seed=0),
    )
    found = replace(found, candidates=reasoned(found))
    return replace(found, answer=answer(found))


@cache
def usual() -> Comparison:
    """The four of the text-book question and two more: dropout wins, the learning rate hurts, batch norm fails."""
    return comparison(
        entry(
            "raise-dropout",
            0.05,
            0.005,
            part=Part.PRIMARY,
            dose=Dose(value=0.4, low=0.2, high=0.6),
            traits={"gap-at-end": 0.3, "epochs-to-best": 7.0},
        ),
        entry(
            "more-nodes",
            0.0,
            0.02,
            dose=Dose(value=2.0, low=2.0, high=2.0, unit="times the width"),
            traits={"gap-at-end": 1.4, "epochs-to-best": 2.0, "parameters": 4000.0},
        ),
        entry("train-longer"),
        entry("raise-learning-rate", -0.05, 0.005, traits={"between-epoch-noise": 9.0}),
        entry("l1", 0.001, 0.0005, traits={"zero-share": 60.0, "weight-norm": 5.0}),
        entry("batch-norm", failed="it diverged at each of the 3 settings that were tried"),
        left_out=(Rejection(remedy="lower-dropout", because="nothing to change: the model has no dropout"),),
    )
