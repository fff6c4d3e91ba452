# SPDX-License-Identifier: Apache-2.0
"""Fair pairs of trainings: carried out, and scored on the locked test set once the look at it is written down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from goodfit.execution import Executor, Folder, Job, OnRun, StoredRun, in_order
from goodfit.training import OWN_SEED, Patience, Prepared, PreparedCommand, Settings, Source
from goodfit.trials.holdout import read_test
from goodfit.values import Arm, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the pairs of one proof have in common."""

    source: Source
    prepared: Prepared | PreparedCommand
    treatment: Settings
    control: Settings | None = None  # what the treatment is held against; None: the task as it is
    store: Folder
    workers: Executor
    on_run: OnRun | None = None

    @property
    def patience(self) -> Patience:
        """Of both arms."""
        return self.treatment.patience or Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Some pairs: the stored runs, and the same scored on the test set."""

    stored: tuple[StoredRun, ...] = ()
    scored: tuple[Run, ...] = ()

    def joined(self, other: "Trained") -> "Trained":
        """Both together."""
        return Trained(stored=(*self.stored, *other.stored), scored=(*self.scored, *other.scored))

    def of_seeds(self, seeds: Iterable[int]) -> "Trained":
        """The pairs of some seeds alone."""
        kept = set(seeds)
        return Trained(
            stored=tuple(each for each in self.stored if each.run.seed in kept),
            scored=tuple(run for run in self.scored if run.seed in kept),
        )

    def arm(self, arm: Arm) -> list[Run]:
        """The scored runs of one arm."""
        return [run for run in self.scored if run.arm is arm]


def proof_seeds(count: int, after: int = 0) -> range:
    """The next seeds of a proof; they begin after the seed that the dose was found with."""
    return range(OWN_SEED + 1 + after, OWN_SEED + 1 + after + count)


def train_pairs(
    bench: Bench, seeds: range, look: Callable[[list[StoredRun]], None] = lambda _stored: None
) -> Trained:
    """Train both arms of every seed, then call `look`, then score all on the test set.

    Raises:
        DivergedError: a training diverged; the finished ones are kept.
    """
    settings = [one for seed in seeds for one in _pair(bench, seed)]
    jobs = [Job(bench.source, one, bench.store, bench.prepared.fingerprint) for one in settings]
    stored = _carried_out(bench, jobs)
    look(stored)
    scored = [future.result() for future in [bench.workers.submit(read_test, job) for job in jobs]]
    return Trained(stored=tuple(stored), scored=tuple(scored))


def _pair(bench: Bench, seed: int) -> tuple[Settings, Settings]:
    """Both arms of a seed: they share everything but the treatment, early stopping and cap included."""
    treatment = bench.treatment
    plain = bench.control or Settings(seed=seed)
    control = replace(
        plain, seed=seed, arm=Arm.CONTROL, patience=bench.patience, max_epochs=treatment.max_epochs
    )
    return control, replace(treatment, seed=seed, arm=Arm.TREATMENT, patience=bench.patience)


def _carried_out(bench: Bench, jobs: list[Job]) -> list[StoredRun]:
    stored: list[StoredRun] = []
    for future in in_order(jobs, bench.workers):
        found = future.result()
        stored.append(found)
        bench.prepared.check([one.run for one in stored])
        if bench.on_run is not None:
            bench.on_run(f"seed {found.run.seed}, {found.run.arm.value}", found.run)
    return stored
