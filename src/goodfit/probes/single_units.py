# SPDX-License-Identifier: Apache-2.0
"""Does the model lean on single hidden units: how much does the loss rise when one is silenced?"""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np
from torch import nn

from goodfit.probes._intervals import ratio
from goodfit.probes._lab import Indices, Lab, Losses
from goodfit.probes._probe import Finding, NotApplicable, Probe
from goodfit.report.words import signed
from goodfit.surgery.silencing import HiddenLayer, hidden_units, silenced
from goodfit.values import Evidence, Grade, Measurement, Severity, Source, Threshold

EXAMPLES = 500  # validation examples; half of them choose the units, the other half measure
MOST_UNITS = 64  # looked at in one layer; of a wider one, a random part
MOST_LAYERS = 8  # looked at; of a deeper model, evenly spaced ones
TOP = 0.01  # the share of the units called the top
FEWEST = 4  # examples, so that each half has a spread

RISE = Threshold(
    name="rise when the largest unit is silenced",
    value=10.0,
    unit="%",
    because=(
        "A convention of ours: where hundreds of units share the work, one of them carries a per cent or less; "
        "a tenth of the loss on one unit is far from shared."
    ),
)


@dataclass(frozen=True, slots=True)
class Silenced:
    """What silencing one unit did to each example's loss."""

    name: str  # "unit 3 of net.0"
    rises: Losses


class SingleUnits(Probe):
    """Silence one hidden unit after the other."""

    name = "single-units"
    question = "Does the model lean on a single hidden unit?"
    summary = "Silences hidden units one at a time and measures how much the validation loss of the best checkpoint rises."
    definition = (
        "r_i(u) = loss of example i with the output of unit u (of a linear layer, channel of a convolution, behind its "
        "activation) set to 0, minus its loss without. The unit with the largest mean r on one half of the examples is "
        "measured on the other: mean(r) / mean(loss) with the 90 % interval of a paired mean. "
        "The top 1 % of the units is told likewise."
    )
    why = (
        "Units that only work together with certain others fit the training examples by chance agreements; dropout was "
        "made to prevent that co-adaptation, so strong reliance speaks for trying it."
    )
    limits = (
        "In a narrow layer each unit matters by necessity: read it beside the number of units.",
        "At most 64 units a layer and 8 layers are silenced; a crucial unit among the others is missed.",
        "In a model that is no Sequential the unit is silenced before its activation, whose value at 0 need not be 0.",
        "Where the loss is very low, a small absolute rise is a large share of it.",
        "Attention and recurrent parts of torch, which keep their weights to themselves, are not looked at.",
    )
    cost = "one pass over at most 500 validation examples for each unit, at most 64 units in each of 8 layers"
    thresholds = (RISE,)
    sources: ClassVar[tuple[Source, ...]] = (
        Source(
            key="hinton2012improving",
            place="abstract",
            says="dropout prevents co-adaptations in which a feature detector helps only with several others",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="srivastava2014dropout",
            place="section 7.1",
            says="with dropout, hidden units detect features on their own; without, they do not",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    settles = ("GF101",)
    since = "0.1"
    severity = Severity.NOTE

    def look(self, lab: Lab) -> Finding:
        """Hold the rise of the loss without the most important unit against its threshold."""
        indices = lab.sample(lab.split.validation, EXAMPLES)
        if len(indices) < FEWEST:
            raise NotApplicable(
                f"There are only {len(indices)} validation examples, too few to choose and to measure."
            )
        model = lab.trained()
        layers = hidden_layers(lab, model)
        if not layers:
            raise NotApplicable("The model has no hidden linear or convolutional layer.")
        silenced = silence_each(lab, model, layers, indices)
        largest, top, first = rises_of(lab, model, silenced, indices)
        total = sum(layer.units for layer in layers)
        words = (
            f"without {first.name} the validation loss changes by {signed(largest.value)} % "
            f"({signed(largest.low)} to {signed(largest.high)} %), without one of the top {TOP:.0%} "
            f"by {signed(top.value)} %; {len(silenced)} of {total:,} units in {len(layers)} layers were silenced"
        )
        return Finding.told(
            (Evidence(measurement=largest, threshold=RISE),),
            present=f"The model leans on single units: {words}.",
            absent=f"No single unit carries much: {words}.",
            undecided=f"The examples do not settle it: {words}.",
            advice="Try dropout, or more units in a narrow layer; both spread the work.",
        )


def rises_of(
    lab: Lab, model: nn.Module, silenced: list[Silenced], indices: Indices
) -> tuple[Measurement, Measurement, Silenced]:
    """Rise without the largest unit, mean rise of the top ones, and which is the largest: chosen on other examples."""
    plain = lab.losses(model, indices)
    choose, measure = np.array_split(lab.generator("halves").permutation(len(indices)), 2)
    ranked = sorted(silenced, key=lambda each: -each.rises[choose].mean())
    groups = None if lab.pool.groups is None else lab.pool.groups[indices][measure]
    largest = ratio(RISE.name, ranked[0].rises[measure], plain[measure], groups)
    top = np.mean([each.rises[measure] for each in ranked[: ceil(TOP * len(ranked))]], axis=0)
    return largest, ratio("rise of the top units", top, plain[measure], groups), ranked[0]


def hidden_layers(lab: Lab, model: nn.Module) -> list[HiddenLayer]:
    """The hidden layers that an example passes, in order; of many, evenly spaced ones."""
    hidden = hidden_units(model, lambda: lab.outputs(model, lab.split.validation[:2]))
    if len(hidden) <= MOST_LAYERS:
        return hidden
    return [hidden[i] for i in np.linspace(0, len(hidden) - 1, MOST_LAYERS).astype(int)]


def silence_each(lab: Lab, model: nn.Module, layers: list[HiddenLayer], indices: Indices) -> list[Silenced]:
    """Silence units one at a time, at most MOST_UNITS a layer."""
    plain = lab.losses(model, indices)
    found = []
    for layer in layers:
        draws = lab.generator("units", layer.path)
        units = np.sort(draws.choice(layer.units, min(layer.units, MOST_UNITS), replace=False))
        for unit in units.tolist():
            with silenced(layer, unit):
                rises = lab.losses(model, indices) - plain
            found.append(Silenced(f"unit {unit} of {layer.path or 'the model'}", rises))
    return found
