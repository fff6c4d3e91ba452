# SPDX-License-Identifier: Apache-2.0
"""How large the model is: what adding and removing nodes changes."""

from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    count = specimen.run.history.context.parameters
    if count is None:
        raise NotMeasurable("The history does not say how many numbers the model has.")
    return float(count)


TRAIT = Trait(
    name="parameters",
    what="Numbers in the model that are trained.",
    unit="",
    reads_model=False,
    value=_value,
)
