# SPDX-License-Identifier: Apache-2.0
"""What a task of the bench is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One task as data: what its fingerprint is made of."""

    name: str
    part: str
    data: str
    model: str  # kind and width
    train: int
    validation: int = 500
    batch: int = 32
    learning_rate: float = 1e-3
    noise: float = 0.0  # share of training, validation and test targets that are exchanged
    cap: int  # epochs: the longest run that is looked at when the horizon is chosen
    epochs: int | None = None  # a horizon given instead of found, for a control that trains too short
    control: bool = False
