# SPDX-License-Identifier: Apache-2.0
"""What a search took, in units that can be compared across machines and tasks."""

from collections.abc import Sequence

from goodfit.training import Patience
from goodfit.values import Cost, Curve, FailedArm, Run


def cost_of(runs: Sequence[Run], own: Run, failed: Sequence[FailedArm] = ()) -> Cost:
    """The cost of a search.

    Args:
        runs: trained for it.
        own: the user's own run, which is not counted: it is there whatever is tuned.
        failed: arms that ended without a number, and cost all the same.
    """
    epochs = sum(run.epochs for run in runs) + sum(arm.epochs for arm in failed)
    planned = own.history.context.epochs_planned or own.epochs
    return Cost(
        epochs=epochs,
        share_of_plan=epochs / planned,
        early_stopped_runs=epochs / epochs_until_stopped(own.history.curves["val_loss"], Patience()),
        seconds=sum(run.seconds for run in runs) + sum(arm.seconds for arm in failed),
    )


def epochs_until_stopped(validation: Curve, patience: Patience) -> int:
    """How many epochs a run with this validation loss trains under plain early stopping."""
    best_epoch, best = 1, validation.values[0]
    for epoch, value in enumerate(validation.values, start=1):
        if value < best:
            best_epoch, best = epoch, value
        if patience.is_over(best_epoch, epoch):
            return epoch
    return len(validation)
