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
    sentence,
    signed_fixed,
    stages,
    went_on,
)
from goodfit.values import ArmEnd, Choice, FailedArm, Measurement, RunStatus, Study, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """One setting of the knob."""

    value: str
    best_epoch: str
    epochs: str
    loss: str  # validation loss at the best checkpoint
    behind: str  # paired difference to the best arm, plus or minus one standard error
    marks: tuple[str, ...]  # "yours", "lowest", "chosen", "cut by the budget"
    chosen: bool


def headline_of(study: Study) -> str:
    """The answer of a search in one line."""
    knob, value = sentence(study.knob), stages(study.chosen.value, study.chosen.earlier)
    if study.chosen.unit.startswith("times"):
        value = f"{value} {study.chosen.unit}"
    if study.choice is Choice.CANNOT_TELL:
        return f"{knob}: cannot tell, so yours stays at {value}"
    if study.choice is Choice.OWN_IS_BEST:
        return f"{knob}: yours is best, {value}"
    likely = " (likely better than yours)" if study.choice is Choice.LIKELY else ""
    return f"{knob}: {value}{likely}"


def study_sentences(study: Study) -> tuple[str, ...]:
    """What stands below the table of arms: how far it goes, the gain, what is missing, the cost, the notes."""
    return tuple(
        each
        for each in (
            f"The search was {study.stopped}: this is the best so far." if study.stopped else "",
            gain_sentence(study),
            needed_sentence(study),
            cost_sentence(study),
            *study.notes,
        )
        if each
    )


def arm_rows(study: Study) -> tuple[ArmRow, ...]:
    """The user's own setting and every other one tried, in the order of the knob, those that failed included."""
    trials = (study.control, *study.trials)
    working = [trial.run.score for trial in trials if trial.run.status is not RunStatus.FAILED]
    places = decimals(working, 4)
    rows = [(trial.value, _arm_row(study, trial, places)) for trial in trials]
    rows += [(arm.value, _failed_row(arm)) for arm in study.failed]
    return tuple(row for _, row in sorted(rows, key=lambda each: each[0]))


def needed_sentence(study: Study) -> str:
    """How much validation data would settle it, roughly; empty where nothing is missing."""
    if study.needed_examples is None or study.needed_for is None:
        return ""
    now = len(study.control.run.per_example)
    share = abs(study.needed_for / study.control.run.score) if study.control.run.score else 0.0
    size = f"{number(study.needed_for, 2)} ({percent(share, 2)} of your loss)"
    return f"About {study.needed_examples:,} validation examples, not {now:,}, would tell a gain of {size}."


def cost_sentence(study: Study) -> str:
    """What the search took, in the three units that can be compared."""
    cost = study.cost
    parts = [
        f"{percent(cost.share_of_plan)} of one run as planned",
        f"{plural(_short(cost.early_stopped_runs), 'untreated run')} with early stopping",
        duration(cost.seconds),
    ]
    failed = f", {plural(len(study.failed), 'failed arm')} included" if study.failed else ""
    return (
        f"Cost: {plural(cost.epochs, 'epoch')}{failed}, that is {listed(parts, 'or')} of training, "
        f"beside your own run.{_budget(study)}"
    )


def gain_sentence(study: Study) -> str:
    """What the chosen setting gained on validation, and why that is no proof."""
    if study.control.is_at(study.chosen):
        return _STAYS.get(study.choice, "Your own setting stays: no other did better by more than its noise.")
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


_STAYS = {
    Choice.OWN_IS_BEST: "Your own setting stays.",
}


def _budget(study: Study) -> str:
    if study.budget_epochs is None:
        return ""
    epochs = plural(study.budget_epochs, "epoch")
    return (
        f" Budget: {epochs}."
        if study.budget in ("", f"{study.budget_epochs} epochs")
        else f" Budget: {study.budget}, about {epochs}."
    )


def _failed_row(arm: FailedArm) -> ArmRow:
    return ArmRow(
        value=number(arm.value),
        best_epoch="–",
        epochs=number(arm.epochs),
        loss="–",
        behind="–",
        marks=(f"diverged: {arm.because}",),
        chosen=False,
    )


def _arm_row(study: Study, trial: Trial, places: int) -> ArmRow:
    run = trial.run
    failed = run.status is RunStatus.FAILED
    chosen = trial.is_at(study.chosen)
    marks = []
    if trial is study.control:
        marks.append("yours")
    if failed:
        marks.append(f"failed: {run.error}" if run.error else "failed")
    elif trial.behind_best is None:
        marks.append("lowest")
    if trial.ended in (ArmEnd.CUT, ArmEnd.INTERRUPTED):
        marks.append(str(trial.ended))
    if chosen:
        marks.append("stays" if trial is study.control else "chosen")
    if trial.earlier:
        marks.append(went_on(trial.earlier))
        if trial.run.best_epoch <= sum(stage.epochs for stage in trial.earlier):
            marks.append("nothing gained")
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
