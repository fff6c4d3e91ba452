# SPDX-License-Identifier: Apache-2.0
"""`tune`'s own strategy and its own conclusion, carried out on a bed: arms that go on from another's best checkpoint.

The network that an arm ends with is the one that its schedule gives from the start (a test of `tune` holds that), so an
arm costs only the epochs behind the checkpoint. The note of what is picked is the schedule; `trained_at` trains it from
the start, and at another seed says what it is worth there.
"""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from dose_bed import RATES, Bed, Course, Floats, Picked, nearest
from way_parts import drop_at, forked

from goodfit.surgery import planned_with
from goodfit.training import Settings
from goodfit.tuning import DEFAULT, Knob, SoFar, Strategy, Try
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.costs import epochs_for
from goodfit.values import Arm, Curve, Goal, History, RateStage, Run, Split, Trial

Key = tuple[float, tuple[RateStage, ...]]


def _same(settings: Settings, *_: object) -> Settings:
    """Nobody is asked for settings here: the knob only says what can be tried."""
    return settings


KNOB = Knob(
    name="dropout rate",
    unit="drop probability",
    own=0.0,
    values=(0.2, 0.4, 0.6),
    milder=0.1,
    stronger=0.75,
    fine=RATES[1:-1],
    apply=_same,
    apply_in_stages=_same,
)


@dataclass(slots=True)
class _Arms:
    """The arms of one search: what each measured, and where others can go on from."""

    bed: Bed
    begins: dict[Key, Course] = field(default_factory=dict)  # at the best checkpoint
    trials: list[Trial] = field(default_factory=list)
    tests: dict[Key, float] = field(default_factory=dict)
    seconds: float = 0.0

    def own(self) -> Run:
        """The user's own run."""
        curve = self.bed.own
        best = curve.best()
        self.tests[0.0, ()] = float(curve.test[best])
        return _run(list(curve.validation), best, curve.losses[best])

    def train(self, tried: Try) -> None:
        """Carry an arm out."""
        if tried.after is None:
            self._from_the_start(tried)
        else:
            self._further(tried, tried.after)

    def _from_the_start(self, tried: Try) -> None:
        curve = self.bed.curve(nearest(tried.value))
        curve = curve.upto(curve.stop(tried.patience, tried.max_epochs))
        best = curve.best()
        self.seconds += float(curve.seconds.sum())
        self._note(tried, _run(list(curve.validation), best, curve.losses[best]), float(curve.test[best]))

    def _further(self, tried: Try, before: Trial) -> None:
        at = (before.value, before.earlier)
        if at not in self.begins:  # only a rate from the start: a stage was copied when it was trained
            self.begins[at] = forked(Course(self.bed, nearest(before.value)).run(before.run.best_epoch))
        course, best = drop_at(forked(self.begins[at]), tried.value), None
        last = tried.max_epochs or planned_with(tried.earlier, self.bed.horizon)
        for epoch in range(1, last - before.run.best_epoch + 1):
            course.epoch()
            if course.validation[-1] <= min(course.validation):
                best, epoch_of_best = deepcopy(course), epoch
            if best is not None and tried.patience.is_over(epoch_of_best, epoch):
                break
        self.seconds += sum(course.seconds)
        curve = [*before.run.history.curves["val_loss"].values[: before.run.best_epoch], *course.validation]
        if best is None or best.validation[-1] >= before.run.score:  # the checkpoint it began at is its best
            losses, test = np.asarray(before.run.per_example), self.tests[at]
            self._note(tried, _run(curve, before.run.best_epoch - 1, losses), test)
            return
        self.begins[tried.value, tried.earlier] = forked(best)
        run = _run(curve, before.run.best_epoch + len(best.validation) - 1, best.losses[-1])
        self._note(tried, run, best.test[-1])

    def _note(self, tried: Try, run: Run, test: float) -> None:
        self.tests[tried.value, tried.earlier] = test
        self.trials.append(Trial(value=tried.value, run=run, earlier=tried.earlier))


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
        arm=Arm.TREATMENT,
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
        arms = _Arms(bed)
        own = arms.own()
        so_far = SoFar(knob=KNOB, own=own, planned=bed.horizon)
        for rounds in range(1, 20):
            tries = self.strategy.ahead(so_far).tries
            if not tries:
                break
            for tried in tries:
                arms.train(tried)
            so_far = SoFar(knob=KNOB, own=own, planned=bed.horizon, rounds=rounds, trials=tuple(arms.trials))
        dose = conclude(KNOB, own, arms.trials).to_prove
        taken = next(each for each in arms.trials if each.is_at(dose))
        return Picked(
            dose.value if not dose.earlier else None,
            sum(epochs_for(trial) for trial in arms.trials),
            arms.seconds,
            taken.run.score,
            arms.tests[dose.value, dose.earlier],
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
