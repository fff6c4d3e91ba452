# SPDX-License-Identifier: Apache-2.0
"""How far validation lies above training at the best checkpoint, both in evaluation mode."""

from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    curves = specimen.run.history.curves
    if not {"val_loss", "train_loss_eval"} <= curves.keys():
        raise NotMeasurable("The history has no training loss in evaluation mode beside the validation loss.")
    best = specimen.run.best_epoch - 1
    return curves["val_loss"].values[best] - curves["train_loss_eval"].values[best]


TRAIT = Trait(
    name="generalisation-gap",
    what="Validation loss less training loss in evaluation mode, at the best epoch.",
    unit="loss",
    reads_model=False,
    value=_value,
)
