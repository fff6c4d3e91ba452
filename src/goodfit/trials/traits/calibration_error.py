# SPDX-License-Identifier: Apache-2.0
"""How far a classifier's confidence is from how often it is right: what label smoothing and dropout may mend."""

from torch import Tensor

from goodfit.measures.calibration import BINS, calibration_error
from goodfit.training.answers import Answer, answer_of, surety
from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    answer = answer_of(specimen.recipe().loss)
    if answer is Answer.NUMBERS:
        raise NotMeasurable(
            "Confidence needs logits: the loss is neither CrossEntropyLoss nor BCEWithLogitsLoss."
        )
    logits, targets = specimen.outputs()
    fits = isinstance(logits, Tensor) and isinstance(targets, Tensor)
    if not fits or (answer is Answer.CLASSES and targets.is_floating_point()):
        raise NotMeasurable("Confidence needs one tensor of logits and class numbers as targets.")
    kept = targets.double() if answer is Answer.YES_OR_NO else targets
    return 100 * calibration_error(*surety(logits.double(), kept))


TRAIT = Trait(
    name="calibration-error",
    what=f"Expected calibration error over {BINS} bins of equal width (Guo et al. 2017), in points of per cent.",
    unit="%",
    reads_model=True,
    value=_value,
)
