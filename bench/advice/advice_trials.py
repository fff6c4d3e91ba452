# SPDX-License-Identifier: Apache-2.0
"""Everything that is trained for one task: untreated, and under each remedy at its own tuned number.

Each remedy's number is tuned with the same number of settings, at the own seed, by the lowest validation loss; then
eight paired seeds are trained to their end and scored once on the test set, each at its best checkpoint. No change is
the untreated run at its last epoch, early stopping the same run at its best checkpoint.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from advice_sabotage import Plan
from advice_tasks import task

from goodfit._experiment import facts_of, knob_of
from goodfit.errors import DivergedError, SettingsError, SurgeryError
from goodfit.execution import Job, StoredRun, carry_out
from goodfit.training import OWN_SEED, Prepared, Settings, TaskSource, prepare
from goodfit.trials.holdout import Checkpoint, read_test
from goodfit.tuning import Knob
from goodfit.values import Arm, History, ModelFacts, Prescription

SEEDS = 8  # with five, Holm over ten others has no power: the smallest p value is 1/32
UNTREATED, STOPPED = "no-change", "early-stopping"
TRAINED = (
    "raise-dropout",
    "lower-dropout",
    "weight-decay",
    "label-smoothing",
    "batch-norm",
    "more-nodes",
    "train-longer",
    "raise-learning-rate",
    "lower-learning-rate",
)
"""Beside no change and early stopping, which are read off the untreated runs. L1 and fewer nodes are left out, since
prescribe never puts them before dropout and weight decay; stochastic depth, since no network here has residual branches; more data, since
the bench cannot have more of the same."""
TRIED = 3  # settings of each remedy
LONGEST = 2.0  # times the planned epochs: the usual dose; four times would take a third of the whole bench


@dataclass(frozen=True, slots=True)
class Bench:
    """A task, prepared once."""

    plan: Plan
    source: TaskSource
    prepared: Prepared
    store: Path

    def job(self, settings: Settings) -> Job:
        """A training of the task."""
        return Job(self.source, settings, self.store, self.prepared.fingerprint)

    def own(self) -> StoredRun:
        """The training as planned."""
        return carry_out(self.job(Settings(seed=OWN_SEED)))

    def what_is_known(self) -> tuple[History, ModelFacts]:
        """What a user would hand over: the training as planned, and the model."""
        return self.own().run.history, facts_of(self.prepared)


@dataclass(slots=True)
class Record:
    """What one task gave."""

    plan: dict[str, Any]
    losses: dict[str, list[float]] = field(default_factory=dict)  # test loss of each proof seed, by remedy
    doses: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # remedies that do not apply, with the reason
    failed: dict[str, str] = field(default_factory=dict)  # remedies of which a training diverged


def begin(plan: Plan, store: Path) -> Bench:
    """Load the task and prepare it."""
    source = TaskSource(task=task(plan))
    return Bench(plan, source, prepare(source), store)


def measured(plan: Plan, store: Path, seeds: int = SEEDS) -> Record:
    """The record of a task: kept when there is one of the same task, else trained, whatever is in the store not again."""
    bench = begin(plan, store)
    path = store / "records" / f"{plan.name}-{bench.prepared.fingerprint[:12]}-{seeds}.json"
    if path.is_file():
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    record = _trained(bench, range(OWN_SEED + 1, OWN_SEED + 1 + seeds))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    unfinished.replace(path)
    return record


def is_measured(plan: Plan, store: Path, seeds: int = SEEDS) -> bool:
    """Whether the task's record is kept, by its name; the fingerprint is held when it is read."""
    return any((store / "records").glob(f"{plan.name}-*-{seeds}.json"))


def _trained(bench: Bench, seeds: range) -> Record:
    record = Record(plan=asdict(bench.plan))
    untreated = [bench.job(Settings(seed=seed)) for seed in seeds]
    for job in (bench.job(Settings(seed=OWN_SEED)), *untreated):
        carry_out(job)
    record.losses[UNTREATED] = [read_test(job, Checkpoint.LAST).score for job in untreated]
    record.losses[STOPPED] = [read_test(job, Checkpoint.BEST).score for job in untreated]
    for remedy in TRAINED:
        _treated(bench, remedy, record, seeds)
    return record


def _treated(bench: Bench, remedy: str, record: Record, seeds: range) -> None:
    """Tune one remedy and prove it; why not, where it does not apply or diverges."""
    try:
        knob = knob_of(bench.prepared, Prescription(remedy=remedy))
    except (SettingsError, SurgeryError) as error:
        record.left_out[remedy] = error.found
        return
    try:
        dose = _longer(bench, knob) if remedy == "train-longer" else _tuned(bench, knob)
        treated = knob.apply(Settings(seed=OWN_SEED, arm=Arm.TREATMENT), dose)
        losses = [_proven(bench, treated, seed) for seed in seeds]
    except DivergedError as error:
        record.failed[remedy] = error.found
        return
    record.losses[remedy], record.doses[remedy] = losses, dose


def _tuned(bench: Bench, knob: Knob) -> float:
    """The setting with the lowest validation loss at the own seed.

    Raises:
        DivergedError: all of them diverged.
    """
    found, settings = dict[float, float](), settings_of(knob)
    if len(settings) == 1:
        return settings[0]
    for value in settings:
        try:
            run = carry_out(bench.job(knob.apply(Settings(seed=OWN_SEED, arm=Arm.TREATMENT), value))).run
        except DivergedError:
            continue
        found[value] = run.score
    if not found:
        raise DivergedError("every setting diverged")
    return min(found, key=lambda value: found[value])


def settings_of(knob: Knob) -> tuple[float, ...]:
    """Up to three settings: those that are usually tried, and those beyond where the present value leaves fewer."""
    more = [each for each in (knob.stronger, knob.milder) if each is not None]
    return (*knob.values, *more)[:TRIED]


def _longer(bench: Bench, knob: Knob) -> float:
    """The shortest of the lengths that holds the best epoch: with a constant rate the longest run contains the others."""
    lengths = [each for each in knob.values if each <= LONGEST]
    run = carry_out(bench.job(knob.apply(Settings(seed=OWN_SEED, arm=Arm.TREATMENT), max(lengths)))).run
    planned = bench.prepared.task.epochs
    return min(each for each in lengths if each == max(lengths) or run.best_epoch <= int(each * planned))


def _proven(bench: Bench, treated: Settings, seed: int) -> float:
    job = bench.job(replace(treated, seed=seed))
    carry_out(job)
    return read_test(job, Checkpoint.BEST).score
