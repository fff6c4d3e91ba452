# SPDX-License-Identifier: Apache-2.0
"""Whether the treatment helped, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

from goodfit._core.history import Goal
from goodfit._core.showing import Shown


class Decision(StrEnum):
    """The four honest answers; EQUIVALENT is a finding, UNDECIDED is the lack of one."""

    IMPROVED = "improved"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A difference with its interval; positive means the treatment is better."""

    name: str
    value: float
    low: float
    high: float
    level: float = 0.95  # coverage of the interval
    unit: str = ""
    method: str = ""  # how the interval was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One of the tests that must all pass before a claim is made."""

    name: str  # "S" over seeds, "E" over test examples
    test: str  # the test's full name
    improved_p: float  # one-sided p value against "treatment is not better"
    worse_p: float  # one-sided p value against "treatment is not worse"
    level: float  # a p value at or below it passes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmMeans:
    """One metric under both arms, averaged over seeds."""

    metric: str
    control: float
    treatment: float


class Stopped(StrEnum):
    """Why a sequential proof ended where it did."""

    PROVEN = "proven"  # a bet reached its evidence and the test examples bore it out
    NOT_BORNE_OUT = "not borne out"  # a bet reached its evidence, the test examples did not bear it out
    HOPELESS = "hopeless"  # no bet could have reached its evidence with the seeds that were left
    EXHAUSTED = "exhausted"  # the last seed was used
    TOO_FEW_UNITS = "too few units"  # the test set is too small for any claim
    UNFINISHED = "unfinished"  # more seeds could still settle it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """How far a sequential proof went: seeds are added one at a time until the evidence is there or cannot come."""

    most: int  # seeds that it could have used
    used: int  # seeds that it did use
    saved: int  # most - used; 0 while it is unfinished
    needed: float  # evidence that a bet must reach
    improved: float  # most evidence seen for "the treatment is better"
    worse: float  # for "the treatment is worse"
    equivalent: float  # for "any difference is within the margin"
    stopped: Stopped
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """How many paired seeds would find an effect with 80 % power."""

    aim: str  # whose effect it is: that seen, or one of the margin's size
    effect: float  # in loss units
    seeds: int | None  # None: no number of seeds, because the test set limits it
    test_units: int | None  # independent test units that would be needed then; None: those at hand are enough
    says: str  # the same in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Shown):
    """The decision of a paired comparison on the locked test set; "loss" below is what `metric` names."""

    decision: Decision
    effect: Effect  # mean loss gained, over seeds
    example_effect: Effect  # the same with an interval over test examples
    relative: float  # effect as a share of the control's mean loss
    margin: float  # equivalence margin in loss units, set before the first test read
    smallest_detectable: float  # effect in loss units found with 80 % power at this number of seeds
    method: str
    seeds: tuple[int, ...]
    wins: int  # seeds in which the treatment had the lower loss
    probability_better: Effect  # P(treatment better in a new pair), with an exact interval
    gates: tuple[Gate, ...]
    means: tuple[ArmMeans, ...]
    test_examples: int
    test_groups: int  # independent units among them
    holdout_reads: int  # looks at the test set so far, this comparison included
    because: str
    limits: tuple[str, ...] = ()  # what the verdict does not cover
    within_margin: bool = False  # both 90 % intervals lie inside the margin, whatever else is claimed
    metric: str = "loss"  # what was compared, example by example
    goal: Goal = Goal.MINIMIZE  # which way is better
    sequential: Sequential | None = None  # None: the number of seeds was fixed beforehand
    plans: tuple[SeedPlan, ...] = ()  # what it would take to settle it; only when UNDECIDED
