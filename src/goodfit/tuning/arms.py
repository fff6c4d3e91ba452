# SPDX-License-Identifier: Apache-2.0
"""Carrying the arms of a search out: side by side, as a stack, or from the store, and what each came to.

Ctrl-C and the clock end arms after an epoch. What those had reached is taken from the store, where the next search
goes on with them, so that no finished epoch is lost.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from goodfit.errors import DivergedError, GoodfitError, HaltedError
from goodfit.execution import (
    Executor,
    Failure,
    Folder,
    Job,
    Outcome,
    RunStore,
    StoredRun,
    in_order,
    reached,
    stack_first,
)
from goodfit.report.words import plural, stages
from goodfit.training import OWN_SEED, CommandSource, Patience, Settings, Source
from goodfit.tuning.costs import epochs_for, shared
from goodfit.tuning.hearing import Hearer
from goodfit.tuning.knobs import Knob
from goodfit.tuning.optuna_study import Recorder
from goodfit.tuning.strategy import Try
from goodfit.values import Arm, ArmEnd, FailedArm, RateStage, Run, Trial


@dataclass(slots=True)
class Arms:
    """The arms of one search while it runs."""

    fingerprint: str
    source: Source
    knob: Knob
    store: Folder
    workers: Executor
    hear: Hearer
    stack: bool | None = None
    until: float | None = None  # time.time() at which the budget's clock has run down
    recorder: Recorder | None = None  # into the user's Optuna study
    trials: list[Trial] = field(default_factory=list)
    failed: list[FailedArm] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False  # by Ctrl-C
    _settings: dict[tuple[float, tuple[RateStage, ...]], Settings] = field(
        default_factory=dict
    )  # of the arms begun

    def job(self, settings: Settings) -> Job:
        """A training of this search's task."""
        return Job(self.source, settings, self.store, self.fingerprint, self.until, self.hear.folder)

    def job_of(self, tried: Try) -> Job:
        """The training of an arm."""
        settings = arm_of(
            self.knob,
            tried.value,
            earlier=tried.earlier,
            patience=tried.patience,
            max_epochs=tried.max_epochs,
        )
        self._settings[tried.value, tried.earlier] = settings
        job, before = replace(self.job(settings), hand_on=tried.leads), tried.after
        return job if before is None else replace(job, after=self._settings[before.value, before.earlier])

    def own(self) -> Settings:
        """The training as the user has it; a command has to be told the present value."""
        settings = Settings(seed=OWN_SEED)
        return (
            self.knob.apply(settings, self.knob.own) if isinstance(self.source, CommandSource) else settings
        )

    @property
    def spent(self) -> int:
        """Epochs trained for the search, those of failed arms included."""
        return sum(epochs_for(trial) for trial in self.trials) + sum(each.epochs for each in self.failed)

    def carry_out(self, tries: Sequence[Try]) -> None:
        """Train an arm for each; what diverged is noted, and the others go on. After Ctrl-C none is begun."""
        jobs = [self.job_of(each) for each in tries]
        self.hear.begin({each.value: job for each, job in zip(tries, jobs, strict=True)})
        ended: set[int] = set()
        try:
            for place, future in self._futures(jobs, alone=any(each.leads for each in tries)):
                ended.add(place)
                self._take(tries[place], jobs[place], future)
                if self.interrupted:
                    break
        except KeyboardInterrupt:
            self.interrupted = True
        if self.interrupted:
            self.workers.halt()
        for place in sorted(set(range(len(tries))) - ended):
            self._take_reached(tries[place], jobs[place])

    def _futures(self, jobs: Sequence[Job], *, alone: bool) -> Iterator[tuple[int, "Future[StoredRun]"]]:
        """(place of a job, its Future), in the order of the jobs."""
        stacked: dict[int, Outcome] = {}
        because: str | None = "each one begins where the one before shows"
        if not alone:
            stacked, because = stack_first(jobs, self.workers, stack=self.stack)
        said = f"the arms were trained one by one: {because}"
        if self.stack and because is not None and said not in self.notes:
            self.notes.append(said)
        rest = in_order([job for place, job in enumerate(jobs) if place not in stacked], self.workers)
        for place in range(len(jobs)):
            yield place, _known(stacked[place]) if place in stacked else next(rest)

    def _take(self, tried: Try, job: Job, future: "Future[StoredRun]") -> None:
        """What came of an arm."""
        try:
            run = future.result().run
        except DivergedError as error:
            self._fail(tried, error)
        except HaltedError:
            self.interrupted = self.interrupted or not self._clock_has_run_down
            self._take_reached(tried, job)
        except KeyboardInterrupt:
            self.interrupted = True
            self.workers.halt()  # another process writes its epoch down first: what it reached is not there before
            self._take_reached(tried, job)
        else:
            self._add(tried, run, _end_of(run, tried))

    def _take_reached(self, tried: Try, job: Job) -> None:
        """What there is of an arm that was not trained to its end."""
        try:
            found = reached(job, stacked=self.stack is not False)
        except GoodfitError:
            found = None
        name = self._named(tried)
        if isinstance(found, StoredRun):
            self._add(tried, found.run, _end_of(found.run, tried))
        elif found is not None:
            end = ArmEnd.INTERRUPTED if self.interrupted else ArmEnd.CUT
            self._add(tried, found, end)
        else:
            self.notes.append(
                f"{name} had not finished an epoch"
                + (" when you stopped the search" if self.interrupted else ": the budget was spent")
            )
            self.hear.ended(tried.value, None, None, "not begun")

    def let_go(self) -> None:
        """Remove what was kept for arms to go on from, which a search that has ended needs no more."""
        for settings in self._settings.values():
            RunStore(self.store).hand_on_no_more(self.fingerprint, settings)

    def _named(self, tried: Try) -> str:
        return f"{self.knob.name} {stages(tried.value, tried.earlier)}"

    @property
    def _clock_has_run_down(self) -> bool:
        return self.until is not None and time.time() >= self.until

    def _add(self, tried: Try, run: Run, end: ArmEnd) -> None:
        name = self._named(tried)
        if end is ArmEnd.CUT:
            self.notes.append(f"{name} was cut short by the budget after {plural(run.epochs, 'epoch')}")
        if end is ArmEnd.INTERRUPTED:
            self.notes.append(
                f"{name} was stopped by you after {plural(run.epochs, 'epoch')}; the same search goes on from there"
            )
        self.trials.append(Trial(value=tried.value, run=run, earlier=tried.earlier, ended=end))
        self.hear.ended(tried.value, run, end, "")

    def _fail(self, tried: Try, error: DivergedError) -> None:
        self.notes.append(f"{self._named(tried)} diverged and was left out: {error.found}")
        self.failed.append(
            FailedArm(
                value=tried.value,
                because=error.found,
                earlier=tried.earlier,
                epochs=error.epochs - shared(tried.earlier),
                seconds=error.seconds,
            )
        )
        self.hear.ended(tried.value, None, None, "diverged")


def arm_of(
    knob: Knob,
    value: float,
    *,
    earlier: tuple[RateStage, ...] = (),
    patience: Patience = Patience(),  # noqa: B008 - frozen
    max_epochs: int | None = None,
) -> Settings:
    """The settings of one arm of a search: early stopped, with the seed of the user's own run."""
    base = Settings(seed=OWN_SEED, arm=Arm.TREATMENT, patience=patience, max_epochs=max_epochs)
    return knob.set(base, value, earlier)


def _end_of(run: Run, tried: Try) -> ArmEnd:
    """Why a run that was trained to its own end trained no further."""
    planned = run.history.context.epochs_planned or run.epochs
    if run.epochs < min(planned, tried.max_epochs or planned):
        return ArmEnd.AT_MINIMUM
    return ArmEnd.CUT if run.epochs == tried.max_epochs else ArmEnd.AS_PLANNED


def _known(outcome: Outcome) -> "Future[StoredRun]":
    done: Future[StoredRun] = Future()
    if isinstance(outcome, Failure):
        done.set_exception(outcome.error)
    else:
        done.set_result(outcome)
    return done
