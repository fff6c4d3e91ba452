# SPDX-License-Identifier: Apache-2.0
"""The loss at the best checkpoint, on what the run was scored on."""

from goodfit.trials.traits._specimen import Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    return specimen.run.score


TRAIT = Trait(
    name="best-loss",
    what="Mean loss at the best checkpoint, on the split that the run was scored on.",
    unit="loss",
    reads_model=False,
    value=_value,
)
