# SPDX-License-Identifier: Apache-2.0
"""The knob's few values at once, then one more beyond the end that won."""

from dataclasses import dataclass

from goodfit.errors import SettingsError
from goodfit.training import Patience
from goodfit.tuning.knobs import Knob
from goodfit.tuning.strategy import Most, Round, SoFar, Try
from goodfit.values import Run


@dataclass(frozen=True, slots=True)
class CoarseGrid:
    """A coarse grid, and one extension: in a pilot validation loss was flat in the rate up to a cliff."""

    def most(self, knob: Knob, planned: int) -> Most:
        """The values and the one beyond an end, each as long as planned."""
        del planned
        values = len(knob.values)
        return Most(arms=values + (knob.milder is not None or knob.stronger is not None), at_once=values)

    def ahead(self, so_far: SoFar) -> Round:
        """The grid first; then the dose beyond its end, where an end won and the budget reaches."""
        if so_far.rounds == 0:
            cap = _cap(so_far)
            return Round(
                tuple(Try(value, cap if cap < so_far.planned else None) for value in so_far.knob.values)
            )
        if so_far.rounds > 1 or not so_far.trials:
            return Round()
        beyond = _beyond(so_far.knob, min(so_far.trials, key=lambda trial: trial.run.score).value)
        if beyond is None:
            return Round()
        left = so_far.planned if so_far.left is None else min(so_far.planned, so_far.left)
        if left < _cap(so_far):
            return Round(
                notes=(f"the end of the range won, and the budget left too little to try {beyond:g}",)
            )
        return Round((Try(beyond, left if left < so_far.planned else None),))


def _cap(so_far: SoFar) -> int:
    """Epochs that each arm of the grid may train."""
    if so_far.budget is None:
        return so_far.planned
    return min(so_far.planned, _share(so_far.budget, len(so_far.knob.values) + 1, so_far.own))


def _share(budget: int, arms: int, own: Run) -> int:
    """Epochs for each arm; one share is kept for the dose added at the end.

    An arm that stops before the user's own run had its best epoch says nothing about its dose.
    """
    share, least = budget // arms, max(Patience().floor, own.best_epoch)
    if share < least:
        raise SettingsError(
            f"{budget} epochs give each of {arms} arms {share}, and your own run had its best at epoch {own.best_epoch}",
            where="--budget",
            todo=f"allow at least {least * arms} epochs for the search; fix gives it a third of what the own run leaves",
        )
    return share


def _beyond(knob: Knob, winner: float) -> float | None:
    if winner == knob.values[-1] and knob.stronger is not None:
        return knob.stronger
    return knob.milder if winner == knob.values[0] else None
