# SPDX-License-Identifier: Apache-2.0
"""The race: a few doses beside the user's own run, each arm stopped as soon as it has had its minimum.

An overfitting run reaches its best checkpoint early and wastes the rest, so an arm that is stopped after its minimum
costs a small part of the run as planned. All arms share initialisation, batch order and the uniform draws of their
masks; they differ in the dose alone. Which doses are tried is for a `Strategy`, which of them is chosen for
`conclude`. A command is run to the end that it sets itself, and its arms are told apart by the noise of their curves:
see `differences`.
"""

from dataclasses import replace
from pathlib import Path

from goodfit.errors import DivergedError, SettingsError
from goodfit.execution import STORE, Executor, Folder, OnRun, Workers, carry_out, folder_at
from goodfit.training import CommandSource, Source, Task, as_source, prepare
from goodfit.tuning.arms import Arms
from goodfit.tuning.coarse_grid import CoarseGrid
from goodfit.tuning.conclusion import conclude
from goodfit.tuning.knobs import Knob
from goodfit.tuning.strategy import SoFar, Strategy
from goodfit.values import Study

DEFAULT: Strategy = CoarseGrid()


def tune(  # noqa: PLR0913 - a verb, its options by keyword
    task: Task | Source | str,
    knob: Knob,
    *,
    budget: int | None = None,
    store: Folder | Path | str = STORE,
    workers: Executor | None = None,
    on_run: OnRun | None = None,
    stack: bool | None = None,
    strategy: Strategy = DEFAULT,
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
        strategy: which values are tried.

    Raises:
        SettingsError: the budget ends the arms before the user's own run had its best epoch, or is for a command.
        DivergedError: the user's own run diverged, or every arm did.
    """
    source = as_source(task)
    if isinstance(source, CommandSource) and budget is not None:
        raise SettingsError(
            "goodfit cannot end a command's training after so many epochs",
            where="--budget",
            todo="leave it out, and give the command fewer epochs by itself",
        )
    prepared = prepare(source)
    arms = Arms(
        prepared.fingerprint,
        source,
        knob,
        folder_at(store),
        workers or Workers(1),
        on_run=on_run,
        stack=stack,
    )
    own = arms.workers.submit(carry_out, arms.job(arms.own())).result().run
    if isinstance(source, CommandSource) and on_run is not None:
        on_run(f"{knob.name} {knob.own:g}, as it is", own)
    so_far = SoFar(knob=knob, own=own, planned=prepared.epochs or own.epochs, budget=budget)
    while (ahead := strategy.ahead(so_far)).tries:
        arms.notes.extend(ahead.notes)
        arms.carry_out(ahead.tries)
        spent = sum(trial.run.epochs for trial in arms.trials)
        so_far = replace(so_far, rounds=so_far.rounds + 1, trials=tuple(arms.trials), spent=spent)
    arms.notes.extend(ahead.notes)
    if not arms.trials:
        raise DivergedError(
            "every arm of the search diverged", where=source.name, todo="lower the learning rate"
        )
    return conclude(knob, own, arms.trials, budget=budget, notes=arms.notes)
