# SPDX-License-Identifier: Apache-2.0
"""READ FIRST: the whole story of goodfit, from one training to a verdict.

    train as planned -> what is wrong? -> what should change, and why nothing else?
                     -> in the model   -> how much?  -> did it help, on data nobody tuned on?

Each line of `fix` is one verb; each verb is a function over frozen values that also works alone.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from goodfit._about import provenance
from goodfit.errors import SettingsError
from goodfit.execution import STORE, Job, Workers, carry_out
from goodfit.listener import Listener, Silent
from goodfit.measures import phases
from goodfit.remedies import prescribe
from goodfit.rules import diagnose
from goodfit.surgery import read_facts
from goodfit.training import (
    OWN_SEED,
    Patience,
    Prepared,
    Settings,
    Task,
    TaskSource,
    as_source,
    build_model,
    own_randomness,
    prepare,
)
from goodfit.trials import allow, prove
from goodfit.tuning import KNOBS, knob_for, tune
from goodfit.values import Arm, ModelFacts, Prescription, Report


def fix(  # noqa: PLR0913 - the options of the verb, all but the task by keyword
    task: Task | TaskSource | str,
    *,
    seeds: int = 5,
    budget: int | None = None,
    remedy: str | None = None,
    store: Path | str = STORE,
    workers: int = 1,
    listener: Listener | None = None,
) -> Report:
    """Diagnose a task, choose a remedy, find its dose, and prove on the locked test set whether it helps.

    Args:
        task: a Task, or the name of a function that gives one ("module:function", "path.py:function").
        seeds: paired trainings of the proof; 5 is the least for a claim at the 5 % level.
        budget: epochs that all trainings together may take; None: early stopping alone decides.
        remedy: carry this one out whatever the prescription says.
        store: folder of finished runs; what lies there is not trained again.
        workers: processes to train in; more than 1 needs a task that worker processes can load.
        listener: told about progress.

    Raises:
        TaskError: the task cannot be loaded, or raised.
        DivergedError: a loss became NaN or infinite.
        SettingsError: an option is out of its range.
    """
    source, store, hear = as_source(task), Path(store), listener or Silent()
    prepared = prepare(source)
    allowance = allow(budget, prepared.task.epochs, seeds)
    with Workers(workers) as pool:
        if prepared.task.test is None:
            hear.stage(prepared.holdout.note)
        hear.stage(f"training {prepared.task.name} as planned")
        pool.warm_up()
        own = carry_out(Job(source, Settings(seed=OWN_SEED), store), hear.epoch).run
        diagnoses = diagnose(own.history)
        facts = facts_of(prepared)
        prescriptions = prescribe(diagnoses, own.history, facts)
        report = Report(
            history=own.history,
            diagnoses=diagnoses,
            phases=phases(own.history),
            prescriptions=prescriptions,
            model=facts,
            notes=(f"test set: {prepared.holdout.note}",),
            provenance=provenance(task=source.name, seed=OWN_SEED),
        )
        chosen = to_carry_out(prescriptions, remedy)
        if chosen is None:
            return replace(report, notes=(*report.notes, _nothing_to_do(prescriptions[0])))
        hear.stage(f"finding the dose of {chosen.remedy}")
        knob = knob_for(
            chosen, fresh_model(prepared), own.history.context.weight_decay or 0.0, one_example(prepared)
        )
        study = tune(source, knob, budget=allowance.tuning, store=store, workers=pool, on_run=hear.run)
        treated = knob.apply(
            Settings(seed=OWN_SEED, arm=Arm.TREATMENT, patience=Patience(), max_epochs=allowance.proof_run),
            study.chosen.value,
        )
        hear.stage(f"proving {study.knob} {study.chosen.value:g} with {seeds} paired seeds")
        proof = prove(source, treated, seeds=seeds, store=store, workers=pool, on_run=hear.run)
    kept = f"treated checkpoint with the lowest validation loss: {proof.checkpoint / 'weights.safetensors'}"
    return replace(
        report,
        treatment=treated.treatment,
        study=study,
        runs=proof.runs,
        verdict=proof.verdict,
        notes=(*report.notes, kept),
    )


def facts_of(prepared: Prepared) -> ModelFacts:
    """The task's model as plain data, its layers in the order in which one training example passes them."""
    return read_facts(fresh_model(prepared), one_example(prepared))


def fresh_model(prepared: Prepared) -> nn.Module:
    """The task's untrained model."""
    with own_randomness():
        return build_model(prepared.task, Settings(seed=OWN_SEED))


def one_example(prepared: Prepared) -> Any:
    """The inputs of one example that may be trained on, as a batch of one."""
    return prepared.pool.examples.batch(prepared.pool.indices[:1])[0]


def to_carry_out(prescriptions: tuple[Prescription, ...], remedy: str | None) -> Prescription | None:
    """The first prescription that goodfit can carry out, unless one before it says that another thing is to be done.

    Early stopping is passed over: the control of every comparison has it.
    """
    if remedy is not None:
        if remedy not in KNOBS:
            raise SettingsError(
                f"{remedy!r} cannot be carried out", where="--remedy", todo=f"name one of {', '.join(KNOBS)}"
            )
        asked = Prescription(remedy=remedy, because="asked for by name")
        return next((p for p in prescriptions if p.remedy == remedy), asked)
    candidates = (p for p in prescriptions if p.remedy != "early-stopping")
    first = next(candidates, None)
    return first if first is not None and first.remedy in KNOBS else None


def _nothing_to_do(first: Prescription) -> str:
    if first.remedy == "no-change":
        return "nothing was changed and nothing had to be proven; --remedy NAME tries one all the same"
    return f"{first.remedy} is for you to carry out; goodfit carries out {', '.join(KNOBS)}, and --remedy NAME tries one"
