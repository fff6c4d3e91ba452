# SPDX-License-Identifier: Apache-2.0
"""One module for each Edit that a remedy declares; each carries its edits out and takes them back."""

from types import ModuleType

from goodfit.surgery.edits import (
    batch_norm,
    dropout,
    early_stopping,
    embedding_dropout,
    epochs,
    l1,
    label_smoothing,
    learning_rate,
    locked_dropout,
    random_rates,
    rate_schedule,
    stochastic_depth,
    weight_decay,
    weight_drop,
    width,
)
from goodfit.values import EditKind

EDITS: dict[EditKind, ModuleType] = {
    EditKind.SET_RATE: dropout,
    EditKind.INSERT_DROPOUT: dropout,
    EditKind.LOCKED_DROPOUT: locked_dropout,
    EditKind.WEIGHT_DROP: weight_drop,
    EditKind.EMBEDDING_DROPOUT: embedding_dropout,
    EditKind.BATCH_NORM: batch_norm,
    EditKind.WIDTH: width,
    EditKind.RANDOM_RATES: random_rates,
    EditKind.STOCHASTIC_DEPTH: stochastic_depth,
    EditKind.WEIGHT_DECAY: weight_decay,
    EditKind.L1: l1,
    EditKind.LABEL_SMOOTHING: label_smoothing,
    EditKind.STOP_EARLY: early_stopping,
    EditKind.EPOCHS: epochs,
    EditKind.LEARNING_RATE: learning_rate,
    EditKind.RATE_SCHEDULE: rate_schedule,
}
"""The module that carries out each kind of edit.

carry_out(subject, edit)    makes it; raises SurgeryError and changes nothing when the place is not as planned
take_back(subject, edit)    undoes it exactly; raises when it is not there
in_place(subject, edit)     the dotted name of the module that carries it ("" where no module does), None when it is not made
"""

__all__ = ["EDITS"]
