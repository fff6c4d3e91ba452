# SPDX-License-Identifier: Apache-2.0
"""How much validation jumps from one epoch to the next: what batch norm and a lower learning rate calm."""

from goodfit.measures import noise
from goodfit.trials.traits._specimen import NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait


def _value(specimen: Specimen) -> float:
    curve = specimen.run.history.val
    if curve is None or len(curve) < 5:  # noqa: PLR2004 - a noise needs five points
        raise NotMeasurable("A noise between epochs needs 5 epochs at least.")
    return noise(curve).value


TRAIT = Trait(
    name="between-epoch-noise",
    what="Standard deviation of one epoch's validation loss around its trend, in per cent of the level at the minimum.",
    unit="%",
    reads_model=False,
    value=_value,
)
