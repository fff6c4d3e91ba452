# SPDX-License-Identifier: Apache-2.0
"""Trainings that were carried out, and the study that found a dose with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from goodfit._core.evidence import Measurement
from goodfit._core.history import History, Split
from goodfit._core.mapping import FrozenMapping
from goodfit._core.prescription import Dose, RateStage
from goodfit._core.showing import Shown


class Arm(StrEnum):
    """The two sides of a comparison."""

    CONTROL = "control"
    TREATMENT = "treatment"


class RunStatus(StrEnum):
    """How a training ended."""

    FINISHED = "finished"
    STOPPED_EARLY = "stopped early"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training, scored at its best checkpoint by validation."""

    seed: int
    arm: Arm
    setting: Mapping[str, float] = field(default_factory=FrozenMapping)  # knob name -> value
    history: History
    score: float  # mean loss at the best checkpoint on `measured_on`
    scores: Mapping[str, float] = field(default_factory=FrozenMapping)  # the same for every metric
    per_example: tuple[float, ...] = ()  # losses at the best checkpoint, in the data's order
    measured_on: Split = Split.VALIDATION
    best_epoch: int = 0  # 1-based: epochs trained when the best checkpoint was taken
    epochs: int = 0  # epochs trained in all
    seconds: float = 0.0  # wall time of the training
    status: RunStatus = RunStatus.FINISHED
    error: str | None = None  # only when FAILED

    def __post_init__(self) -> None:
        object.__setattr__(self, "setting", FrozenMapping(self.setting))
        object.__setattr__(self, "scores", FrozenMapping(self.scores))


class ArmEnd(StrEnum):
    """Why an arm of a search trained no further."""

    AT_MINIMUM = "stopped at its minimum"  # validation had got no better for as long as patience lasts
    AS_PLANNED = "trained as planned"
    CUT = "cut by the budget"
    INTERRUPTED = "stopped by you"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One setting tried in a study."""

    value: float  # of the knob
    run: Run
    earlier: tuple[RateStage, ...] = ()  # the rates that its training began with
    behind_best: Measurement | None = None  # paired loss difference to the best setting; None for the best
    ended: ArmEnd | None = None  # None: of the user's own setting

    def is_at(self, dose: Dose) -> bool:
        """Whether it was trained at this dose."""
        return (self.value, self.earlier) == (dose.value, dose.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedArm:
    """One setting whose training ended without a number."""

    value: float  # of the knob
    because: str
    earlier: tuple[RateStage, ...] = ()
    epochs: int = 0  # trained before it failed, which the cost counts
    seconds: float = 0.0


class Choice(StrEnum):
    """What a search can say of the user's own setting."""

    BETTER = "better"  # the best dose gains more than chance among so many would, at 95 %
    LIKELY = "likely better"  # more than one standard error, and less than that
    CANNOT_TELL = "cannot tell"  # these validation examples do not tell the doses from the user's own setting
    OWN_IS_BEST = "your own is best"  # every dose tried is worse, each by more than its noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a search took, in units that can be compared; failed arms are counted, the user's own run is not."""

    epochs: int  # trained for the search; an arm that goes on from another one's best counts from there
    share_of_plan: float  # epochs over those of one run as the user planned it: T
    early_stopped_runs: float  # epochs over those of the untreated run under plain early stopping
    seconds: float  # summed over runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Study(Shown):
    """All settings tried, the one chosen, and what that cost."""

    knob: str  # "dropout rate", "weight decay"
    control: Trial  # the user's own setting
    trials: tuple[Trial, ...]  # the others, in the order tried
    chosen: Dose  # what is recommended; the user's own setting where none is shown to be better
    beats_control: Measurement  # paired validation loss gained by the candidate; optimistic by selection
    cost: Cost
    choice: Choice = Choice.LIKELY
    candidate: Dose | None = None  # what a proof would try: the mildest dose level with the best of them
    needed_examples: int | None = (
        None  # for validation, to tell a gain of `needed_for`; None: nothing is missing
    )
    needed_for: float | None = None  # in loss units
    failed: tuple[FailedArm, ...] = ()
    budget: str = ""  # as it was given: "1.5 T"
    budget_epochs: int | None = None  # the same in epochs
    stopped: str = ""  # why the search ended before its end: "stopped by you after 31 epochs"
    because: str = ""  # why this setting
    notes: tuple[str, ...] = ()  # what was cut short or failed

    @property
    def to_prove(self) -> Dose:
        """The dose that a proof on held-out data would try."""
        return self.chosen if self.candidate is None else self.candidate
