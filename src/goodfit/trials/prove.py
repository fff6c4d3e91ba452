# SPDX-License-Identifier: Apache-2.0
"""Did it help? Paired trainings, then one look at the locked test set.

Both arms of a seed share initialisation, batch order, training sample and validation split, and both are early
stopped: an untreated run that is trained far past its best makes any remedy look good. The seeds are disjoint from
the one the dose was found with. Their number is fixed beforehand, or "auto": added until the answer is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from goodfit.errors import SettingsError
from goodfit.execution import STORE, Executor, Folder, OnRun, StoredRun, Workers, folder_at
from goodfit.proof import FEWEST_IN_SEQUENCE, MOST_SEEDS, compare_in_sequence, compare_runs
from goodfit.training import CommandSource, Settings, Source, Task, as_source, prepare
from goodfit.trials.by_command import to_be_proven, unmoved
from goodfit.trials.looking import open_holdout
from goodfit.trials.pairing import Bench, Trained, proof_seeds, train_pairs
from goodfit.values import Arm, Run, Stopped, Verdict

__all__ = ["AUTO", "Proof", "Seeds", "most_seeds", "open_holdout", "prove"]

AUTO: Literal["auto"] = "auto"
Seeds = int | Literal["auto"]
_FIRST_INTERVAL = 2  # pairs; all that a test set too small for a claim is given


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
    seeds: Seeds = 5,
    store: Folder | Path | str = STORE,
    workers: Executor | None = None,
    on_run: OnRun | None = None,
) -> Proof:
    """Compare a treatment with the untreated task on data nobody tuned on.

    Args:
        task: what to train: a Task, the reference of a function that gives one, or a CommandSource.
        treatment: the settings to prove; their seed and arm are set here.
        control: what they are held against; None: the task as it is. A command needs them.
        seeds: pairs to train; 5 is the least with which a claim over seeds can be made at the 5 % level. "auto" adds
            pairs, 20 at most, until the answer is there or can no longer come (see `proof.sequence`).
        store: folder of finished runs and of the ledger that counts reads of the test set, or an address of fsspec.
        workers: where trainings are carried out; None: in this process.
        on_run: called with every finished training.

    Raises:
        SettingsError: fewer than one seed, something else than a number or "auto", or a command without control or
            without a place for the seed.
        DivergedError: a training of either arm diverged; the finished ones are kept.
    """
    most_seeds(seeds)  # refuses nonsense before anything is loaded
    source = as_source(task)
    if isinstance(source, CommandSource):
        source = to_be_proven(source, treatment, control)
    bench = Bench(
        source=source,
        prepared=prepare(source),
        treatment=treatment,
        control=control,
        store=folder_at(store),
        workers=workers or Workers(1),
        on_run=on_run,
    )
    verdict, pairs = _in_sequence(bench) if seeds == AUTO else _fixed(bench, int(seeds))
    locked = bench.prepared.locked(each.weights() for each in pairs.stored)
    more = (*locked.limits, *_cut_short(pairs.stored, bench), *unmoved([one.run for one in pairs.stored]))
    verdict = replace(verdict, limits=(*verdict.limits, *more))
    best = min((s for s in pairs.stored if s.run.arm is Arm.TREATMENT), key=lambda s: s.run.score)
    return Proof(verdict=verdict, runs=pairs.scored, checkpoint=best.folder)


def most_seeds(seeds: Seeds) -> int:
    """How many pairs a proof may train.

    Raises:
        SettingsError: fewer than one, or something else than a whole number or "auto".
    """
    if seeds == AUTO:
        return int(MOST_SEEDS.value)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise SettingsError(
            f"{seeds} seeds were asked for", todo='ask for 1 or more (5 or more for a claim), or "auto"'
        )
    return seeds


def _fixed(bench: Bench, count: int) -> tuple[Verdict, Trained]:
    reads = 0

    def look(stored: list[StoredRun]) -> None:
        nonlocal reads
        reads = open_holdout(
            bench.prepared,
            stored,
            bench.store,
            f"{bench.prepared.name}: paired comparison of {count} seeds",
        )

    pairs = train_pairs(bench, proof_seeds(count), look)
    verdict = compare_runs(
        pairs.arm(Arm.CONTROL),
        pairs.arm(Arm.TREATMENT),
        margin=None,
        groups=_groups(bench, pairs),
        holdout_reads=reads,
    )
    return verdict, pairs


def _in_sequence(bench: Bench) -> tuple[Verdict, Trained]:
    """Add pairs until it is settled; those that were trained beside the last one needed are not counted."""
    most, reads, pairs = int(MOST_SEEDS.value), 0, Trained()

    def look(stored: list[StoredRun]) -> None:
        nonlocal reads
        reads = reads or open_holdout(
            bench.prepared,
            stored[:2],
            bench.store,
            f"{bench.prepared.name}: sequential comparison of at most {most} seeds",
            plan=f"in sequence, at most {most}",
        )

    count = _FIRST_INTERVAL  # after two pairs the test set is known, and whether it is large enough
    at_once = max(1, bench.workers.count // 2)  # pairs that the workers train side by side
    while True:
        pairs = pairs.joined(train_pairs(bench, proof_seeds(count, after=len(pairs.scored) // 2), look))
        verdict = compare_in_sequence(
            pairs.arm(Arm.CONTROL),
            pairs.arm(Arm.TREATMENT),
            groups=_groups(bench, pairs),
            holdout_reads=reads,
            most=most,
        )
        if verdict.sequential is None or verdict.sequential.stopped is not Stopped.UNFINISHED:
            return verdict, pairs.of_seeds(verdict.seeds)
        done = len(pairs.scored) // 2
        count = min(max(at_once, FEWEST_IN_SEQUENCE - done), most - done)


def _groups(bench: Bench, pairs: Trained) -> Sequence[int] | None:
    return bench.prepared.locked(each.weights() for each in pairs.stored).groups


def _cut_short(stored: tuple[StoredRun, ...], bench: Bench) -> tuple[str, ...]:
    """What a cap on epochs does to the meaning of a verdict."""
    cap = bench.treatment.max_epochs
    ended = [s.run for s in stored if s.run.epochs == cap]
    cut = [run for run in ended if not bench.patience.is_over(run.best_epoch, run.epochs)]
    if not cut:
        return ()
    ended_early = (
        f"The budget ended {len(cut)} of {len(stored)} trainings after {cap} epochs, before their "
        "validation loss had stopped improving: the verdict is about trainings of that length."
    )
    return (ended_early,)
