# SPDX-License-Identifier: Apache-2.0
"""`compare`: every remedy side by side, and the question answered by experiment.

train as planned -> diagnosis and prescription name the primary comparison
-> each remedy's dose, found with the same number of settings on validation
-> paired seeds of all, each trained to its end -> one look at the test set -> who won, and why the others lost
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from goodfit._about import provenance
from goodfit._experiment import facts_of
from goodfit.comparing.contest import Contest
from goodfit.comparing.course import Course, total
from goodfit.comparing.entrants import Field, field_of
from goodfit.comparing.judging import candidates_of
from goodfit.comparing.reasons import answer, reasoned
from goodfit.comparing.tuned import Tuned, combined, tune_equally
from goodfit.errors import SettingsError, StoreError
from goodfit.execution import STORE, Workers, carry_out
from goodfit.listener import Listener, Silent
from goodfit.remedies import prescribe
from goodfit.rules import diagnose
from goodfit.training import OWN_SEED, Settings, Task, TaskSource, as_source, prepare
from goodfit.trials.prove import open_holdout
from goodfit.values import Comparison, Diagnosis, Prescription, Run

SEEDS = 8  # with 5, Holm's correction over ten remedies could pass none: no p value lies below 1/32


def compare(  # noqa: PLR0913 - the options of the verb, all but the task by keyword
    task: Task | TaskSource | str,
    *,
    remedies: Sequence[str] = (),
    combinations: Sequence[str] = (),
    seeds: int = SEEDS,
    store: Path | str = STORE,
    workers: int = 1,
    listener: Listener | None = None,
) -> Comparison:
    """Put every applicable remedy beside the untreated training under equal conditions, and prove which helps.

    Args:
        task: a Task, or the name of a function that gives one ("module:function", "path.py:function").
        remedies: names; empty: the usual ones and the prescribed one.
        combinations: remedies to be carried out together, such as "raise-dropout+weight-decay".
        seeds: paired trainings of each remedy; with fewer than 8 a correction for ten remedies can pass none.
        store: folder of finished runs; what lies there is not trained again.
        workers: processes to train in; more than 1 needs a task that worker processes can load.
        listener: told about progress.

    Raises:
        TaskError: the task cannot be loaded, or raised.
        DivergedError: an untreated training diverged; a remedy that diverges is reported as failed.
        SettingsError: an option is out of its range, or no remedy has a place in the model.
        StoreError: runs cannot be kept.
    """
    if seeds < 1:
        raise SettingsError(f"{seeds} seeds were asked for", todo="ask for 1 or more; 8 for claims about ten")
    source, hear, store = as_source(task), listener or Silent(), Path(store)
    prepared = prepare(source)
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the store cannot be made: {error}", where=str(store), todo="name another --store"
        ) from error
    with Workers(workers, shared=source.task) as pool:
        pool.warm_up()
        course = Course(source=source, prepared=prepared, store=store, workers=pool, hear=hear)
        begun = _begin(course)
        field = field_of(prepared, begun.prescriptions, remedies=remedies, combinations=combinations)
        hear.stage(f"finding the doses of {len(field.entrants)} remedies")
        tuned = tune_equally(course, field.entrants)
        tuned += [combined(prepared, pair, tuned) for pair in field.combinations]
        return _contested(course, begun, field, tuned, seeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    own: Run
    diagnoses: tuple[Diagnosis, ...]
    prescriptions: tuple[Prescription, ...]


def _begin(course: Course) -> _Begun:
    """Train as planned, and say what is wrong and what should change."""
    course.hear.stage(f"training {course.prepared.task.name} as planned")
    own = carry_out(course.job(Settings(seed=OWN_SEED)), course.hear.epoch).run
    diagnoses = diagnose(own.history)
    prescriptions = prescribe(diagnoses, own.history, facts_of(course.prepared))
    return _Begun(own=own, diagnoses=diagnoses, prescriptions=prescriptions)


def _contested(course: Course, begun: _Begun, field: Field, tuned: Sequence[Tuned], seeds: int) -> Comparison:
    """Train all pairs, look at the test set once, and say who won and why."""
    going = sum(one.settings is not None for one in tuned)
    course.hear.stage(f"proving {going} remedies with {seeds} paired seed{'s' if seeds > 1 else ''}")
    contest = Contest(course=course, seeds=seeds)
    contest.train(tuned)
    purpose = f"{course.prepared.task.name}: {going} remedies and the untreated training, {seeds} seeds"
    stored = [run for entry in contest.entries if not entry.failed for run in entry.stored]
    reads = open_holdout(course.prepared, stored, course.store, purpose)
    course.hear.stage("scoring on the test set")
    contest.score()
    runs = [run.run for entry in contest.entries for run in entry.stored]
    searched = [run for one in tuned for run in one.runs]
    trainings, epochs, seconds = total([begun.own, *searched, *runs])
    found = Comparison(
        task=course.prepared.task.name,
        seeds=tuple(contest.proof_seeds),
        history=begun.own.history,
        diagnoses=begun.diagnoses,
        prescriptions=begun.prescriptions,
        candidates=candidates_of(contest, reads),
        left_out=field.left_out,
        answer="",
        trainings=trainings,
        epochs=epochs,
        seconds=seconds,
        test_examples=len(course.prepared.holdout.indices),
        holdout_reads=reads,
        notes=(
            field.note,
            f"test set: {course.prepared.holdout.note}",
            f"training and validation: {course.prepared.pool.note}",
            *(f"{one.name}: {note}" for one in tuned for note in one.notes),
        ),
        provenance=provenance(task=course.source.name, seed=OWN_SEED),
    )
    found = replace(found, candidates=reasoned(found))
    return replace(found, answer=answer(found))
