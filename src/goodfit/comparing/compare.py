# SPDX-License-Identifier: Apache-2.0
"""`compare`: every remedy side by side, and the question answered by experiment.

train as planned -> diagnosis and prescription name the primary comparison
-> each remedy's dose, found with the same number of settings on validation
-> paired seeds of all, each trained to its end -> one look at the test set -> who won, and why the others lost
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from goodfit._about import provenance
from goodfit._experiment import executor_of, facts_of, how_divided, make_store
from goodfit.comparing.answering import answer
from goodfit.comparing.contest import Contest
from goodfit.comparing.course import Course, total
from goodfit.comparing.entrants import Field, field_of
from goodfit.comparing.judging import candidates_of
from goodfit.comparing.places import Values, field_of_places, untreated
from goodfit.comparing.reasons import reasoned
from goodfit.comparing.tuned import Tuned, combined, tune_equally
from goodfit.errors import SettingsError
from goodfit.execution import STORE, Executor, Folder, StoredRun, carry_out, folder_at, note_task
from goodfit.listener import Listener, Silent, Tally
from goodfit.remedies import prescribe
from goodfit.rules import diagnose
from goodfit.training import (
    OWN_SEED,
    CommandSource,
    Prepared,
    PreparedCommand,
    Settings,
    Source,
    Task,
    as_source,
    prepare,
)
from goodfit.trials.prove import open_holdout
from goodfit.values import Comparison, Diagnosis, Goal, Prescription, Run

SEEDS = 8  # with 5, Holm's correction over ten remedies could pass none: no p value lies below 1/32


def compare(  # noqa: PLR0913 - the options of the verb, all but the task by keyword
    task: Task | Source | str,
    *,
    remedies: Sequence[str] = (),
    combinations: Sequence[str] = (),
    places: Values = MappingProxyType({}),
    seeds: int = SEEDS,
    store: Folder | Path | str = STORE,
    workers: int | Executor = 1,
    listener: Listener | None = None,
) -> Comparison:
    """Put every applicable remedy beside the untreated training under equal conditions, and prove which helps.

    Args:
        task: a Task, or the name of a function that gives one ("module:function", "path.py:function"); or a
            CommandSource.
        remedies: names; empty: the usual ones and the prescribed one.
        combinations: remedies to be carried out together, such as "raise-dropout+weight-decay".
        places: of a command: of each place its values, the present one first; each with several is a remedy.
        seeds: paired trainings of each remedy; with fewer than 8 a correction for ten remedies can pass none.
        store: folder of finished runs, or an address of fsspec; what lies there is not trained again.
        workers: processes to train in; more than 1 needs a task that worker processes can load. Or an Executor, such as
            RayWorkers in its block.
        listener: told about progress.

    Raises:
        TaskError: the task cannot be loaded, or raised.
        DivergedError: an untreated training diverged; a remedy that diverges is reported as failed.
        SettingsError: an option is out of its range, or no remedy has a place in the model.
        StoreError: runs cannot be kept.
    """
    if seeds < 1:
        raise SettingsError(f"{seeds} seeds were asked for", todo="ask for 1 or more; 8 for claims about ten")
    source, hear, place = as_source(task), listener or Silent(), folder_at(store)
    prepared = prepare(source)
    base = _base(source, remedies, places)
    make_store(place)
    changed = note_task(place, source.name, prepared.fingerprint)
    if changed is not None:
        hear.note(changed)
    with executor_of(workers, source) as pool:
        pool.warm_up()
        tally = Tally(hear, 0, pool.count)
        course = Course(
            source=source, prepared=prepared, store=place, workers=pool, hear=hear, tally=tally, base=base
        )
        begun = _begin(course)
        if isinstance(source, CommandSource):
            field = field_of_places(source, places, combinations)
        else:
            field = field_of(
                prepare(source), begun.prescriptions, remedies=remedies, combinations=combinations
            )
        searches = sum(len(entrant.knob.values) for entrant in field.entrants)
        tally.expect(searches + seeds * (1 + len(field.entrants) + len(field.combinations)))
        hear.stage(f"finding the doses of {_remedies(len(field.entrants))}: {searches} trainings")
        tuned = tune_equally(course, field.entrants)
        tuned += [combined(prepared, pair, tuned) for pair in field.combinations]
        found = _contested(course, begun, field, tuned, seeds)
    return replace(found, notes=(*found.notes, changed)) if changed is not None else found


def _base(source: Source, remedies: Sequence[str], places: Values) -> Settings:
    """The settings of the untreated training."""
    if isinstance(source, CommandSource):
        if remedies:
            raise SettingsError(
                "remedies were named for a command, whose places are its remedies",
                where="--remedies",
                todo="give the places their values: --dropout 0,0.2,0.4",
            )
        return untreated(source, places)
    if places:
        raise SettingsError(
            f"{next(iter(places))} was given values, and a task has no places",
            todo="name remedies, or give a command",
        )
    return Settings(seed=OWN_SEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    own: Run
    diagnoses: tuple[Diagnosis, ...]
    prescriptions: tuple[Prescription, ...]


def _begin(course: Course) -> _Begun:
    """Train as planned, and say what is wrong and what should change."""
    course.hear.stage(f"training {course.prepared.name} as planned")
    own = carry_out(course.untreated(OWN_SEED), course.hear.epoch).run
    diagnoses = diagnose(own.history)
    facts = facts_of(course.prepared) if isinstance(course.prepared, Prepared) else None
    prescriptions = prescribe(diagnoses, own.history, facts)
    return _Begun(own=own, diagnoses=diagnoses, prescriptions=prescriptions)


def _contested(course: Course, begun: _Begun, field: Field, tuned: Sequence[Tuned], seeds: int) -> Comparison:
    """Train all pairs, look at the test set once, and say who won and why."""
    going = sum(one.settings is not None for one in tuned)
    course.tally.expect(seeds * (1 + going))  # those that failed are not proven
    course.hear.stage(
        f"proving {_remedies(going)} with {seeds} paired seed{'s' if seeds > 1 else ''}: {seeds * (1 + going)} trainings"
    )
    contest = Contest(course=course, seeds=seeds)
    contest.train(tuned)
    purpose = f"{course.prepared.name}: {_remedies(going)} and the untreated training, {seeds} seeds"
    stored = [run for entry in contest.entries if not entry.failed for run in entry.stored]
    reads = open_holdout(course.prepared, stored, course.store, purpose)
    course.hear.stage("scoring on the test set")
    contest.score()
    contest.time_inference()
    runs = [run.run for entry in contest.entries for run in entry.stored]
    searched = [run for one in tuned for run in one.runs]
    trainings, epochs, seconds = total([begun.own, *searched, *runs])
    found = Comparison(
        task=course.prepared.name,
        seeds=tuple(contest.proof_seeds),
        history=begun.own.history,
        diagnoses=begun.diagnoses,
        prescriptions=begun.prescriptions,
        candidates=candidates_of(
            contest.entries,
            reads=reads,
            groups=course.prepared.locked(run.weights() for run in stored).groups,
            metric=_metric_of(course.prepared),
        ),
        left_out=field.left_out,
        answer="",
        trainings=trainings,
        epochs=epochs,
        seconds=seconds,
        test_examples=len(contest.entries[0].scored[0].best.per_example),
        holdout_reads=reads,
        notes=(field.note, *_of_data(course.prepared, stored)),
        provenance=provenance(task=course.source.name, seed=OWN_SEED),
    )
    found = replace(found, candidates=reasoned(found))
    return replace(found, answer=answer(found))


def _metric_of(prepared: Prepared | PreparedCommand) -> tuple[str, Goal] | None:
    """The task's metric and its goal, which a command does not tell."""
    metric = prepared.task.metric if isinstance(prepared, Prepared) else None
    return None if metric is None else (metric.name, metric.goal)


def _of_data(prepared: Prepared | PreparedCommand, stored: Sequence[StoredRun]) -> tuple[str, ...]:
    """How the data were divided, and what is not known of that."""
    if isinstance(prepared, Prepared):
        return how_divided(prepared)
    return prepared.locked(run.weights() for run in stored).limits


def _remedies(count: int) -> str:
    return f"{count} {'remedy' if count == 1 else 'remedies'}"
