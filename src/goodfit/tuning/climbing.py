# SPDX-License-Identifier: Apache-2.0
"""A climb: the rate rises from an arm's best epoch as long as validation falls; `tune`'s default for raising dropout.

Half of the units first, or fewer dropped where the user's own best epoch is late. Where that is better than his own run,
and its curve points far up (`pointing`), a far higher rate from the start as well, since what such a task needs lies
there. From the best of these the climb begins: an arm goes on from the best epoch of the one before, with fewer units
kept, and ends soon after it has stopped to help; where the first step up does not help, one step down is tried. So one more rate costs a few epochs and not a training; what comes out is
a schedule of the rate, which a proof, or the user's own loop, trains from the start (surgery.in_stages; decision 0017).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from goodfit.surgery import planned_with
from goodfit.training import Patience
from goodfit.tuning.costs import epochs_for
from goodfit.tuning.knobs import Knob
from goodfit.tuning.pointing import higher_rate, next_rate
from goodfit.tuning.strategy import Most, Round, SoFar, Strategy, Try
from goodfit.tuning.two_rates import TwoRates
from goodfit.values import Trial

_FROM_THE_START = 2  # arms at most


@dataclass(frozen=True, slots=True)
class Climbing:
    """A climb of a knob that can be turned while a training runs; another strategy for every other knob.

    What other numbers than these bring is in bench/results/dose_climb.md.
    """

    otherwise: Strategy = field(default_factory=TwoRates)
    stages: int = 2  # of a climb: .5, .65, .75
    kept: float = 0.7  # of the units that are kept now are kept by the next stage
    back: bool = True  # whether a first step up that did not help is followed by one down
    share: float = 0.5  # of a plan that all stages together may take
    far: float = (
        0.75  # a rate from which on an arm is trained from the start: a climb would not come there in time
    )
    whole: Patience = field(default_factory=partial(Patience, floor=4, share=0.4))  # of an arm from the start
    soon: Patience = field(
        default_factory=partial(Patience, floor=3, share=0.3)
    )  # of a stage, from its beginning on

    def most(self, knob: Knob, planned: int) -> Most:
        """Two from the start, and stages that take half a training together, one after the other."""
        if not _climbs(knob):
            return self.otherwise.most(knob, planned)
        epochs = _FROM_THE_START * planned + round(self.share * planned)
        return Most(arms=_FROM_THE_START + self.stages, at_once=1, epochs=epochs)

    def ahead(self, so_far: SoFar) -> Round:
        """The first rate, a milder or a far higher one from the start, then the climb, then nothing."""
        knob, own = so_far.knob, so_far.own
        better = so_far.trials and so_far.trials[0].run.score < own.score
        if not _climbs(knob):
            return self.otherwise.ahead(so_far)
        if so_far.rounds == 0 or not better:
            return self._from_the_start(so_far)
        first = so_far.trials[0]
        far = higher_rate((knob.own, own.best_epoch), (first.value, first.run.best_epoch), so_far.planned)
        pointed = far is not None and far >= self.far
        if pointed and so_far.rounds == 1:
            return self._from_the_start(so_far)
        return self._stage(so_far, begun=so_far.rounds - (2 if pointed else 1))

    def _from_the_start(self, so_far: SoFar) -> Round:
        found = self.otherwise.ahead(so_far)
        return replace(
            found, tries=tuple(replace(each, leads=True, patience=self.whole) for each in found.tries)
        )

    def _stage(self, so_far: SoFar, begun: int) -> Round:
        """The next stage of a climb of which so many were begun; one step down where the first up did not help."""
        stages = [trial for trial in so_far.trials if trial.earlier]
        if len(stages) < begun:
            return Round()  # one ended without a number
        before = _best([trial for trial in so_far.trials if not trial.earlier])
        network, up = so_far.knob.network, True
        for stage in stages:
            up = stage.run.score < before.run.score
            if not up:
                break
            before = stage
        if begun >= self.stages or not (up or (self.back and begun == 1)):
            return Round()
        kept = self.kept if up else 1 / self.kept
        untried = set(so_far.knob.fine) - {trial.value for trial in so_far.trials}
        rates = [rate for rate in untried if (rate > before.value if up else rate < before.value)]
        if not rates:
            return Round()
        aim = next_rate(before.value, kept, network)
        return self._on_from(before, min(rates, key=lambda rate: (abs(rate - aim), rate)), so_far, stages)

    def _on_from(self, before: Trial, rate: float, so_far: SoFar, stages: Sequence[Trial]) -> Round:
        """An arm that goes on from the best epoch of another, where there is time for it."""
        at = before.run.best_epoch
        tried = Try(rate, after=before, leads=True, patience=self.soon)
        planned = planned_with(tried.earlier, so_far.planned)
        climbed = sum(epochs_for(stage) for stage in stages)
        most = min(planned - at, round(self.share * so_far.planned) - climbed)
        left = most if so_far.left is None else min(so_far.left, most)
        if left < self.soon.floor:
            ended = "the plan" if most < self.soon.floor else "the budget"
            return Round(notes=(f"{ended} left too little to go on from {before.value:g} to {rate:g}",))
        return Round((replace(tried, max_epochs=at + left if at + left < planned else None),))


def _climbs(knob: Knob) -> bool:
    return bool(knob.fine) and knob.apply_in_stages is not None


def _best(trials: Sequence[Trial]) -> Trial:
    return min(trials, key=lambda trial: trial.run.score)
