# SPDX-License-Identifier: Apache-2.0
"""How many weights are exactly 0: what an L1 penalty with its proximal step makes more of."""

from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    weights = [each.detach() for each in specimen.trained().parameters() if each.requires_grad]
    total = sum(each.numel() for each in weights)
    if not total:
        raise NotMeasurable("The model has no weight that is trained.")
    return 100 * sum(int((each == 0).sum()) for each in weights) / total


TRAIT = Trait(
    name="zero-share",
    what="Share of the weights that are trained which are exactly 0 at the best checkpoint.",
    unit="%",
    reads_model=True,
    value=_value,
)
