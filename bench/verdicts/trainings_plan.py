# SPDX-License-Identifier: Apache-2.0
"""What fixes one recorded training: data, model, settings, what is logged, and the fault built in on purpose."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One training, complete: the same plan gives the same curves on the same torch version."""

    recipe: str
    part: str  # "develop" or "judge"
    data: str
    model: str
    seed: int
    train_size: int = 800  # examples
    validation_size: int = 500
    test_size: int = 1000
    epochs: int = 40
    batch_size: int = 32
    optimizer: str = "Adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"  # "step": a tenth after 60 % of the epochs; "fading": linearly to 1 %
    weight_decay: float = 0.0
    dropout: float = 0.0
    width: int = 64
    label_noise: float = 0.0  # share of labels drawn anew, in all three splits
    train_as: str = "mean over the epoch, in train mode"
    every: int | None = None  # steps between evaluations; None: once an epoch
    logs: tuple[str, ...] = ()  # of "train_loss_eval", "grad_norm", "learning_rate", "test_loss"
    facts: str = "full"  # "full", "few" or "none"
    measured_said: bool = True  # whether the log says how its training loss was measured
    fault: str = ""
    fault_size: float = 0.0
    claims: tuple[str, ...] = ()  # codes that the fault makes true, once its effect is verified
    excuses: tuple[str, ...] = ()  # further codes that are no mistake beside the fault
    interventions: bool = True  # whether the fit classes are decided by running it again with other settings

    @property
    def name(self) -> str:
        """Unique among the plans."""
        return f"{self.recipe}-{self.data}-{self.model}-{self.seed}"

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch, the last one perhaps smaller."""
        return ceil(self.train_size / self.batch_size)

    @property
    def steps(self) -> int:
        """Batches of the whole training."""
        return self.epochs * self.steps_per_epoch
