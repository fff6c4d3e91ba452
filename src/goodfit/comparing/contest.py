# SPDX-License-Identifier: Apache-2.0
"""The trainings that decide: every remedy and the untreated task, seed by seed, each trained to its planned end once.

The runs of a seed share training sample, validation split, batch order and, where shapes allow, initialisation.
Each is scored on the test set at its best checkpoint and at its last epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from goodfit.comparing.course import Course, said
from goodfit.comparing.measured import INFERENCE, traits_of
from goodfit.comparing.tuned import Tuned
from goodfit.execution import Failure, Job, RunStore, StoredRun, prepare_for
from goodfit.training import OWN_SEED, Prepared
from goodfit.trials import Checkpoint, read_test
from goodfit.trials.traits import TRAITS, NotMeasurable, Specimen, specimen_of
from goodfit.values import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One finished training on the test set."""

    best: Run  # at the checkpoint that validation chose
    last: Run | None  # at the last epoch; None where those weights were not kept, as by a command
    traits: Mapping[str, float]  # by name; those that it does not have are missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All trainings of one remedy, or of none."""

    tuned: Tuned | None  # None: untreated
    stored: tuple[StoredRun, ...] = ()  # in the order of the seeds
    scored: tuple[Scored, ...] = ()
    inference: float | None = None  # seconds of one evaluation batch; None: not measured
    failed: str = ""


@dataclass(slots=True)
class Contest:
    """Trains first, and opens the test set once afterwards."""

    course: Course
    seeds: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def proof_seeds(self) -> range:
        """Apart from the seed that doses were found with."""
        return range(OWN_SEED + 1, OWN_SEED + 1 + self.seeds)

    def train(self, tuned: Sequence[Tuned]) -> None:
        """Carry all trainings out, a seed after the other.

        Raises:
            DivergedError: an untreated training diverged: there is nothing to hold the others against.
        """
        alive = [None, *(one for one in tuned if one.settings is not None)]
        jobs = [self.job(one, seed) for seed in self.proof_seeds for one in alive]
        outcomes = self.course.carry_out(jobs)
        for place, one in enumerate(alive):
            self.entries.append(_entry(one, outcomes[place :: len(alive)]))
        self.entries += [Entry(tuned=one, failed=one.failed) for one in tuned if one.settings is None]

    def job(self, tuned: Tuned | None, seed: int) -> Job:
        """One training to its planned end."""
        if tuned is None or tuned.settings is None:
            return self.course.untreated(seed)
        return self.course.job(replace(tuned.settings, seed=seed))

    def score(self) -> None:
        """Score every run on the test set; whoever calls this has recorded the look."""
        going = [place for place, entry in enumerate(self.entries) if not entry.failed]
        futures = {
            place: [
                self.course.workers.submit(score, self.job(self.entries[place].tuned, seed))
                for seed in self.proof_seeds
            ]
            for place in going
        }
        for place, of_seeds in futures.items():
            scored = tuple(future.result() for future in of_seeds)
            self.entries[place] = replace(self.entries[place], scored=scored)

    def time_inference(self) -> None:
        """Measure what a prediction costs under each remedy: the models of the first seed, all in turn."""
        prepared = self.course.prepared
        if not isinstance(prepared, Prepared):
            return
        going = [place for place, entry in enumerate(self.entries) if not entry.failed]
        specimens = [self._specimen(prepared, self.entries[place]) for place in going]
        try:
            seconds = TRAITS[INFERENCE].values(specimens)
        except NotMeasurable:
            return
        for place, each in zip(going, seconds, strict=True):
            self.entries[place] = replace(self.entries[place], inference=each)

    def _specimen(self, prepared: Prepared, entry: Entry) -> Specimen:
        first = entry.stored[0]
        job = self.job(entry.tuned, self.proof_seeds[0])
        return specimen_of(prepared, job.settings, first.run, first.weights())


def _entry(tuned: Tuned | None, outcomes: Sequence[StoredRun | Failure]) -> Entry:
    errors = [each.error for each in outcomes if isinstance(each, Failure)]
    stored = tuple(each for each in outcomes if isinstance(each, StoredRun))
    if errors and tuned is None:
        raise errors[0]
    why = f"{len(errors)} of {len(outcomes)} trainings failed; the first {said(errors[0])}" if errors else ""
    return Entry(tuned=tuned, stored=stored, failed=why)


def score(job: Job) -> Scored:
    """Score one finished training on the test set, and measure its traits there.

    Raises:
        GoodfitError: it is not in the store.
    """
    best, prepared = read_test(job, Checkpoint.BEST), prepare_for(job)
    stored = RunStore(job.store).find(prepared.fingerprint, job.settings)
    assert stored is not None  # noqa: S101 - it was scored just now
    if not isinstance(prepared, Prepared):
        return Scored(best=best, last=None, traits=traits_of(Specimen(run=stored.run)))
    specimen = specimen_of(
        prepared,
        job.settings,
        stored.run,
        stored.weights(),
        examples=prepared.holdout.examples,
        indices=prepared.holdout.indices,
    )
    return Scored(best=best, last=read_test(job, Checkpoint.LAST), traits=traits_of(specimen))
