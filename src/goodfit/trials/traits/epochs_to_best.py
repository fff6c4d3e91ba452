# SPDX-License-Identifier: Apache-2.0
"""How long a training takes to its best checkpoint: what dropout and a lower learning rate make longer."""

from goodfit.trials.traits._specimen import Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    return float(specimen.run.best_epoch)


TRAIT = Trait(
    name="epochs-to-best",
    what="Epochs trained when validation was at its best.",
    unit="epochs",
    reads_model=False,
    value=_value,
)
