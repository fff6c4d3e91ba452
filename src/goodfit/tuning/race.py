# SPDX-License-Identifier: Apache-2.0
"""The race: a coarse grid of doses beside the user's own run, each arm stopped as soon as it has had its minimum.

An overfitting run reaches its best checkpoint early and wastes the rest, so an arm that is stopped after its minimum
costs a small part of the run as planned. All arms share initialisation, batch order and the uniform draws of their
masks; they differ in the dose alone. The mildest dose within one paired standard error of the best is chosen
(the one-standard-error rule of Breiman et al. 1984, on differences per example). A command is run to the end that it
sets itself, and its arms are told apart by the noise of their curves: see `differences`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from goodfit.errors import DivergedError, SettingsError
from goodfit.execution import (
    STORE,
    Executor,
    Failure,
    Folder,
    Job,
    OnRun,
    Outcome,
    StoredRun,
    Workers,
    carry_out,
    folder_at,
    in_order,
    stack_first,
)
from goodfit.training import OWN_SEED, CommandSource, Patience, Settings, Source, Task, as_source, prepare
from goodfit.tuning.differences import difference, notes_on, yardstick
from goodfit.tuning.knobs import Knob
from goodfit.values import Arm, Cost, Curve, Dose, Run, Study, Trial


@dataclass(slots=True)
class _Race:
    """What the race holds while it runs."""

    fingerprint: str
    source: Source
    knob: Knob
    store: Folder
    workers: Executor
    on_run: OnRun | None
    stack: bool | None
    trials: list[Trial]
    notes: list[str]

    def job(self, settings: Settings) -> Job:
        """A training of this race's task."""
        return Job(self.source, settings, self.store, self.fingerprint)

    def own(self) -> Settings:
        """The training as the user has it; a command has to be told the present value."""
        settings = Settings(seed=OWN_SEED)
        return (
            self.knob.apply(settings, self.knob.own) if isinstance(self.source, CommandSource) else settings
        )


def tune(  # noqa: PLR0913 - a verb, its options by keyword
    task: Task | Source | str,
    knob: Knob,
    *,
    budget: int | None = None,
    store: Folder | Path | str = STORE,
    workers: Executor | None = None,
    on_run: OnRun | None = None,
    stack: bool | None = None,
) -> Study:
    """Find the dose of a knob for one task.

    Args:
        task: what to train: a Task, the reference of a function that gives one, or a CommandSource.
        knob: what to turn.
        budget: epochs that the search may train in all; None sets no cap beside the task's own epochs.
        store: folder of finished runs, or an address of fsspec.
        workers: where trainings are carried out; None: in this process.
        on_run: called with every finished arm.
        stack: whether the arms are trained at once, as a stack: the same runs but for rounding. None: where it pays.

    Raises:
        SettingsError: the budget ends the arms before the user's own run had its best epoch, or is for a command.
        DivergedError: the user's own run diverged, or every arm did.
    """
    source, workers, store = as_source(task), workers or Workers(1), folder_at(store)
    if isinstance(source, CommandSource) and budget is not None:
        raise SettingsError(
            "goodfit cannot end a command's training after so many epochs",
            where="--budget",
            todo="leave it out, and give the command fewer epochs by itself",
        )
    prepared = prepare(source)
    race = _Race(prepared.fingerprint, source, knob, store, workers, on_run, stack, [], [])
    own = workers.submit(carry_out, race.job(race.own())).result().run
    planned = prepared.epochs or own.epochs
    if isinstance(source, CommandSource) and on_run is not None:
        on_run(f"{knob.name} {knob.own:g}, as it is", own)
    cap = planned if budget is None else min(planned, _share(budget, len(knob.values) + 1, own))
    _run_arms(race, knob.values, cap, planned)
    if not race.trials:
        raise DivergedError(
            "every arm of the search diverged", where=source.name, todo="lower the learning rate"
        )
    extension = _beyond(knob, min(race.trials, key=lambda trial: trial.run.score).value)
    spent = sum(trial.run.epochs for trial in race.trials)
    left = planned if budget is None else min(planned, budget - spent)
    if extension is not None and left >= min(cap, planned):
        _run_arms(race, (extension,), left, planned)
    elif extension is not None:
        race.notes.append(f"the end of the range won, and the budget left too little to try {extension:g}")
    return _conclude(race, own, budget)


def _share(budget: int, arms: int, own: Run) -> int:
    """Epochs for each arm; one share is kept for the dose added at the end.

    An arm that stops before the user's own run had its best epoch says nothing about its dose.
    """
    share, least = budget // arms, max(Patience().floor, own.best_epoch)
    if share < least:
        raise SettingsError(
            f"{budget} epochs give each of {arms} arms {share}, and your own run had its best at epoch {own.best_epoch}",
            todo=f"allow at least {least * arms} epochs for the search (a third of what --budget leaves)",
        )
    return share


def _run_arms(race: _Race, values: Iterable[float], cap: int, planned: int) -> None:
    most = cap if cap < planned else None
    values = list(values)
    jobs = [race.job(arm_of(race.knob, value, max_epochs=most)) for value in values]
    stacked, because = stack_first(jobs, race.workers, stack=race.stack)
    if race.stack and because is not None:
        race.notes.append(f"the arms were trained one by one: {because}")
    rest = in_order([job for place, job in enumerate(jobs) if place not in stacked], race.workers)
    for place, value in enumerate(values):
        try:
            stored = _stored(stacked[place]) if place in stacked else next(rest).result()
            run = _finished(race, value, stored)
        except DivergedError as error:
            race.notes.append(f"{race.knob.name} {value:g} diverged and was left out: {error.found}")
            continue
        if run.epochs == cap < planned and not Patience().is_over(run.best_epoch, run.epochs):
            race.notes.append(f"{race.knob.name} {value:g} was cut short by the budget after {cap} epochs")
        race.trials.append(Trial(value=value, run=run))


def arm_of(knob: Knob, value: float, *, max_epochs: int | None = None) -> Settings:
    """The settings of one arm of a search: early stopped, with the seed of the user's own run."""
    base = Settings(seed=OWN_SEED, arm=Arm.TREATMENT, patience=Patience(), max_epochs=max_epochs)
    return knob.apply(base, value)


def _stored(outcome: Outcome) -> StoredRun:
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


def _finished(race: _Race, value: float, stored: StoredRun) -> Run:
    if race.on_run is not None:
        race.on_run(f"{race.knob.name} {value:g}", stored.run)
    return stored.run


def _beyond(knob: Knob, winner: float) -> float | None:
    if winner == knob.values[-1] and knob.stronger is not None:
        return knob.stronger
    return knob.milder if winner == knob.values[0] else None


def _conclude(race: _Race, own: Run, budget: int | None) -> Study:
    best = min(race.trials, key=lambda trial: trial.run.score)
    trials = tuple(
        t if t is best else replace(t, behind_best=difference(t.run, best.run)) for t in race.trials
    )
    level = [t for t in trials if t.behind_best is None or t.behind_best.low <= 0]
    chosen = min(level, key=lambda trial: abs(trial.value - race.knob.own))
    control = Trial(value=race.knob.own, run=own, behind_best=difference(own, best.run))
    gain = difference(own, chosen.run)
    if gain.low <= 0:
        race.notes.append(f"your own setting is within {yardstick(own)}: the search shows no clear gain")
    race.notes.extend(notes_on(gain, own, [trial.run for trial in trials]))
    return Study(
        knob=race.knob.name,
        control=control,
        trials=trials,
        chosen=Dose(
            value=chosen.value,
            low=min(t.value for t in level),
            high=max(t.value for t in level),
            unit=race.knob.unit,
        ),
        beats_control=gain,
        cost=_cost(trials, own),
        budget_epochs=budget,
        because=_because(chosen, best, len(level)),
        notes=tuple(race.notes),
    )


def _because(chosen: Trial, best: Trial, level: int) -> str:
    if chosen.value == best.value:
        return (
            f"{chosen.value:g} has the lowest validation loss, "
            f"and no milder dose that was tried is within {yardstick(best.run)}"
        )
    return (
        f"{chosen.value:g} is the mildest of {level} doses within {yardstick(best.run)} "
        f"of the lowest validation loss, which {best.value:g} has"
    )


def _cost(trials: tuple[Trial, ...], control: Run) -> Cost:
    epochs = sum(trial.run.epochs for trial in trials)
    planned = control.history.context.epochs_planned or control.epochs
    return Cost(
        epochs=epochs,
        share_of_plan=epochs / planned,
        early_stopped_runs=epochs / epochs_until_stopped(control.history.curves["val_loss"], Patience()),
        seconds=sum(trial.run.seconds for trial in trials),
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
