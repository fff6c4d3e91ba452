# SPDX-License-Identifier: Apache-2.0
"""What the ensemble of dropout masks adds to the single pass: its loss less that of the pass in evaluation mode.

The pass in evaluation mode is the weight-scaled pass of Srivastava et al. 2014, section 10: torch scales in training instead.
The ensemble averages probabilities of a classifier, else outputs.
"""

from typing import Any

import numpy as np

from goodfit.nn import only_dropout_trains
from goodfit.training.answers import mean_answer
from goodfit.training.losses import per_example
from goodfit.trials.traits._specimen import Losses, NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait

MASKS = 50  # about where averaging meets the weight-scaled pass in Srivastava et al. 2014, section 7.5


def outputs_of_masks(specimen: Specimen, masks: int = MASKS) -> list[tuple[Any, Any]]:
    """Outputs and targets under one mask after the other, with everything but dropout in evaluation mode.

    Raises:
        NotMeasurable: the model drops nothing.
    """
    with only_dropout_trains(specimen.trained()) as drops:
        found = [specimen.outputs(turn=("mask", mask)) for mask in range(masks)]
        if not drops():
            raise NotMeasurable("The model has no dropout with a rate above 0.")
    return found


def ensemble_losses(specimen: Specimen, masks: int = MASKS) -> Losses:
    """Each example's loss under the mean answer of so many masks."""
    found = outputs_of_masks(specimen, masks)
    targets = found[0][1]
    losses, weights = per_example(specimen.recipe().loss)(
        mean_answer(specimen.recipe().loss, [outputs for outputs, _ in found]), targets
    )
    return np.asarray((losses / weights.mean()).double().numpy(), dtype=np.float64)


def _value(specimen: Specimen) -> float:
    return float(ensemble_losses(specimen).mean() - specimen.losses().mean())


TRAIT = Trait(
    name="mask-ensemble",
    what=f"Loss of the mean answer of {MASKS} dropout masks, less the loss of the single pass in evaluation mode.",
    unit="loss",
    reads_model=True,
    value=_value,
)
