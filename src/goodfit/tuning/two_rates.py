# SPDX-License-Identifier: Apache-2.0
"""Two dropout rates, the second chosen by what the first one's curve shows: `tune`'s default for raising dropout.

Half of the units first, or fewer where the user's own best epoch is late. Where that is better than his own run, the highest
rate that its best epoch leaves time for (`pointing`); where it is worse, half of the rate. A search with three rates at once costs twice as much and keeps no more of
what there is to gain (bench/results/dose_develop.md, dose_judge.md; decision 0016).
"""

from dataclasses import dataclass, field

from goodfit.errors import SettingsError
from goodfit.training import Patience
from goodfit.tuning.coarse_grid import CoarseGrid
from goodfit.tuning.knobs import Knob
from goodfit.tuning.pointing import first_rate, higher_rate, milder_rate
from goodfit.tuning.strategy import Most, Round, SoFar, Strategy, Try
from goodfit.values import Trial

_ARMS = 2


@dataclass(frozen=True, slots=True)
class TwoRates:
    """Two rates of a knob that can be set to any; another strategy for every other knob."""

    otherwise: Strategy = field(default_factory=CoarseGrid)

    def most(self, knob: Knob, planned: int) -> Most:
        """Two, one after the other, each as long as planned."""
        return Most(arms=_ARMS, at_once=1) if knob.fine else self.otherwise.most(knob, planned)

    def ahead(self, so_far: SoFar) -> Round:
        """The first rate, then the second, then nothing."""
        knob = so_far.knob
        if not knob.fine:
            return self.otherwise.ahead(so_far)
        if so_far.rounds == 0:
            first = _nearest(
                knob, first_rate((knob.own, so_far.own.best_epoch), so_far.planned, knob.network)
            )
            return Round((_try(so_far, first, _first_cap(so_far)),))
        if so_far.rounds >= _ARMS:
            return Round()
        rate = _second(so_far)
        if rate is None:
            return Round(
                notes=("a higher rate would be best after the planned end: none was tried",)
                if so_far.trials
                else ()
            )
        left = so_far.planned if so_far.left is None else so_far.left
        if left < Patience().floor:
            return Round(notes=(f"the budget left too little to try {rate:g}",))
        return Round((_try(so_far, rate, left),))


def _try(so_far: SoFar, rate: float, most: int) -> Try:
    return Try(rate, most if most < so_far.planned else None)


def _nearest(knob: Knob, rate: float) -> float:
    return min(knob.fine, key=lambda each: abs(each - rate))


def _first_cap(so_far: SoFar) -> int:
    """Epochs of the first arm: it may use the whole budget.

    Raises:
        SettingsError: the budget ends it before the user's own run had its best epoch, so that it would say nothing.
    """
    budget, least = so_far.budget, max(Patience().floor, so_far.own.best_epoch)
    if budget is None:
        return so_far.planned
    if budget < least:
        raise SettingsError(
            f"{budget} epochs are less than an arm needs: your own run had its best at epoch {so_far.own.best_epoch}",
            where="--budget",
            todo=f"allow at least {least} epochs for the search; fix gives it a third of what the own run leaves",
        )
    return min(so_far.planned, budget)


def _second(so_far: SoFar) -> float | None:
    """The rate of the second arm, if there is one worth trying."""
    knob, own = so_far.knob, so_far.own
    first: Trial | None = so_far.trials[0] if so_far.trials else None
    if first is None or not first.run.score < own.score:
        tried = (
            first_rate((knob.own, own.best_epoch), so_far.planned, knob.network)
            if first is None
            else first.value
        )
        milder = _nearest(knob, milder_rate(knob.own, tried))
        return milder if milder < tried else None
    found = higher_rate((knob.own, own.best_epoch), (first.value, first.run.best_epoch), so_far.planned)
    higher = first.value if found is None else _nearest(knob, found)
    return higher if higher > first.value else None
