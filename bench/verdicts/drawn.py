# SPDX-License-Identifier: Apache-2.0
"""What one kind of run draws: noise-free courses and what is true of them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(slots=True, kw_only=True)
class Drawn:
    """Noise-free courses, shape (n,) each, and their truth."""

    train: Floats
    val: Floats
    headline: str | None
    present: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    onset: int | None = None  # index of the minimum of `val`
    accuracy: Floats | None = None  # with its noise
    chance: float | None = None  # loss of a constant prediction
    classes: int | None = None
    extra: dict[str, Floats] = field(default_factory=dict)  # further training curves, in the loss's unit
    test: Floats | None = None
    noise_scale: float = 1.0  # of the setting's noise
    may_be_smoothed: bool = True
    every: int = 1  # training is logged at every k-th evaluation only
