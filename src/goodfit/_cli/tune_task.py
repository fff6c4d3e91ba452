# SPDX-License-Identifier: Apache-2.0
"""The part of `goodfit tune` that is about a TASK: its own run, the knob, what it will cost, the arms."""

from dataclasses import dataclass
from typing import Any

from rich.console import Console

from goodfit._cli.arms_table import ArmsTable
from goodfit._cli.progress import Teller
from goodfit._cli.running import Running, processes, workers_for
from goodfit._experiment import carried_out, facts_of, knob_of, nothing_to_do
from goodfit.errors import HaltedError, SettingsError
from goodfit.execution import Folder, Job, RunStore, carry_out, note_task, processors
from goodfit.remedies import prescribe
from goodfit.report.study_rows import duration
from goodfit.report.words import number, plural
from goodfit.rules import diagnose
from goodfit.tasks import find_task
from goodfit.training import OWN_SEED, Prepared, Settings, TaskSource, prepare
from goodfit.training.halting import gently
from goodfit.trials import seconds_an_epoch
from goodfit.tuning import DEFAULT, Budget, Knob
from goodfit.tuning import tune as search
from goodfit.tuning.costs import most_ahead
from goodfit.tuning.grids import SWITCH
from goodfit.values import Prescription, Run, Study

_OWN = Settings(seed=OWN_SEED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, and where it is carried out."""

    task: str
    remedy: str | None
    budget: Budget | None
    running: Running
    store: Folder
    study: Any = None  # of Optuna, that arms are added to


def tune_task(asked: Asked, console: Console) -> Study:
    """Tune what was asked for, or what the task's own run calls for.

    Raises:
        StudyInterrupted: Ctrl-C; it holds the study of what is there.
    """
    source = find_task(asked.task)
    prepared = prepare(source)
    if asked.remedy is not None:
        knob_of(prepared, _by_name(asked.remedy))  # whatever is wrong with it is said first
    changed = note_task(asked.store, source.name, prepared.fingerprint)
    if changed is not None:
        console.print(changed, soft_wrap=True)
    own = _own_run(asked, source, prepared, console)
    knob = _knob(asked, prepared, own)
    with workers_for(asked.running, source) as pool:
        console.print(_announced(knob, prepared, asked.budget, own, pool.count), style="bold", soft_wrap=True)
        with ArmsTable(console, knob.name) as table:
            return search(
                source,
                knob,
                budget=asked.budget,
                store=asked.store,
                workers=pool,
                hear=table,
                study=asked.study,
            )


def print_plan(asked: Asked, console: Console) -> None:
    """Print what a search would do, and what it would cost at most; nothing is trained but a few steps to time them."""
    source = find_task(asked.task)
    prepared = prepare(source)
    stored = RunStore(asked.store).find(prepared.fingerprint, _OWN)
    own = stored.run if stored is not None else None
    count = processes(asked.running, source) or processors()
    pace = own.seconds / own.epochs if own is not None else seconds_an_epoch(prepared)
    there = "it is in the store already" if own is not None else f"about {duration(prepared.epochs * pace)}"
    console.print(
        f"1. your own run: {plural(prepared.epochs, 'epoch')}, {there}; the search does not pay for it"
    )
    if own is None and asked.remedy is None:
        console.print(
            "2. its diagnosis names the remedy to tune; --remedy NAME tunes another, and tells its cost here",
            soft_wrap=True,
        )
        return
    knob = _knob(asked, prepared, own)
    console.print(f"2. {_told(knob, prepared, asked.budget, own, count, pace)}", soft_wrap=True)


def _by_name(remedy: str | None) -> Prescription:
    chosen = carried_out((), remedy)
    assert chosen is not None  # noqa: S101 - a remedy asked for by name is one
    return chosen


def _own_run(asked: Asked, source: TaskSource, prepared: Prepared, console: Console) -> Run:
    """The user's own run, trained as planned or taken from the store."""
    with Teller(console) as teller, gently():
        teller.stage(f"training {prepared.name} as planned, or taking it from {asked.store}")
        try:
            job = Job(source, _OWN, asked.store, prepared.fingerprint)
            return carry_out(job, teller.epoch).run
        except HaltedError as error:
            raise KeyboardInterrupt from error


def _knob(asked: Asked, prepared: Prepared, own: Run | None) -> Knob:
    """Of the remedy that was asked for, or of the one that the own run calls for."""
    if asked.remedy is not None or own is None:
        return knob_of(prepared, _by_name(asked.remedy))
    prescriptions = prescribe(diagnose(own.history), own.history, facts_of(prepared))
    chosen = carried_out(prescriptions, None)
    if chosen is None:
        raise SettingsError(
            nothing_to_do(prescriptions[0]), where="--remedy", todo="name a remedy to tune it"
        )
    return knob_of(prepared, chosen)


def _announced(knob: Knob, prepared: Prepared, budget: Budget | None, own: Run, at_once: int) -> str:
    """What the search does and costs at most, from the speed of the user's own run."""
    return _told(knob, prepared, budget, own, at_once, own.seconds / max(own.epochs, 1))


def _told(
    knob: Knob, prepared: Prepared, budget: Budget | None, own: Run | None, at_once: int, pace: float
) -> str:
    planned = prepared.epochs
    all_of_it = DEFAULT.most(knob, planned)
    epochs = None if budget is None else budget.paced(planned, pace, min(at_once, all_of_it.at_once))
    most = most_ahead(knob, planned, all_of_it, seconds_an_epoch=pace, workers=at_once, budget=epochs)
    seconds = most.seconds if budget is None or budget.seconds is None else min(most.seconds, budget.seconds)
    given = "" if budget is None else f"with a budget of {budget} "
    speed = "at the speed of your own run" if own is not None else "at the speed of a few steps"
    return (
        f"{'trying' if knob.unit == SWITCH.unit else 'finding the'} {knob.name}: your own run of {plural(planned, 'epoch')} (T), then {given}at most "
        f"{plural(most.arms, 'other')}, each ended after its validation minimum: at most {number(most.share_of_plan, 2)} T, "
        f"{plural(most.epochs, 'epoch')}, {duration(seconds)} {speed}"
    )
