# SPDX-License-Identifier: Apache-2.0
"""The numbers of a layer with another number of units, of the norms behind it and of the layers that read it.

"function-preserving"    Units are copied, each as often as any other where that comes out, and the weights that
    read a unit are shared out among its copies, so that the sum, and with it what the network computes, stays the
    same (Net2WiderNet, Chen et al. 2016, section 3.1). Equal shares would leave copies equal for ever. Noise on
    the copies would change the function, so it stands in the shares instead: each is w / c + r, where the r of
    the c copies add up to 0 and have the variance s^2 / c before that, with s^2 the mean square of the reading
    weights. Their mean square is then about s^2 / c, as that of a layer with c times the inputs.
"strongest"    The units with the largest norm of incoming times norm of outgoing weights stay (behind a batch
    norm its scale stands for the incoming weights, whose size it takes away). In the spirit of Li et al. 2017.
"fresh"    New numbers as the layer's own reset_parameters() draws them; norms start anew.

All random numbers follow from the weights before: the same weights give the same result, and torch's random state
is left alone.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from goodfit.surgery.dataflow import is_transposed_linear
from goodfit.surgery.kinds import kind_of
from goodfit.values import LayerKind

PRESERVING, FRESH, STRONGEST = "function-preserving", "fresh", "strongest"
_OF_NORMS = ("weight", "bias", "running_mean", "running_var")
_AT_START = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
_SCALE = 0.02  # standard deviation of new weights in transformers' Conv1D


@dataclass(frozen=True, slots=True)
class Parts:
    """A layer, and all that has numbers for each of its units."""

    layer: nn.Module
    width: int  # units now
    norms: tuple[nn.Module, ...]
    spans: tuple[
        tuple[nn.Module, int, int], ...
    ]  # (reading layer, first input, end of inputs) that hold the units

    def readers(self) -> dict[nn.Module, list[tuple[int, int]]]:
        """Each reading layer with its spans, the last first, so that a change leaves the others where they are."""
        found: defaultdict[nn.Module, list[tuple[int, int]]] = defaultdict(list)
        for layer, start, stop in self.spans:
            found[layer].append((start, stop))
        return {layer: sorted(spans, reverse=True) for layer, spans in found.items()}

    def slots(self) -> Iterator[tuple[nn.Module, str]]:
        """The module and name of each tensor that changes with the width, in the order of `resized`."""
        yield from _named(self.layer, ("weight", "bias"))
        for norm in self.norms:
            yield from _named(norm, _OF_NORMS)
        for reader in self.readers():
            yield reader, "weight"


def out_axis(layer: nn.Module) -> int:
    """The axis of a layer's weight that counts its units."""
    return 1 if is_transposed_linear(layer) or getattr(layer, "transposed", False) else 0


def fit_sizes(layer: nn.Module, width: int) -> None:
    """Set the numbers by which a module says its sizes to those of its tensors; `width` for a norm."""
    if kind_of(layer) is LayerKind.BATCH_NORM:
        setattr(layer, "num_features", width)  # noqa: B010 - mypy takes attributes of a Module for modules
        return
    shape = layer.get_parameter("weight").shape
    out = out_axis(layer)
    names = ("out_features", "in_features")
    if is_transposed_linear(layer):
        names = ("nf", "nx")
    elif kind_of(layer) is LayerKind.CONVOLUTION:
        names = ("out_channels", "in_channels")
    setattr(layer, names[0], shape[out])
    setattr(layer, names[1], shape[1 - out])


def resized(parts: Parts, width: int, manner: str, seed: int) -> list[Tensor]:
    """The new tensors at another width, one for each slot; nothing is changed."""
    if manner == FRESH:
        return list(_fresh(parts, width, seed))
    generator = torch.Generator().manual_seed(seed)
    picks = _strongest(parts, width) if manner == STRONGEST else _copies(parts.width, width, generator)
    found = [
        tensor.index_select(
            out_axis(layer) if name == "weight" and layer is parts.layer else 0, _at(picks, tensor)
        )
        for layer, name in parts.slots()
        if layer is parts.layer or layer in parts.norms
        for tensor in [_tensor(layer, name)]
    ]
    for reader, spans in parts.readers().items():
        weight, axis = _tensor(reader, "weight"), 1 - out_axis(reader)
        size = weight.float().square().mean().sqrt().item()
        for start, stop in spans:
            before, units, after = _cut(weight, axis, start, stop, parts.width)
            units = units.index_select(axis, _at(picks, units))
            if manner == PRESERVING:
                units = _shared_out(units, axis, picks, size, generator)
            weight = torch.cat([before, units.flatten(axis, axis + 1), after], axis)
        found.append(weight.contiguous())
    return found


def _named(layer: nn.Module, names: tuple[str, ...]) -> Iterator[tuple[nn.Module, str]]:
    return ((layer, name) for name in names if getattr(layer, name, None) is not None)


def _tensor(layer: nn.Module, name: str) -> Tensor:
    found: Tensor = getattr(layer, name).detach()
    return found


def _at(picks: Tensor, tensor: Tensor) -> Tensor:
    return picks.to(tensor.device)


def _cut(weight: Tensor, axis: int, start: int, stop: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """A weight before, at (units and numbers of each as two axes) and after a span of its inputs."""
    units = torch.unflatten(weight.narrow(axis, start, stop - start), axis, (width, -1))
    after = weight.narrow(axis, stop, weight.shape[axis] - stop)
    return weight.narrow(axis, 0, start), units, after


def _copies(width: int, wanted: int, generator: torch.Generator) -> Tensor:
    """All units once, then copies of them in a random order, none a second time before all had a turn."""
    rounds = [torch.arange(width)]
    while sum(map(len, rounds)) < wanted:
        rounds.append(torch.randperm(width, generator=generator))
    return torch.cat(rounds)[:wanted]


def _strongest(parts: Parts, wanted: int) -> Tensor:
    """The units that weigh most, in their order."""
    weight = _tensor(parts.layer, "weight").float().transpose(0, out_axis(parts.layer)).flatten(1)
    scales = [
        _tensor(norm, "weight").float().abs()
        for norm in parts.norms
        if hasattr(norm, "weight") and norm.weight is not None
    ]
    incoming = torch.stack(scales).prod(0) if scales else weight.norm(dim=1)
    outgoing = torch.zeros(parts.width)
    for reader, spans in parts.readers().items():
        for start, stop in spans:
            _, units, _ = _cut(
                _tensor(reader, "weight").float(), axis := 1 - out_axis(reader), start, stop, parts.width
            )
            outgoing += units.transpose(0, axis).flatten(1).square().sum(dim=1).cpu()
    order = torch.argsort(incoming.cpu() * outgoing.sqrt(), descending=True, stable=True)
    return order[:wanted].sort().values


def _shared_out(units: Tensor, axis: int, picks: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Share the weights that read a unit out among its copies; see the top of this file."""
    exact = torch.float64 if units.dtype == torch.float64 else torch.float32
    across = [1] * units.dim()
    across[axis] = -1
    counts = torch.bincount(picks)[picks].to(exact).view(across)
    noise = torch.randn(units.shape, generator=generator, dtype=exact) * size / counts.sqrt()
    sums = torch.zeros(
        [n if i != axis else int(picks.max()) + 1 for i, n in enumerate(units.shape)], dtype=exact
    )
    noise -= sums.index_add(axis, picks, noise).index_select(axis, picks) / counts
    shares = units.to(exact) / counts.to(units.device) + noise.to(units.device)
    return shares.to(units.dtype)


def _fresh(parts: Parts, width: int, seed: int) -> Iterator[Tensor]:
    """All numbers that belong to the units drawn anew."""
    shape = list(_tensor(parts.layer, "weight").shape)
    shape[out_axis(parts.layer)] = width
    drawn = _drawn(parts.layer, shape, width, seed)
    for layer, name in parts.slots():
        old = _tensor(layer, name)
        if layer is parts.layer:
            yield drawn[name].to(old)
        elif layer in parts.norms:
            yield old.new_full((width,), _AT_START[name])
    for number, (reader, spans) in enumerate(parts.readers().items(), start=1):
        weight, axis = _tensor(reader, "weight"), 1 - out_axis(reader)
        shape = list(weight.shape)
        shape[axis] += sum((stop - start) // parts.width * (width - parts.width) for start, stop in spans)
        drawn = _drawn(reader, shape, 0, seed + number)
        for start, stop in spans:
            before, units, after = _cut(weight, axis, start, stop, parts.width)
            new = drawn["weight"].narrow(axis, start, units.shape[axis + 1] * width).to(weight)
            weight = torch.cat([before, new, after], axis)
        yield weight.contiguous()


def _drawn(layer: nn.Module, shape: list[int], bias: int, seed: int) -> dict[str, Tensor]:
    """New numbers for a weight of `shape` and a bias of that many, as the layer itself draws them."""
    shell = copy.copy(layer)  # shares everything with the layer but what is replaced here
    bias = bias or shape[out_axis(layer)]
    new = {
        "weight": nn.Parameter(torch.empty(shape)),
        "bias": None if getattr(layer, "bias", None) is None else nn.Parameter(torch.zeros(bias)),
    }
    shell.__dict__["_parameters"] = new
    fit_sizes(shell, bias)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reset = getattr(shell, "reset_parameters", None)
        if reset is not None:
            reset()
        else:
            nn.init.normal_(shell.get_parameter("weight"), std=_SCALE)
    return {name: tensor.detach() for name, tensor in new.items() if tensor is not None}
