# SPDX-License-Identifier: Apache-2.0
"""How large the weights are: what weight decay makes smaller."""

import torch

from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    weights = [each.detach() for each in specimen.trained().parameters() if each.requires_grad]
    if not weights:
        raise NotMeasurable("The model has no weight that is trained.")
    squares = sum(float(each.double().square().sum()) for each in weights)
    return float(torch.tensor(squares, dtype=torch.float64).sqrt())


TRAIT = Trait(
    name="weight-norm",
    what="Euclidean norm of all weights that are trained, at the best checkpoint.",
    unit="",
    reads_model=True,
    value=_value,
)
