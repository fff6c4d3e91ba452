# SPDX-License-Identifier: Apache-2.0
"""Carrying the arms of a search out: side by side, as a stack, or from the store, and what each came to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from goodfit.errors import DivergedError
from goodfit.execution import Executor, Failure, Folder, Job, OnRun, Outcome, StoredRun, in_order, stack_first
from goodfit.training import OWN_SEED, CommandSource, Patience, Settings, Source
from goodfit.tuning.knobs import Knob
from goodfit.tuning.strategy import Try
from goodfit.values import Arm, Run, Trial


@dataclass(slots=True)
class Arms:
    """The arms of one search while it runs."""

    fingerprint: str
    source: Source
    knob: Knob
    store: Folder
    workers: Executor
    on_run: OnRun | None = None
    stack: bool | None = None
    trials: list[Trial] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def job(self, settings: Settings) -> Job:
        """A training of this search's task."""
        return Job(self.source, settings, self.store, self.fingerprint)

    def own(self) -> Settings:
        """The training as the user has it; a command has to be told the present value."""
        settings = Settings(seed=OWN_SEED)
        return (
            self.knob.apply(settings, self.knob.own) if isinstance(self.source, CommandSource) else settings
        )

    def carry_out(self, tries: Sequence[Try]) -> None:
        """Train an arm for each; what diverged is noted, and the others go on."""
        jobs = [self.job(arm_of(self.knob, each.value, max_epochs=each.max_epochs)) for each in tries]
        stacked, because = stack_first(jobs, self.workers, stack=self.stack)
        if self.stack and because is not None:
            self.notes.append(f"the arms were trained one by one: {because}")
        rest = in_order([job for place, job in enumerate(jobs) if place not in stacked], self.workers)
        for place, each in enumerate(tries):
            try:
                stored = _stored(stacked[place]) if place in stacked else next(rest).result()
                run = self._finished(each.value, stored)
            except DivergedError as error:
                self.notes.append(f"{self.knob.name} {each.value:g} diverged and was left out: {error.found}")
                continue
            if run.epochs == each.max_epochs and not Patience().is_over(run.best_epoch, run.epochs):
                self.notes.append(
                    f"{self.knob.name} {each.value:g} was cut short by the budget after {run.epochs} epochs"
                )
            self.trials.append(Trial(value=each.value, run=run))

    def _finished(self, value: float, stored: StoredRun) -> Run:
        if self.on_run is not None:
            self.on_run(f"{self.knob.name} {value:g}", stored.run)
        return stored.run


def arm_of(knob: Knob, value: float, *, max_epochs: int | None = None) -> Settings:
    """The settings of one arm of a search: early stopped, with the seed of the user's own run."""
    base = Settings(seed=OWN_SEED, arm=Arm.TREATMENT, patience=Patience(), max_epochs=max_epochs)
    return knob.apply(base, value)


def _stored(outcome: Outcome) -> StoredRun:
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome
