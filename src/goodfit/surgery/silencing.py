# SPDX-License-Identifier: Apache-2.0
"""The hidden units of a model, found by letting an example pass, and silenced one at a time for a while.

    layers = hidden_units(model, lambda: model(example))
    with silenced(layers[0], unit=3):
        model(x)                       # unit 3 of the first layer says 0

A unit is an output of a linear layer, a channel of a convolution, a state of a recurrent layer or a dimension of an
embedding. Where the activation behind a layer is known (in a Sequential) the unit is silenced behind it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.utils.rnn import PackedSequence

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
WEIGHTED = (nn.Linear, *CONVOLUTIONS)
RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)
_KEEPS_UNITS = (_NormBase, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.LayerNorm, nn.GroupNorm)
_ACTIVATIONS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish,
    nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Hardswish, nn.Hardtanh,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HiddenLayer:
    """A hidden layer whose units can be silenced one by one."""

    path: str  # of the weights in the model
    place: nn.Module  # whose output is changed: the activation behind the weights, where it is known
    units: int
    dimension: int  # of the output, in which the units stand


def hidden_units(
    model: nn.Module, run: Callable[[], object], kinds: tuple[type[nn.Module], ...] = WEIGHTED
) -> list[HiddenLayer]:
    """The hidden layers of these kinds that an example passes, in order, without the layer that gives the answer.

    Args:
        model: in the mode in which it is to be looked at.
        run: lets an example pass through the model.
        kinds: of layers; linear and convolutional unless others are named.
    """
    passed: dict[str, HiddenLayer] = {}
    behind = _activations(model)

    def note(path: str) -> Any:
        def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
            found = _units_of(module, output)
            if found is not None:
                passed.pop(path, None)  # a layer used twice stands where it was used last
                passed[path] = HiddenLayer(path, behind.get(path, module), *found)

        return hook

    hooks = [
        part.register_forward_hook(note(path))
        for path, part in model.named_modules()
        if isinstance(part, WEIGHTED) or isinstance(part, kinds)  # noqa: SIM101 - mypy loses the type in a joint tuple
    ]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    parts = dict(model.named_modules())
    last = next(reversed(passed), None)
    answers = last if last is not None and isinstance(parts[last], WEIGHTED) else None
    return [layer for path, layer in passed.items() if path != answers and isinstance(parts[path], kinds)]


@contextmanager
def silenced(layer: HiddenLayer, unit: int, value: float = 0.0) -> Iterator[None]:
    """Within it, the unit says `value` whatever comes in; in the last layer of a recurrent stack, at every step.

    A recurrent unit that says 0 says so to its own layer's next step as well; another value is only said onwards.
    """

    def hook(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        return _filled(output, layer.dimension, unit, value)

    with ExitStack() as changed:
        handle = layer.place.register_forward_hook(hook)
        changed.callback(handle.remove)
        if isinstance(layer.place, RECURRENT) and value == 0:
            changed.enter_context(_deaf_to(layer.place, unit))
        yield


def _units_of(module: nn.Module, output: Any) -> tuple[int, int] | None:
    """How many units a layer's output has, and in which dimension; None where that is not known."""
    if isinstance(module, RECURRENT):
        first = output[0].data if isinstance(output[0], PackedSequence) else output[0]
        return first.shape[-1], -1
    if not isinstance(output, Tensor):
        return None
    if isinstance(module, CONVOLUTIONS):
        return module.out_channels, 1
    return output.shape[-1], -1


def _filled(output: Any, dimension: int, unit: int, value: float) -> Any:
    """The output with one unit at a value; of a recurrent layer the outputs, and the final state that they end in."""
    if isinstance(output, Tensor):
        return output.index_fill(dimension, torch.tensor([unit], device=output.device), value)
    if isinstance(output, PackedSequence):
        return output._replace(data=_filled(output.data, -1, unit, value))
    outputs, state = output
    hidden, *cell = state if isinstance(state, tuple) else (state,)
    direction, place = divmod(unit, hidden.shape[-1])
    directions = _width(outputs) // hidden.shape[-1]
    hidden = hidden.clone()
    hidden[direction - directions, ..., place] = value  # the last layer's states stand last
    return _filled(outputs, -1, unit, value), (hidden, *cell) if cell else hidden


def _width(outputs: Any) -> int:
    data: Tensor = outputs.data if isinstance(outputs, PackedSequence) else outputs
    return data.shape[-1]


@contextmanager
def _deaf_to(layer: Any, unit: int) -> Iterator[None]:
    """Within it, the last layer of a recurrent stack does not hear one of its own units."""
    size = layer.proj_size or layer.hidden_size
    direction, place = divmod(unit, size)
    weight = getattr(layer, f"weight_hh_l{layer.num_layers - 1}{'_reverse' if direction else ''}", None)
    if weight is None or not isinstance(weight, Tensor):
        yield
        return
    with torch.no_grad():
        kept = weight[:, place].clone()
        weight[:, place] = 0
        try:
            yield
        finally:
            weight[:, place] = kept


def _activations(model: nn.Module) -> dict[str, nn.Module]:
    """By the path of a layer in a Sequential: the activation behind it, where that is used nowhere else."""
    uses = [id(part) for _, part in model.named_modules(remove_duplicate=False)]
    found: dict[str, nn.Module] = {}
    for path, parent in model.named_modules():
        if isinstance(parent, nn.Sequential):
            waiting = ""
            for name, part in parent.named_children():
                if isinstance(part, WEIGHTED):
                    waiting = f"{path}.{name}".lstrip(".")
                elif waiting and isinstance(part, _ACTIVATIONS) and uses.count(id(part)) == 1:
                    found[waiting], waiting = part, ""
                elif not isinstance(part, _KEEPS_UNITS):
                    waiting = ""
    return found
