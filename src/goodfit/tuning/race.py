# SPDX-License-Identifier: Apache-2.0
"""The race: a few doses beside the user's own run, each arm stopped as soon as it has had its minimum.

An overfitting run reaches its best checkpoint early and wastes the rest, so an arm that is stopped after its minimum
costs a small part of the run as planned. All arms share initialisation, batch order and the uniform draws of their
masks; they differ in the dose alone. Which doses are tried is for a `Strategy`, which of them is chosen for
`conclude`. A command is run to the end that it sets itself, and its arms are told apart by the noise of their curves:
see `differences`.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from goodfit.errors import DivergedError, HaltedError, SettingsError
from goodfit.execution import STORE, Executor, Folder, OnRun, Workers, carry_out, folder_at, note_task
from goodfit.report.words import plural
from goodfit.training import CommandSource, Source, Task, as_source, prepare
from goodfit.training.halting import gently
from goodfit.tuning.arms import Arms
from goodfit.tuning.budget import Budget, Unit
from goodfit.tuning.climbing import Climbing
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.hearing import Hearer, OfRuns, Several
from goodfit.tuning.knobs import Knob
from goodfit.tuning.optuna_study import Recorder
from goodfit.tuning.strategy import SoFar, Strategy
from goodfit.values import Run, Study

DEFAULT: Strategy = Climbing()


class StudyInterrupted(KeyboardInterrupt):
    """Ctrl-C ended a search; what it had found by then is its `study`, and the same search goes on from there."""

    def __init__(self, study: Study) -> None:
        super().__init__(f"the search was {study.stopped}")
        self.study = study


def tune(  # noqa: PLR0913 - a verb, its options by keyword
    task: Task | Source | str,
    knob: Knob,
    *,
    budget: Budget | int | str | None = None,
    store: Folder | Path | str = STORE,
    workers: Executor | None = None,
    on_run: OnRun | None = None,
    hear: Hearer | None = None,
    study: Any = None,
    stack: bool | None = None,
    strategy: Strategy = DEFAULT,
) -> Study:
    """Find the dose of a knob for one task.

    Args:
        task: what to train: a Task, the reference of a function that gives one, or a CommandSource.
        knob: what to turn.
        budget: what the search may take beside the user's own run: epochs, or a `Budget` ("1.5T", "90s"); None sets no
            cap beside the task's own epochs.
        store: folder of finished runs, or an address of fsspec.
        workers: where trainings are carried out; None: in this process.
        on_run: called with every finished arm.
        hear: told more than that.
        study: an optuna.Study that the arms are added to as trials (see `tuning.optuna_study`).
        stack: whether the arms are trained at once, as a stack: the same runs but for rounding. None: where it pays.
        strategy: which values are tried.

    Raises:
        SettingsError: the budget ends the arms before the user's own run had its best epoch, or counts the epochs of a
            command.
        DivergedError: the user's own run diverged, or every arm did.
        StudyInterrupted: Ctrl-C; it holds the study of what is there, and the same call goes on from there.
        MissingExtraError: a study was given, and optuna is not installed.
    """
    source, cap = as_source(task), None if budget is None else Budget.of(budget)
    if isinstance(source, CommandSource) and cap is not None and cap.unit is not Unit.SECONDS:
        raise SettingsError(
            "goodfit cannot end a command's training after so many epochs",
            where="--budget",
            todo="give seconds (90s), or leave it out, and give the command fewer epochs by itself",
        )
    prepared = prepare(source)
    heard, recorder = _heard(knob, on_run, hear, study)
    arms = Arms(
        prepared.fingerprint,
        source,
        knob,
        folder_at(store),
        workers or Workers(1),
        heard,
        stack=stack,
        recorder=recorder,
    )
    changed = note_task(arms.store, source.name, prepared.fingerprint)
    arms.notes += [changed] if changed is not None else []
    with gently():
        own = _own(arms)
        if isinstance(source, CommandSource) and on_run is not None:
            on_run(f"{knob.name} {knob.own:g}, as it is", own)
        so_far = SoFar(
            knob=knob,
            own=own,
            planned=prepared.epochs or own.epochs,
            fingerprint=prepared.fingerprint,
        )
        if cap is not None:
            at_once = min(arms.workers.count, strategy.most(knob, so_far.planned).at_once)
            so_far = replace(so_far, budget=cap.epochs(so_far.planned, own, at_once))
            arms.until = None if cap.seconds is None else time.time() + cap.seconds
        return _searched(arms, strategy, so_far, cap)


def _heard(
    knob: Knob, on_run: OnRun | None, hear: Hearer | None, study: Any
) -> tuple[Hearer, Recorder | None]:
    """All who are told of the arms, and the one of them who writes into an Optuna study."""
    recorder = None if study is None else Recorder(study)
    others = [each for each in (hear, recorder) if each is not None]
    return Several((OfRuns(knob.name, on_run), *others)), recorder


def _own(arms: Arms) -> Run:
    """The user's own run, whole.

    Raises:
        KeyboardInterrupt: Ctrl-C before it was.
    """
    try:
        return arms.workers.submit(carry_out, arms.job(arms.own())).result().run
    except HaltedError as error:
        raise KeyboardInterrupt from error


def _searched(arms: Arms, strategy: Strategy, so_far: SoFar, cap: Budget | None) -> Study:
    """Round after round, until the strategy, the budget or Ctrl-C ends it; then what came of it."""
    knob, budget = arms.knob, so_far.budget
    arms.hear.start(so_far, strategy.most(knob, so_far.planned))
    while not arms.interrupted:
        ahead = strategy.ahead(so_far)
        arms.notes.extend(ahead.notes)
        if not ahead.tries:
            break
        arms.carry_out(ahead.tries)
        so_far = replace(so_far, rounds=so_far.rounds + 1, trials=tuple(arms.trials), spent=arms.spent)
    if not arms.trials:
        raise _nothing(arms)
    arms.notes.extend(arms.recorder.said() if arms.recorder is not None else ())
    study = conclude(knob, so_far.own, arms.trials, failed=arms.failed, notes=arms.notes)
    study = replace(study, budget="" if cap is None else str(cap), budget_epochs=budget)
    if arms.interrupted:
        stopped = f"stopped by you after {plural(study.cost.epochs, 'epoch')}"
        raise StudyInterrupted(replace(study, stopped=stopped))
    arms.let_go()
    return study


def _nothing(arms: Arms) -> BaseException:
    """What ends a search in which no arm has a number."""
    if arms.interrupted:
        return KeyboardInterrupt()
    if not arms.failed:
        return SettingsError(
            "the budget was spent before any arm had finished an epoch",
            where="--budget",
            todo="allow more; what was trained is kept, and the same search goes on from there",
        )
    return DivergedError(
        "every arm of the search diverged", where=arms.source.name, todo="lower the learning rate"
    )
