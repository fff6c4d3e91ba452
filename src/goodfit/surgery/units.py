# SPDX-License-Identifier: Apache-2.0
"""Where the units of a layer go: through which norms, and into which inputs of which layers.

    units_of(flow, "conv2")    # norms ("bn2",), read by fc1's inputs 0 to 24, four for each unit

What is known to keep units apart is followed: elementwise functions, dropout, batch norm, pooling, reshaping, cat.
At anything else the answer is a reason why not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from torch import nn

from goodfit.surgery.dataflow import Flow, Shape, Step, is_transposed_linear
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.operations import ELEMENTWISE, MIXING, POOLING, REDUCING, RESHAPING
from goodfit.values import LayerKind


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the units stand in a tensor: along one axis, as runs of `block` numbers a unit."""

    axis: int
    offsets: tuple[
        int, ...
    ]  # where along the axis the units begin; several when they stand there more than once
    block: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The inputs of a layer that hold all units, in order."""

    path: str
    start: int
    stop: int
    size: int  # of all inputs of the layer


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one layer and all that has a number for each of them."""

    path: str
    width: int
    norms: tuple[str, ...]
    readings: tuple[Reading, ...]

    @property
    def readers(self) -> tuple[str, ...]:
        """Dotted names of the layers that read them."""
        return tuple(dict.fromkeys(each.path for each in self.readings))

    @property
    def others(self) -> tuple[str, ...]:
        """Dotted names of the other layers that change when the width does."""
        return (*self.norms, *self.readers)


def outputs_of(layer: nn.Module) -> int | None:
    """How many units a fully connected or convolutional layer has; None for any other."""
    names = {LayerKind.LINEAR: "out_features", LayerKind.CONVOLUTION: "out_channels"}
    name = "nf" if is_transposed_linear(layer) else names.get(kind_of(layer))
    found = getattr(layer, name, None) if name else None
    return found if isinstance(found, int) else None


def units_of(flow: Flow, path: str) -> Units | str:
    """Follow the units of the layer at `path`; a reason where that cannot be done."""
    runs = flow.runs.get(path, ())
    if len(runs) != 1:
        return f"runs {len(runs)} times in one forward pass"
    (first,) = runs
    width = outputs_of(first.module) if first.module is not None else None
    axis = _unit_axis(first, width)
    if width is None or axis is None:
        return "its output has no axis of batch and units"
    spreads: dict[Step, Spread] = {first: Spread(axis, (0,), 1)}
    norms: list[str] = []
    readings: list[Reading] = []
    for step in flow.steps:
        if step is first or not any(each in spreads for each in step.inputs):
            continue
        found = _followed(flow, step, spreads, width)
        if isinstance(found, str):
            return found
        if isinstance(found, Spread):
            spreads[step] = found
            if step.module is not None and kind_of(step.module) is LayerKind.BATCH_NORM:
                norms.append(str(step.path))
        else:
            readings.extend(found)
    if any(step in spreads for step in flow.output):
        return "its units are in the model's output"
    if not readings:
        return "no layer reads it"
    return Units(path, width, tuple(norms), tuple(readings))


def _unit_axis(step: Step, width: int | None) -> int | None:
    """The axis that counts the units in what a layer gives; None where that is not as usual."""
    shape = step.given[0]
    convolved = step.module is not None and kind_of(step.module) is LayerKind.CONVOLUTION
    axis = 1 if convolved else len(shape) - 1
    return axis if len(shape) > max(axis, 1) and shape[axis] == width else None


def _followed(
    flow: Flow, step: Step, spreads: Mapping[Step, Spread], width: int
) -> Spread | list[Reading] | str:
    """Where the units stand after a step, which inputs of it they are, or why that cannot be said."""
    if step.path is not None and step.module is not None:
        if len(flow.runs[step.path]) != 1 and kind_of(step.module) not in _STATELESS:
            return f"is read by {step.path}, which runs {len(flow.runs[step.path])} times in one forward pass"
        if len(step.inputs) != 1:
            return f"is read by {step.path} beside something else"
        return _through_layer(step, step.module, spreads[step.inputs[0]], width)
    name = step.name.strip("_")
    if len(step.given) != 1:
        return f"is read by {name}"
    if name == "cat":
        return _through_cat(step, spreads)
    found = [spreads[each] for each in step.inputs if each in spreads]
    others = [shape for each, shape in zip(step.inputs, step.taken, strict=True) if each not in spreads]
    if any(prod(shape) != 1 for shape in others) or len(set(found)) > 1:
        return f"is combined with something else by {name}"
    rule = next((rule for fits, rule in _RULES if fits(name)), None)
    after = rule(step, found[0]) if rule else None
    return after or f"is read through {name}, where its units cannot be followed"


_STATELESS = (LayerKind.DROPOUT, LayerKind.ACTIVATION)


def _through_layer(step: Step, layer: nn.Module, spread: Spread, width: int) -> Spread | list[Reading] | str:
    kind, shape = kind_of(layer), step.taken[0]
    found = [
        Reading(str(step.path), at, at + width * spread.block, shape[spread.axis]) for at in spread.offsets
    ]
    if (kind is LayerKind.LINEAR or is_transposed_linear(layer)) and spread.axis == len(shape) - 1:
        return found
    if kind is LayerKind.CONVOLUTION and spread.axis == 1 and spread.block == 1:
        return found if getattr(layer, "groups", 1) == 1 else f"is read by {step.path}, which has groups"
    alone = spread == Spread(1, (0,), 1) and shape[1] == width
    if kind is LayerKind.BATCH_NORM and alone:
        return spread
    if kind is LayerKind.DROPOUT or (kind is LayerKind.ACTIVATION and _is_elementwise(layer)):
        return spread
    return f"is read by {step.path}, a {type(layer).__name__}"


def _is_elementwise(layer: nn.Module) -> bool:
    names = {base.__name__ for base in type(layer).__mro__}
    return not names & set(MIXING) and sum(p.numel() for p in layer.parameters()) <= 1


def _through_cat(step: Step, spreads: Mapping[Step, Spread]) -> Spread | str:
    shapes = step.taken
    axis = (step.dims[0] if step.dims else 0) % len(shapes[0])
    known = [spreads.get(each) for each in step.inputs]
    given = [each for each in known if each is not None]
    if all(each is not None for each in known) and len(set(given)) == 1 and given[0].axis != axis:
        return given[0]
    if len({(each.axis, each.block) for each in given}) > 1 or given[0].axis != axis:
        return "is combined with something else by cat"
    offsets, at = [], 0
    for spread, shape in zip(known, shapes, strict=True):
        offsets += [at + each for each in spread.offsets] if spread else []
        at += shape[axis]
    return Spread(axis, tuple(offsets), given[0].block)


def _same(step: Step, spread: Spread) -> Spread | None:
    return spread if step.given[0] == step.taken[0] else None


def _pooled(step: Step, spread: Spread) -> Spread | None:
    return spread if spread.axis == 1 and step.given[0][:2] == step.taken[0][:2] else None


def _reshaped(step: Step, spread: Spread) -> Spread | None:
    """Find the axis of the new shape that holds as many numbers before it, and whole units in it."""
    old, new = step.taken[0], step.given[0]
    before, size = prod(old[: spread.axis]), old[spread.axis]
    for axis, length in enumerate(new):
        if prod(new[:axis]) == before and length >= size and length % size == 0:
            block = length // size
            return Spread(axis, tuple(at * block for at in spread.offsets), spread.block * block)
    return None


def _reduced(step: Step, spread: Spread) -> Spread | None:
    old, new = step.taken[0], step.given[0]
    gone: Shape = tuple(each % len(old) for each in step.dims)
    if not gone or spread.axis in gone:
        return None
    lost = 0 if len(new) == len(old) else sum(each < spread.axis for each in gone)
    return Spread(spread.axis - lost, spread.offsets, spread.block)


def _selected(step: Step, spread: Spread) -> Spread | None:
    """A selection along other axes, where the units stand on the last one."""
    old, new = step.taken[0], step.given[0]
    if spread.axis == len(old) - 1 and new and new[-1] == old[-1]:
        return Spread(len(new) - 1, spread.offsets, spread.block)
    return None


_RULES: tuple[tuple[Callable[[str], bool], Callable[[Step, Spread], Spread | None]], ...] = (
    (ELEMENTWISE.__contains__, _same),
    (lambda name: name.startswith(POOLING), _pooled),
    (RESHAPING.__contains__, _reshaped),
    (REDUCING.__contains__, _reduced),
    (lambda name: name == "getitem", _selected),
)
