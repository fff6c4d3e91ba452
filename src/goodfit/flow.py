# SPDX-License-Identifier: Apache-2.0
"""READ FIRST: the whole story of goodfit, from one training to a verdict.

    train as planned -> what is wrong? -> what should change, and why nothing else?
                     -> in the model   -> how much?  -> did it help, on data nobody tuned on?

Each step of `fix` is one verb; each verb is a function over frozen values that also works alone.
"""

from dataclasses import replace
from pathlib import Path

from goodfit._about import provenance
from goodfit._experiment import (
    Experiment,
    begin,
    carried_out,
    changed_since,
    executor_of,
    facts_of,
    knob_of,
    nothing_to_do,
)
from goodfit.errors import DivergedError, SettingsError, SurgeryError
from goodfit.execution import STORE, Executor, Folder, carry_out, folder_at
from goodfit.listener import Listener, Silent, Tally
from goodfit.measures import phases
from goodfit.remedies import prescribe
from goodfit.report.words import stages
from goodfit.rules import diagnose
from goodfit.training import OWN_SEED, Patience, Settings, Task, TaskSource
from goodfit.trials import ARMS, AUTO, Seeds, most_seeds, prove
from goodfit.tuning import Knob, tune
from goodfit.values import Arm, Choice, Report


def fix(  # noqa: PLR0913 - the options of the verb, all but the task by keyword
    task: Task | TaskSource | str,
    *,
    seeds: Seeds = 5,
    budget: int | None = None,
    remedy: str | None = None,
    store: Folder | Path | str = STORE,
    workers: int | Executor = 1,
    listener: Listener | None = None,
) -> Report:
    """Diagnose a task, choose a remedy, find its dose, and prove on the locked test set whether it helps.

    Args:
        task: a Task, or the name of a function that gives one ("module:function", "path.py:function").
        seeds: paired trainings of the proof; 5 is the least for a claim at the 5 % level. "auto" adds pairs, 20 at most,
            until the answer is there or can no longer come.
        budget: epochs that all trainings together may take; None: early stopping alone decides.
        remedy: carry this one out whatever the prescription says.
        store: folder of finished runs, or an address of fsspec; what lies there is not trained again.
        workers: processes to train in; more than 1 needs a task that worker processes can load. Or an Executor, such as
            RayWorkers in its block.
        listener: told about progress.

    Raises:
        TaskError: the task cannot be loaded, or raised.
        DivergedError: the training as planned diverged.
        SettingsError: an option is out of its range.
    """
    this = begin(task, seeds=seeds, budget=budget, remedy=remedy, store=folder_at(store))
    hear, changed = listener or Silent(), changed_since(this)
    if changed is not None:
        hear.note(changed)
    with executor_of(workers, this.source) as pool:
        pool.warm_up()
        report = _noted(_understand(this, hear), *([changed] if changed else []))
        chosen = carried_out(report.prescriptions, remedy)
        if chosen is None:
            return _noted(report, nothing_to_do(report.prescriptions[0]))
        try:
            knob = knob_of(this.prepared, chosen)
            return _improve(this, report, knob, pool, hear)
        except (SettingsError, SurgeryError, DivergedError) as error:
            if remedy is not None:
                raise
            return _noted(
                report, f"{chosen.remedy} was not carried out: {error.found}; {error.todo or ''}".rstrip("; ")
            )


def _understand(this: Experiment, hear: Listener) -> Report:
    """Train as planned, and say what is wrong and what should change."""
    hear.stage(f"training {this.prepared.task.name} as planned")
    own = carry_out(this.job(Settings(seed=OWN_SEED)), hear.epoch).run
    diagnoses, facts = diagnose(own.history), facts_of(this.prepared)
    return Report(
        history=own.history,
        diagnoses=diagnoses,
        phases=phases(own.history),
        prescriptions=prescribe(diagnoses, own.history, facts),
        model=facts,
        notes=this.notes,
        provenance=provenance(task=this.source.name, seed=OWN_SEED),
    )


def _improve(this: Experiment, report: Report, knob: Knob, pool: Executor, hear: Listener) -> Report:
    """Find the dose, and prove on the locked test set whether it helps."""
    hear.stage(f"finding the {knob.name}")
    most = most_seeds(this.seeds)
    tally = Tally(hear, ARMS + 2 * most, pool.count)
    study = tune(
        this.source, knob, budget=this.allowance.tuning, store=this.store, workers=pool, on_run=tally.run
    )
    tally.expect(2 * most)
    base = Settings(
        seed=OWN_SEED, arm=Arm.TREATMENT, patience=Patience(), max_epochs=this.allowance.proof_run
    )
    treated = knob.set(base, study.to_prove.value, study.to_prove.earlier)
    named = stages(study.to_prove.value, study.to_prove.earlier)
    report = replace(report, treatment=treated.treatment, study=study)
    if study.choice is Choice.OWN_IS_BEST or study.beats_control.high < 0:
        return _noted(
            report, "your own setting was better than every dose on validation data: nothing to prove"
        )
    if study.choice is Choice.CANNOT_TELL:
        left = f"validation cannot tell the doses apart, so the test set is asked: with {named}, "
        report = _noted(report, f"{left}the mildest that is level with the best of them")
    pairs = "as many paired seeds as it takes" if this.seeds == AUTO else f"{this.seeds} paired seeds"
    hear.stage(f"proving {study.knob} {named} with {'1 paired seed' if this.seeds == 1 else pairs}")
    proof = prove(this.source, treated, seeds=this.seeds, store=this.store, workers=pool, on_run=tally.run)
    kept = f"treated checkpoint with the lowest validation loss: {proof.checkpoint / 'weights.safetensors'}"
    return _noted(replace(report, runs=proof.runs, verdict=proof.verdict), kept)


def _noted(report: Report, *notes: str) -> Report:
    return replace(report, notes=(*report.notes, *notes))
