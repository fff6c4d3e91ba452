# SPDX-License-Identifier: Apache-2.0
"""What a search took, in units that can be compared across machines and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodfit.training import OWN_SEED, Patience, Settings
from goodfit.tuning.knobs import Knob
from goodfit.tuning.strategy import Most
from goodfit.values import Cost, Curve, EditKind, FailedArm, RateStage, Run, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The most that a search can cost, known before it begins; the user's own run is not counted."""

    arms: int
    epochs: int
    share_of_plan: float  # T
    seconds: float  # on the clock


def most_ahead(
    knob: Knob, planned: int, most: Most, *, seconds_an_epoch: float, workers: int, budget: int | None = None
) -> Ahead:
    """The cost of every arm trained to its planned end, or of the whole budget; usually far less is needed.

    Args:
        knob: what is turned; the arms of one that makes trainings longer are longer.
        planned: epochs of one run.
        most: of the strategy.
        seconds_an_epoch: of the user's own run.
        workers: how many arms can be trained side by side.
        budget: in epochs.
    """
    ends = [each for each in (knob.milder, knob.stronger) if each is not None]
    lengths = sorted((_length(knob, value, planned) for value in (*knob.values, *ends)), reverse=True)
    arms = most.arms
    whole = (
        sum(lengths[:arms]) + planned * max(0, arms - len(lengths)) if most.epochs is None else most.epochs
    )
    epochs = whole if budget is None else min(budget, whole)
    return Ahead(
        arms=arms,
        epochs=epochs,
        share_of_plan=epochs / planned,
        seconds=epochs * seconds_an_epoch / max(1, min(workers, most.at_once)),
    )


def _length(knob: Knob, value: float, planned: int) -> int:
    """Epochs that an arm would train as planned."""
    treatment = knob.apply(Settings(seed=OWN_SEED), value).treatment
    edits = treatment.edits if treatment is not None else ()
    return next((int(edit.after) for edit in edits if edit.kind is EditKind.EPOCHS), planned)


def shared(earlier: Sequence[RateStage]) -> int:
    """Epochs that an arm has in common with the one from whose best epoch it goes on."""
    return sum(stage.epochs for stage in earlier)


def epochs_for(trial: Trial) -> int:
    """Epochs trained for one arm: those that it shares were trained for the arm before."""
    return trial.run.epochs - shared(trial.earlier)


def cost_of(trials: Sequence[Trial], own: Run, failed: Sequence[FailedArm] = ()) -> Cost:
    """The cost of a search.

    Args:
        trials: its arms.
        own: the user's own run, which is not counted: it is there whatever is tuned.
        failed: arms that ended without a number, and cost all the same.
    """
    epochs = sum(epochs_for(trial) for trial in trials) + sum(arm.epochs for arm in failed)
    planned = own.history.context.epochs_planned or own.epochs
    return Cost(
        epochs=epochs,
        share_of_plan=epochs / planned,
        early_stopped_runs=epochs / epochs_until_stopped(own.history.curves["val_loss"], Patience()),
        seconds=sum(_seconds_for(trial) for trial in trials) + sum(arm.seconds for arm in failed),
    )


def _seconds_for(trial: Trial) -> float:
    """The same share of its time: a training that goes on counts the seconds before as well."""
    return trial.run.seconds * epochs_for(trial) / max(trial.run.epochs, 1)


def epochs_until_stopped(validation: Curve, patience: Patience) -> int:
    """How many epochs a run with this validation loss trains under plain early stopping."""
    best_epoch, best = 1, validation.values[0]
    for epoch, value in enumerate(validation.values, start=1):
        if value < best:
            best_epoch, best = epoch, value
        if patience.is_over(best_epoch, epoch):
            return epoch
    return len(validation)
