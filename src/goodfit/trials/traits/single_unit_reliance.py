# SPDX-License-Identifier: Apache-2.0
"""How much a model leans on single hidden units: by how much its loss rises when they are silenced one at a time.

Dropout's promise is that units do not rely on certain others being there (Hinton et al. 2012, abstract). Every layer counts alike and
each rise is a share of the model's own loss, so that models with other losses, or another number of layers, compare. A
wider layer leans less on each unit by nature: compare models of equal widths, or read the widths beside it.

A rise can be below 0: the loss of an overconfident model falls when a unit is silenced, because its answers become less sure. Such
a model leans on its units all the same, so read `moved` beside the rise: it counts what single examples lose and what they win.
"""

from dataclasses import dataclass
from math import ceil, nan
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.surgery.silencing import RECURRENT, WEIGHTED, HiddenLayer, hidden_units, silenced
from goodfit.training.evaluate import forward
from goodfit.trials.traits._specimen import Losses, NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait

EXAMPLES = 200  # half of them choose the worst units, the other half measure those
MOST_UNITS = 24  # silenced in one layer; of a wider one a random part, the same one in both arms
WORST = 0.1  # share of the silenced units that are called the worst: 3 of 24
KINDS = (*WEIGHTED, *RECURRENT)  # where a model has none of these: the dimensions of its embeddings
Fill = Literal["zero", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReliance:
    """What silencing units of one layer did."""

    path: str
    units: int
    silenced: int
    rise: float  # of the loss over the silenced units, in the loss's own unit
    mean: float  # the same in % of the loss
    moved: float  # how far each example's loss moves, up or down, on average, in % of the loss
    worst: float  # rise over the worst of them, on examples that did not choose them
    worst_share: (
        float  # of all rises together, what the worst units account for; 0.1 when all units count alike
    )


def reliance_of(specimen: Specimen, fill: Fill = "zero") -> tuple[LayerReliance, ...]:
    """Silence hidden units one at a time, layer by layer.

    Args:
        specimen: with its model.
        fill: what a silenced unit says: 0, or its own mean over the examples, which takes only its information away.

    Raises:
        NotMeasurable: the model has no hidden unit that can be silenced, its loss is 0, or there are under 4 examples.
    """
    looked = specimen.sample(EXAMPLES)
    model = looked.trained()
    if len(looked.measured_on()[1]) < 4:  # noqa: PLR2004 - two in each half, so that a mean is one
        raise NotMeasurable("Fewer than 4 examples cannot choose units and measure them.")
    layers = _layers(looked, model)
    plain = looked.losses()
    if not plain.mean() > 0:
        raise NotMeasurable("The loss is not above 0, so no rise is a share of it.")
    return tuple(_layer(looked, layer, plain, fill) for layer in layers)


def _layers(looked: Specimen, model: nn.Module) -> list[HiddenLayer]:
    def run() -> None:
        with torch.no_grad():
            forward(model, next(looked.batches(2))[0])

    found = hidden_units(model, run, KINDS) or hidden_units(model, run, (nn.Embedding, nn.EmbeddingBag))
    if not found:
        raise NotMeasurable("The model has no hidden layer whose units could be silenced.")
    return found


def _layer(looked: Specimen, layer: HiddenLayer, plain: Losses, fill: Fill) -> LayerReliance:
    draws = looked.generator("units", layer.path)
    units = np.sort(draws.choice(layer.units, min(layer.units, MOST_UNITS), replace=False))
    values = _means(looked, layer) if fill == "mean" else np.zeros(layer.units)
    rises = np.empty((len(units), len(plain)))
    for row, unit in enumerate(units.tolist()):
        with silenced(layer, unit, float(values[unit])):
            rises[row] = looked.losses() - plain
    choose, measure = np.array_split(looked.generator("halves").permutation(len(plain)), 2)
    worst = np.argsort(-rises[:, choose].mean(axis=1))[: ceil(WORST * len(units))]
    left = rises[:, measure].mean(axis=1)
    raised = left.clip(min=0)
    return LayerReliance(
        path=layer.path,
        units=layer.units,
        silenced=len(units),
        rise=float(rises.mean()),
        mean=100 * float(rises.mean() / plain.mean()),
        moved=100 * float(np.abs(rises).mean() / plain.mean()),
        worst=100 * float(left[worst].mean() / plain[measure].mean()),
        worst_share=float(raised[worst].sum() / raised.sum()) if raised.any() else nan,
    )


def _means(looked: Specimen, layer: HiddenLayer) -> Losses:
    """What each unit says on average over examples and places."""
    seen: list[Tensor] = []

    def hook(_module: nn.Module, _inputs: object, output: Any) -> None:
        first = (
            output[0] if isinstance(output, tuple) else output
        )  # a PackedSequence is one too: its data stand first
        data: Tensor = first[0] if isinstance(first, tuple) else first
        seen.append(data.movedim(layer.dimension, -1).flatten(0, -2).double())

    handle = layer.place.register_forward_hook(hook)
    try:
        looked.outputs()
    finally:
        handle.remove()
    return np.asarray(torch.cat(seen).mean(dim=0).cpu().numpy(), dtype=np.float64)


def _value(specimen: Specimen) -> float:
    layers = reliance_of(specimen)
    return sum(layer.mean for layer in layers) / len(layers)


TRAIT = Trait(
    name="single-unit-reliance",
    what=(
        "Rise of the loss when one hidden unit is set to 0, as a share of the loss: mean over at most 24 units of a layer "
        "drawn at random, then over layers."
    ),
    unit="%",
    reads_model=True,
    value=_value,
)
