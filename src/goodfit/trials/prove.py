# SPDX-License-Identifier: Apache-2.0
"""Did it help? Paired trainings, then one look at the locked test set.

Both arms of a seed share initialisation, batch order, training sample and validation split, and both are early
stopped: an untreated run that is trained far past its best makes any remedy look good. The seeds are disjoint from
the one the dose was found with.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from goodfit.errors import SettingsError
from goodfit.execution import STORE, Job, OnRun, StoredRun, Workers, carry_out
from goodfit.proof import HoldoutLedger, compare_runs
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

LEDGER = "holdout.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A verdict, the runs it rests on, and where the treated checkpoint lies."""

    verdict: Verdict
    runs: tuple[Run, ...]  # control and treatment of every seed, scored on the test set
    checkpoint: Path  # folder of the treated run with the lowest validation loss


def prove(  # noqa: PLR0913 - the options of the verb, all but two by keyword
    task: Task | Source | str,
    treatment: Settings,
    *,
    control: Settings | None = None,
    seeds: int = 5,
    store: Path | str = STORE,
    workers: Workers | None = None,
    on_run: OnRun | None = None,
) -> Proof:
    """Compare a treatment with the untreated task on data nobody tuned on.

    Args:
        task: what to train: a Task, the reference of a function that gives one, or a CommandSource.
        treatment: the settings to prove; their seed and arm are set here.
        control: what they are held against; None: the task as it is. A command needs them.
        seeds: pairs to train; 5 is the least with which a claim over seeds can be made at the 5 % level.
        store: folder of finished runs and of the ledger that counts reads of the test set.
        workers: where trainings are carried out; None: in this process.
        on_run: called with every finished training.

    Raises:
        SettingsError: fewer than one seed, or a command without control or without a place for the seed.
        DivergedError: a training of either arm diverged; the finished ones are kept.
    """
    if seeds < 1:
        raise SettingsError(f"{seeds} seeds were asked for", todo="ask for 1 or more; 5 or more for a claim")
    source, workers, store = as_source(task), workers or Workers(1), Path(store)
    if isinstance(source, CommandSource):
        source = to_be_proven(source, treatment, control)
    prepared = prepare(source)
    numbers = range(OWN_SEED + 1, OWN_SEED + 1 + seeds)
    settings = [one for seed in numbers for one in _pair(treatment, control, seed)]
    jobs = [Job(source, one, store, prepared.fingerprint) for one in settings]
    stored = _train(prepared, jobs, workers, on_run)
    locked = prepared.locked(run.weights() for run in stored)
    reads = _open_holdout(prepared.name, locked.fingerprint, stored, store)
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
    prepared: Prepared | PreparedCommand, jobs: list[Job], workers: Workers, on_run: OnRun | None
) -> list[StoredRun]:
    futures = [workers.submit(carry_out, job) for job in jobs]
    stored = []
    for future in futures:
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


def _open_holdout(name: str, test_set: str, stored: list[StoredRun], store: Path) -> int:
    """Declare how it will be judged, then count the look; carrying on the same comparison is the same look."""
    ledger = HoldoutLedger(store / LEDGER)
    ledger.declare(test_set, margin=None, metric="loss")
    purpose = f"{name}: paired comparison of {len(stored) // 2} seeds"
    identity = hashlib.sha256(" ".join(run.folder.name for run in stored).encode()).hexdigest()[:16]
    ledger.record(test_set, purpose, comparison=identity)
    return ledger.reads(test_set)
