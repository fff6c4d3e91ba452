# SPDX-License-Identifier: Apache-2.0
"""A study as rows: one an arm, smallest dose first, and what the search cost."""

from dataclasses import dataclass

from goodfit.report.words import (
    decimals,
    fixed,
    listed,
    number,
    percent,
    plural,
    quantity,
    signed_fixed,
)
from goodfit.values import Measurement, RunStatus, Study, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """One setting of the knob."""

    value: str
    best_epoch: str
    epochs: str
    loss: str  # validation loss at the best checkpoint
    behind: str  # paired difference to the best arm, plus or minus one standard error
    marks: tuple[str, ...]  # "yours", "lowest", "chosen"
    chosen: bool


def arm_rows(study: Study) -> tuple[ArmRow, ...]:
    """The user's own setting and every other one tried, in the order of the knob."""
    trials = sorted((study.control, *study.trials), key=lambda trial: trial.value)
    working = [trial.run.score for trial in trials if trial.run.status is not RunStatus.FAILED]
    places = decimals(working, 4)
    return tuple(_arm_row(study, trial, places) for trial in trials)


def cost_sentence(study: Study) -> str:
    """What the search took, in the three units that can be compared."""
    cost = study.cost
    parts = [
        f"{percent(cost.share_of_plan)} of one run as planned",
        f"{plural(_short(cost.early_stopped_runs), 'untreated run')} with early stopping",
        duration(cost.seconds),
    ]
    capped = f" Budget: {plural(study.budget_epochs, 'epoch')}." if study.budget_epochs is not None else ""
    return f"Cost: {plural(cost.epochs, 'epoch')}, that is {listed(parts, 'or')} of training.{capped}"


def gain_sentence(study: Study) -> str:
    """What the chosen setting gained on validation, and why that is no proof."""
    if study.chosen.value == study.control.value:
        return "Your own setting stays: no other did better by more than its noise."
    gained = quantity(study.beats_control)
    return f"On validation data it gains {gained} over your setting; that is optimistic, because the choice was made there."


def duration(seconds: float) -> str:
    """Write a time as a person says it."""
    minute, hour = 60.0, 3600.0
    if seconds < minute:
        return f"{number(seconds, 2)} s"
    if seconds < hour:
        return f"{number(round(seconds / minute, 1))} min"
    return f"{number(round(seconds / hour, 1))} h"


def _arm_row(study: Study, trial: Trial, places: int) -> ArmRow:
    run = trial.run
    failed = run.status is RunStatus.FAILED
    chosen = trial.value == study.chosen.value
    marks = []
    if trial is study.control:
        marks.append("yours")
    if failed:
        marks.append(f"failed: {run.error}" if run.error else "failed")
    elif trial.behind_best is None:
        marks.append("lowest")
    if chosen:
        marks.append("chosen")
    return ArmRow(
        value=number(trial.value),
        best_epoch="–" if failed else number(run.best_epoch),
        epochs=number(run.epochs),
        loss="–" if failed else fixed(run.score, places),
        behind=_behind(trial.behind_best, places),
        marks=tuple(marks),
        chosen=chosen,
    )


def _behind(behind: Measurement | None, places: int) -> str:
    if behind is None:
        return "–"
    error = (behind.high - behind.low) / 2
    return f"{signed_fixed(behind.value, places)} ± {fixed(error, places)}"


def _short(value: float) -> float:
    return round(value, 1)
