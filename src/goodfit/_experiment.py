# SPDX-License-Identifier: Apache-2.0
"""What `fix` decides around its verbs: what is checked before anything runs, and which prescription is carried out."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from goodfit._subjects import subject_of_task
from goodfit.errors import SettingsError, StoreError
from goodfit.execution import Executor, Folder, Job, Workers, note_task
from goodfit.surgery import read_facts
from goodfit.training import (
    Prepared,
    Settings,
    Source,
    Task,
    TaskSource,
    as_source,
    prepare,
)
from goodfit.trials import Allowance, Seeds, allow, most_seeds
from goodfit.tuning import KNOBS, Knob, knob_for
from goodfit.values import ModelFacts, Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One call of `fix`, checked before anything is trained."""

    source: TaskSource
    prepared: Prepared
    allowance: Allowance
    seeds: Seeds
    store: Folder
    notes: tuple[str, ...]  # how the data were divided, and what the budget caps

    def job(self, settings: Settings) -> Job:
        """A training of this experiment's task."""
        return Job(self.source, settings, self.store, self.prepared.fingerprint)


def begin(
    task: Task | TaskSource | str, *, seeds: Seeds, budget: int | None, remedy: str | None, store: Folder
) -> Experiment:
    """Load the task and check every option, so that nothing is trained in vain.

    Raises:
        TaskError: the task cannot be loaded.
        SettingsError: the remedy, the seeds or the budget are out of their range.
        NothingMatchedError: the remedy that was asked for has no place in the model.
        StoreError: the store cannot be written.
    """
    source = as_source(task)
    prepared = prepare(source)
    allowance = allow(budget, prepared.task.epochs, most_seeds(seeds))
    if remedy is not None:
        knob_of(prepared, carried_out((), remedy) or Prescription(remedy=remedy))
    make_store(store)
    notes = how_divided(prepared)
    if allowance.proof_run is not None:
        notes += (
            f"the budget allows {allowance.tuning} epochs for the search and {allowance.proof_run} for each run of the proof",
        )
    return Experiment(
        source=source, prepared=prepared, allowance=allowance, seeds=seeds, store=store, notes=notes
    )


def changed_since(this: Experiment) -> str | None:
    """A sentence when the task is another one than when it was last trained into this store."""
    return note_task(this.store, this.source.name, this.prepared.fingerprint)


def make_store(store: Folder) -> None:
    """Make the store where it is a folder of this machine.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        if isinstance(store, Path):
            store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store cannot be made: {error}", where=str(store), todo="name another --store"
        ) from error


def how_divided(prepared: Prepared) -> tuple[str, ...]:
    """How the data were divided, a sentence each."""
    return (f"test set: {prepared.holdout.note}", f"training and validation: {prepared.pool.note}")


def executor_of(workers: int | Executor, source: Source) -> AbstractContextManager[Executor]:
    """What carries the trainings out: processes for this source, or what is given, which its owner ends."""
    if not isinstance(workers, int):
        return nullcontext(workers)
    return Workers(workers, shared=source.task if isinstance(source, TaskSource) else None)


def carried_out(prescriptions: tuple[Prescription, ...], remedy: str | None) -> Prescription | None:
    """The first prescription that goodfit can carry out, unless one before it says that another thing is to be done.

    Early stopping is passed over: the control of every comparison has it.

    Raises:
        SettingsError: the remedy that was asked for by name is none that can be carried out.
    """
    if remedy is not None:
        if remedy == _OF_THE_CONTROL:
            raise SettingsError(
                f"{remedy} is no remedy to be proven here: the control of every comparison stops early too",
                where="--remedy",
                todo=f"name one of {', '.join(_tried())}; each is held against early stopping alone",
            )
        if remedy not in KNOBS:
            raise SettingsError(
                f"{remedy!r} cannot be carried out",
                where="--remedy",
                todo=f"name one of {', '.join(_tried())}",
            )
        asked = Prescription(remedy=remedy, because="asked for by name")
        return next((p for p in prescriptions if p.remedy == remedy), asked)
    first = next((p for p in prescriptions if p.remedy != _OF_THE_CONTROL), None)
    return first if first is not None and first.remedy in KNOBS else None


_OF_THE_CONTROL = "early-stopping"  # both arms of every comparison have it


def _tried() -> list[str]:
    return [name for name in KNOBS if name != _OF_THE_CONTROL]


def knob_of(prepared: Prepared, prescription: Prescription) -> Knob:
    """The knob that carries a prescription out in this task's model and training."""
    found = subject_of_task(prepared)
    return knob_for(prescription, found.subject, found.example)


def facts_of(prepared: Prepared) -> ModelFacts:
    """The task's model as plain data, its layers in the order in which one training example passes them."""
    found = subject_of_task(prepared)
    return read_facts(found.subject.model, found.example)


def nothing_to_do(first: Prescription) -> str:
    """Why no experiment follows a prescription."""
    if first.remedy == "no-change":
        return "nothing was changed and nothing had to be proven; --remedy NAME tries one all the same"
    return f"{first.remedy} is for you to carry out; goodfit carries out {', '.join(_tried())}, and --remedy NAME tries one"
