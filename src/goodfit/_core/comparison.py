# SPDX-License-Identifier: Apache-2.0
"""Every remedy beside the untreated training: who was tried, at which dose, and what came of it on the test set."""

from dataclasses import dataclass
from enum import StrEnum

from goodfit._core.diagnosis import Diagnosis
from goodfit._core.evidence import Measurement
from goodfit._core.history import History
from goodfit._core.prescription import Dose, Prescription, Rejection
from goodfit._core.report import Provenance
from goodfit._core.showing import Shown
from goodfit._core.verdict import Decision, Effect, Verdict


class Part(StrEnum):
    """What a candidate is there for."""

    REFERENCE = "reference"
    """The untreated training at its best checkpoint: early stopping alone. All others are held against it."""
    UNTREATED = "untreated"
    """The same trainings at their last epoch: what the user has when nothing is done."""
    PRIMARY = "primary"
    """The prescribed remedy: its test is the one that was declared beforehand."""
    OTHER = "other"
    """Any other remedy; its p values are corrected for how many there are."""
    CHANCE = "chance"
    """A remedy drawn by lot, at the same budget: what advice must beat."""


class Moment(StrEnum):
    """When in a training it is scored."""

    BEST = "best checkpoint"
    """By validation loss."""
    LAST = "last epoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number on the test set, averaged over seeds."""

    metric: str  # "loss", or the name of the task's metric
    moment: Moment
    mean: float
    gained: Effect | None = (
        None  # over the untreated training at that moment, positive is better; None for itself
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Shown):
    """One remedy of a comparison, at the dose that validation chose for it."""

    name: str  # of the remedy; "early-stopping" is the reference, "untreated" the last epoch, "random-remedy" the lot
    part: Part
    dose: Dose | None = None  # None: a remedy without a number, or none at all
    knob: str = ""  # what the dose is of: "dropout rate"
    settings_tried: int = 0  # on validation, before the test set was read
    verdict: Verdict | None = None  # against the reference; None for the reference, and where runs failed
    adjusted_p: float | None = (
        None  # of "better", corrected for all others (Holm); None: not part of that family
    )
    decision: Decision | None = None  # after the correction
    scores: tuple[Score, ...] = ()
    losses: tuple[float, ...] = ()  # test loss of each seed, in the comparison's order of seeds
    measures: tuple[Measurement, ...] = ()  # traits of its runs, mean over seeds
    changes: tuple[Measurement, ...] = ()  # the same less the untreated training's, paired by seed
    history: History | None = None  # of its first seed
    because: str = ""  # why it came out so: what its curves and numbers show
    failed: str = ""  # why there is no verdict; empty when there is one
    notes: tuple[str, ...] = ()  # of the search for its dose


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Shown):
    """Every applicable remedy under equal conditions, held against early stopping alone."""

    task: str
    seeds: tuple[int, ...]  # of the proof
    history: History  # the training as planned, with the seed that doses were found with
    diagnoses: tuple[Diagnosis, ...]
    prescriptions: tuple[Prescription, ...]
    candidates: tuple[Candidate, ...]  # lowest test loss first; those that failed last
    left_out: tuple[Rejection, ...] = ()  # remedies that have no place here, and why
    answer: str  # the question answered in a few sentences
    trainings: int  # finished ones, search and proof together
    epochs: int  # that they took
    seconds: float  # summed over trainings
    test_examples: int
    holdout_reads: int
    notes: tuple[str, ...] = ()
    provenance: Provenance
