# SPDX-License-Identifier: Apache-2.0
"""Trainings that were carried out, and the study that found a dose with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from goodfit._core.evidence import Measurement
from goodfit._core.history import History, Split
from goodfit._core.mapping import FrozenMapping
from goodfit._core.prescription import Dose
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One setting tried in a study."""

    value: float  # of the knob
    run: Run
    behind_best: Measurement | None = None  # paired loss difference to the best setting; None for the best


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a search took, in units that can be compared."""

    epochs: int  # trained for the search
    share_of_plan: float  # epochs over those of one run as the user planned it
    early_stopped_runs: float  # epochs over those of the untreated run under plain early stopping
    seconds: float  # summed over runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Study(Shown):
    """All settings tried, the one chosen, and what that cost."""

    knob: str  # "dropout rate", "weight decay"
    control: Trial  # the user's own setting
    trials: tuple[Trial, ...]  # the others, in the order tried
    chosen: Dose
    beats_control: Measurement  # paired validation loss gained by the chosen setting; optimistic by selection
    cost: Cost
    budget_epochs: int | None = None
    because: str = ""  # why this setting
    notes: tuple[str, ...] = ()  # what was cut short or failed
