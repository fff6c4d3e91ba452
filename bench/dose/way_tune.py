# SPDX-License-Identifier: Apache-2.0
"""`tune`'s own strategy and its own conclusion, carried out on a bed: arms that go on from another's best checkpoint.

The network that an arm ends with is the one that its schedule gives from the start (a test of `tune` holds that), so an
arm costs only the epochs behind the checkpoint. The note of what is picked is the schedule; `trained_at` trains it from
the start, and at another seed says what it is worth there.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from dose_bed import RATES, Bed, Course, Floats, Picked, nearest
from way_parts import drop_at, forked

from goodfit.surgery import planned_with
from goodfit.training import Settings, build_model
from goodfit.tuning import DEFAULT, Knob, Network, SoFar, Strategy, Try, dropout_knob
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.costs import epochs_for
from goodfit.values import Arm as Side
from goodfit.values import Curve, Goal, History, Prescription, RateStage, Run, Split, Trial

Key = tuple[float, tuple[RateStage, ...]]


@dataclass(frozen=True, slots=True)
class Arm:
    """What came of an arm."""

    run: Run
    test: float  # at its best checkpoint
    seconds: float


@dataclass
class Trainings:
    """The trainings of one bed, which several searches can share: each pays for what it asks for all the same."""

    bed: Bed
    done: dict[tuple[object, ...], Arm] = field(default_factory=dict)
    begins: dict[tuple[object, ...], Course] = field(default_factory=dict)  # at a best checkpoint

    @cached_property
    def knob(self) -> Knob:
        """What `tune` would turn in this network."""
        model = build_model(self.bed.task, Settings(seed=self.bed.seed))
        knob = dropout_knob(model, Prescription(remedy="raise-dropout"), self.bed.parts[0].x[:4])
        return replace(knob, fine=RATES[1:-1])  # all of which there are curves of

    def own(self) -> Arm:
        """The user's own run."""
        curve = self.bed.own
        best = curve.best()
        return Arm(_run(list(curve.validation), best, curve.losses[best]), float(curve.test[best]), 0.0)

    def train(self, tried: Try, before: Arm | None) -> Arm:
        """Carry an arm out; `before` is the one that it goes on from."""
        key = (tried.value, tried.earlier, tried.patience, tried.max_epochs)
        if key not in self.done:
            self.done[key] = self._from_the_start(tried) if before is None else self._further(tried, before)
        return self.done[key]

    def _from_the_start(self, tried: Try) -> Arm:
        curve = self.bed.curve(nearest(tried.value))
        curve = curve.upto(curve.stop(tried.patience, tried.max_epochs))
        best = curve.best()
        run = _run(list(curve.validation), best, curve.losses[best])
        return Arm(run, float(curve.test[best]), float(curve.seconds.sum()))

    def _further(self, tried: Try, before: Arm) -> Arm:
        begun, rates = before.run.best_epoch, [stage.rate for stage in tried.earlier]
        if (
            tried.earlier not in self.begins
        ):  # only a rate from the start: a stage was copied when it was trained
            self.begins[tried.earlier] = forked(Course(self.bed, nearest(rates[-1])).run(begun))
        course, best = drop_at(forked(self.begins[tried.earlier]), tried.value), None
        last = tried.max_epochs or planned_with(tried.earlier, self.bed.horizon)
        for epoch in range(1, last - begun + 1):
            course.epoch()
            if course.validation[-1] <= min(course.validation):
                best, epoch_of_best = deepcopy(course), epoch
            if best is not None and tried.patience.is_over(epoch_of_best, epoch):
                break
        seconds = sum(course.seconds)
        curve = [*before.run.history.curves["val_loss"].values[:begun], *course.validation]
        if best is None or best.validation[-1] >= before.run.score:  # the checkpoint it began at is its best
            return Arm(_run(curve, begun - 1, np.asarray(before.run.per_example)), before.test, seconds)
        stage = RateStage(rate=tried.value, epochs=len(best.validation))
        self.begins[(*tried.earlier, stage)] = forked(best)
        return Arm(_run(curve, begun + stage.epochs - 1, best.losses[-1]), best.test[-1], seconds)


def _run(validation: list[float], best: int, losses: Floats) -> Run:
    epochs = len(validation)
    curve = Curve(
        values=tuple(map(float, validation)),
        x=tuple(range(1, epochs + 1)),
        split=Split.VALIDATION,
        metric="loss",
        goal=Goal.MINIMIZE,
    )
    return Run(
        seed=0,
        arm=Side.TREATMENT,
        history=History(curves={"val_loss": curve}),
        score=float(validation[best]),
        per_example=tuple(map(float, losses)),
        best_epoch=best + 1,
        epochs=epochs,
    )


@dataclass(frozen=True)
class Tune:
    """The search."""

    name: str = "climb from one rate or two (goodfit)"
    strategy: Strategy = DEFAULT

    def search(self, bed: Bed) -> Picked:
        """Search; the network is the answer, its schedule the note."""
        return self.searched(Trainings(bed))

    def searched(self, trainings: Trainings, network: Network | None = None) -> Picked:
        """The same with trainings that other searches of the bed have carried out, as if it were another network."""
        own, planned, knob = trainings.own(), trainings.bed.horizon, trainings.knob
        knob = replace(knob, network=network) if network is not None else knob
        arms: dict[Key, Arm] = {}
        so_far = SoFar(knob=knob, own=own.run, planned=planned)
        while tries := self.strategy.ahead(so_far).tries:
            for tried in tries:
                before = None if tried.after is None else arms[tried.after.value, tried.after.earlier]
                arms[tried.value, tried.earlier] = trainings.train(tried, before)
            trials = tuple(
                Trial(value=value, earlier=earlier, run=arm.run) for (value, earlier), arm in arms.items()
            )
            so_far = replace(so_far, rounds=so_far.rounds + 1, trials=trials)
        dose = conclude(knob, own.run, so_far.trials).to_prove
        taken = arms[dose.value, dose.earlier]
        return Picked(
            dose.value if not dose.earlier else None,
            sum(epochs_for(trial) for trial in so_far.trials),
            sum(arm.seconds for arm in arms.values()),
            taken.run.score,
            taken.test,
            written(dose.value, dose.earlier),
        )


def written(rate: float, earlier: tuple[RateStage, ...]) -> str:
    """A schedule as text: "0.5x12 0.65x4 0.75"."""
    return " ".join([*(f"{stage.rate:g}x{stage.epochs}" for stage in earlier), f"{rate:g}"])


def trained_at(bed: Bed, schedule: str) -> Picked:
    """The network that a schedule gives from the start to the planned end; its cost is that of one training."""
    *first, last = schedule.split()
    earlier = tuple(
        RateStage(rate=float(rate), epochs=int(epochs))
        for rate, epochs in (stage.split("x") for stage in first)
    )
    rates = [stage.rate for stage in earlier for _ in range(stage.epochs)]
    course = Course(bed, nearest(rates[0] if rates else float(last)))
    for epoch in range(planned_with(earlier, bed.horizon)):
        drop_at(course, rates[epoch] if epoch < len(rates) else float(last))
        course.epoch()
    return course.picked(note=schedule)


WAYS = (Tune(),)
