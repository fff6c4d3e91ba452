# SPDX-License-Identifier: Apache-2.0
"""How much the norm of the gradient jumps from one epoch to the next: the steadiness that batch norm is to bring."""

from math import isfinite

import numpy as np

from goodfit.measures._interval import noise_sd
from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    curve = specimen.run.history.curves.get("train_grad_norm")
    norms = [value for value in curve.values if isfinite(value) and value > 0] if curve is not None else []
    if len(norms) < 5:  # noqa: PLR2004 - a noise needs five points
        raise NotMeasurable("A spread of gradient norms needs 5 epochs at least with a norm above 0.")
    return 100 * noise_sd(np.log(norms))


TRAIT = Trait(
    name="gradient-spread",
    what="Standard deviation around its trend of the logarithm of the gradient's norm (mean of an epoch), in per cent.",
    unit="%",
    reads_model=False,
    value=_value,
)
