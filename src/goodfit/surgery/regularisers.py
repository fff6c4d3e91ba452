# SPDX-License-Identifier: Apache-2.0
"""What holds a training back besides its model: penalties in the optimiser, smoothing in the loss."""

import torch

from goodfit.surgery.edits.l1 import threshold_of
from goodfit.surgery.edits.label_smoothing import smoothing
from goodfit.surgery.edits.weight_decay import coefficient, is_decoupled
from goodfit.surgery.subject import Subject


def training_regularisers(subject: Subject) -> dict[str, float]:
    """Those that are there, by the name that a run's context gives them: "weight decay", "L1", "label smoothing"."""
    found: dict[str, float | None] = {}
    if subject.optimizer is not None:
        found["weight decay"] = coefficient(subject.optimizer)
        found["L1"] = threshold_of(subject.optimizer)
    if subject.loss is not None:
        found["label smoothing"] = smoothing(subject.loss)
    return {name: value for name, value in found.items() if value}


def optimizer_name(optimizer: torch.optim.Optimizer) -> str:
    """The optimiser's class, with a W where goodfit decoupled its weight decay, as Loshchilov & Hutter (2019) write it."""
    name = type(optimizer).__name__
    return f"{name}W" if is_decoupled(optimizer) and not name.endswith("W") else name
