# SPDX-License-Identifier: Apache-2.0
"""Did it help? Paired trainings, then one look at the locked test set.

Both arms of a seed share initialisation, batch order, training sample and validation split, and both are early
stopped: an untreated run that is trained far past its best makes any remedy look good. The seeds are disjoint from
the one the dose was found with.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from goodfit.errors import SettingsError
from goodfit.execution import (
    STORE,
    Executor,
    Folder,
    Job,
    OnRun,
    StoredRun,
    Workers,
    folder_at,
    in_order,
    ledger_of,
)
from goodfit.proof import compare_runs
from goodfit.training import (
    OWN_SEED,
    CommandSource,
    Patience,
    Prepared,
    PreparedCommand,
    Settings,
    Source,
    Task,
    as_source,
    prepare,
)
from goodfit.trials.by_command import to_be_proven, unmoved
from goodfit.trials.holdout import read_test
from goodfit.values import Arm, Run, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A verdict, the runs it rests on, and where the treated checkpoint lies."""

    verdict: Verdict
    runs: tuple[Run, ...]  # control and treatment of every seed, scored on the test set
    checkpoint: Folder  # folder of the treated run with the lowest validation loss


def prove(  # noqa: PLR0913 - the options of the verb, all but two by keyword
    task: Task | Source | str,
    treatment: Settings,
    *,
    control: Settings | None = None,
    seeds: int = 5,
    store: Folder | Path | str = STORE,
    workers: Executor | None = None,
    on_run: OnRun | None = None,
) -> Proof:
    """Compare a treatment with the untreated task on data nobody tuned on.

    Args:
        task: what to train: a Task, the reference of a function that gives one, or a CommandSource.
        treatment: the settings to prove; their seed and arm are set here.
        control: what they are held against; None: the task as it is. A command needs them.
        seeds: pairs to train; 5 is the least with which a claim over seeds can be made at the 5 % level.
        store: folder of finished runs and of the ledger that counts reads of the test set, or an address of fsspec.
        workers: where trainings are carried out; None: in this process.
        on_run: called with every finished training.

    Raises:
        SettingsError: fewer than one seed, or a command without control or without a place for the seed.
        DivergedError: a training of either arm diverged; the finished ones are kept.
    """
    if seeds < 1:
        raise SettingsError(f"{seeds} seeds were asked for", todo="ask for 1 or more; 5 or more for a claim")
    source, workers, store = as_source(task), workers or Workers(1), folder_at(store)
    if isinstance(source, CommandSource):
        source = to_be_proven(source, treatment, control)
    prepared = prepare(source)
    numbers = range(OWN_SEED + 1, OWN_SEED + 1 + seeds)
    settings = [one for seed in numbers for one in _pair(treatment, control, seed)]
    jobs = [Job(source, one, store, prepared.fingerprint) for one in settings]
    stored = _train(prepared, jobs, workers, on_run)
    locked = prepared.locked(each.weights() for each in stored)
    reads = open_holdout(
        prepared, stored, store, f"{prepared.name}: paired comparison of {len(stored) // 2} seeds"
    )
    scored = [future.result() for future in [workers.submit(read_test, job) for job in jobs]]
    verdict = compare_runs(
        [run for run in scored if run.arm is Arm.CONTROL],
        [run for run in scored if run.arm is Arm.TREATMENT],
        margin=None,
        groups=locked.groups,
        holdout_reads=reads,
    )
    more = (*locked.limits, *_cut_short(stored, treatment), *unmoved([one.run for one in stored]))
    verdict = replace(verdict, limits=(*verdict.limits, *more))
    best = min((s for s in stored if s.run.arm is Arm.TREATMENT), key=lambda s: s.run.score)
    return Proof(verdict=verdict, runs=tuple(scored), checkpoint=best.folder)


def _pair(treatment: Settings, control: Settings | None, seed: int) -> tuple[Settings, Settings]:
    """Both arms of a seed: they share everything but the treatment, early stopping and cap included."""
    patience = treatment.patience or Patience()
    against = replace(control or Settings(seed=seed), patience=patience, max_epochs=treatment.max_epochs)
    treated = replace(treatment, patience=patience)
    return replace(against, seed=seed, arm=Arm.CONTROL), replace(treated, seed=seed, arm=Arm.TREATMENT)


def _train(
    prepared: Prepared | PreparedCommand, jobs: list[Job], workers: Executor, on_run: OnRun | None
) -> list[StoredRun]:
    stored: list[StoredRun] = []
    for future in in_order(jobs, workers):
        found = future.result()
        stored.append(found)
        prepared.check([one.run for one in stored])
        if on_run is not None:
            on_run(f"seed {found.run.seed}, {found.run.arm.value}", found.run)
    return stored


def _cut_short(stored: list[StoredRun], treatment: Settings) -> tuple[str, ...]:
    """What a cap on epochs does to the meaning of a verdict."""
    patience = treatment.patience or Patience()
    ended = [s.run for s in stored if s.run.epochs == treatment.max_epochs]
    cut = [run for run in ended if not patience.is_over(run.best_epoch, run.epochs)]
    if not cut:
        return ()
    ended_early = (
        f"The budget ended {len(cut)} of {len(stored)} trainings after {treatment.max_epochs} epochs, before their "
        "validation loss had stopped improving: the verdict is about trainings of that length."
    )
    return (ended_early,)


def open_holdout(
    prepared: Prepared | PreparedCommand, stored: Sequence[StoredRun], store: Folder, purpose: str
) -> int:
    """Declare how it will be judged, then count the look; carrying on the same comparison is the same look."""
    ledger = ledger_of(store)
    fingerprint = prepared.locked(each.weights() for each in stored).fingerprint
    ledger.declare(fingerprint, margin=None, metric="loss")
    identity = hashlib.sha256(" ".join(run.folder.name for run in stored).encode()).hexdigest()[:16]
    ledger.record(fingerprint, purpose, comparison=identity)
    return ledger.reads(fingerprint)
