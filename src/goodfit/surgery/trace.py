# SPDX-License-Identifier: Apache-2.0
"""The order in which layers run is seen by passing one example through the model, which is left as it was.

Evaluation mode, no gradients, the random state put back, training flags put back, hooks taken off. Calls of
`F.dropout` and its kin outside any layer are seen too, because they decide where dropout already is; those that
stand behind `if self.training` are looked for by `train_mode`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from goodfit.errors import SurgeryError
from goodfit.surgery.functions import FUNCTIONS, calling_line
from goodfit.surgery.kinds import kind_of
from goodfit.values import LayerKind


@dataclass(frozen=True, slots=True)
class Call:
    """One layer, or one function outside any layer, at its turn in the forward pass."""

    path: str
    function: str | None = None  # name of the function; None for a layer
    kind: LayerKind = LayerKind.OTHER  # of the function
    rate: float | None = None  # of a function that drops
    held_by: str | None = (
        None  # dotted name of the module whose attribute the rate follows, where one was found
    )
    attribute: str = ""  # that attribute
    line: str = ""  # of the code that calls the function


@dataclass(frozen=True, slots=True)
class Trace:
    """What ran, in order; which layers took the model's own input; the shapes they took; and what came out."""

    calls: tuple[Call, ...]
    reads_input: frozenset[str]
    output: Any
    shapes: Mapping[str, tuple[int, ...]]  # of each layer's first input, where that is a tensor


def trace(model: nn.Module, example: Any, layers: Mapping[nn.Module, str]) -> Trace:
    """Pass `example` through `model` once and note the calls of `layers` (module to dotted name).

    Args:
        model: in any mode; it is left as it was.
        example: one batch: a tensor, a tuple or list of positional inputs, or a mapping of named ones.
        layers: the modules to watch.

    Raises:
        SurgeryError: the model raised on the example.
    """
    watch = Watch(layers, example)
    with undisturbed(model):
        try:
            output = passed(model, example, watch)
        except Exception as error:
            raise not_passed(model, error) from error
    return Trace(tuple(watch.calls), frozenset(watch.reads_input), output, watch.shapes)


def not_passed(model: nn.Module, error: Exception) -> SurgeryError:
    """The error of a model that raised on the example."""
    return SurgeryError(
        f"the example could not be passed through the model: {type(error).__name__}: {error}",
        where=type(model).__name__,
        todo="give one batch as the model takes it: a tensor, a tuple, or a dict of named inputs",
    )


def passed(model: nn.Module, example: Any, watch: "Watch") -> Any:
    """Call `model` in the mode it is in, while `watch` notes what runs."""
    with _hooked(model, watch), torch.no_grad(), watch:
        return call(model, example)


def inferred(model: nn.Module, example: Any) -> Any:
    """What `model` gives for one batch in evaluation mode; it is left as it was."""
    with undisturbed(model):
        return call(model, example)


def call(model: nn.Module, example: Any) -> Any:
    """Call `model` with one batch: a tensor, a tuple or list of inputs, or a mapping of named inputs."""
    if isinstance(example, Mapping):
        return model(**example)
    return model(*example) if isinstance(example, tuple | list) else model(example)


def tensors_of(nested: Any) -> Iterator[Tensor]:
    """All tensors in nested tuples, lists and mappings, in order."""
    if isinstance(nested, Tensor):
        yield nested
    elif isinstance(nested, Mapping):
        yield from (t for item in nested.values() for t in tensors_of(item))
    elif isinstance(nested, tuple | list):
        yield from (t for item in nested for t in tensors_of(item))


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


class Watch(TorchFunctionMode):
    """Notes calls of `layers` (module to dotted name) while an example passes."""

    def __init__(self, layers: Mapping[nn.Module, str], example: Any) -> None:
        super().__init__()
        self.layers = layers
        self.storages = {_storage(t) for t in tensors_of(example)}
        self.calls: list[Call] = []
        self.reads_input: set[str] = set()
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.stack: list[str] = []  # names of the modules that are running
        self.depth = 0  # how many of them are layers whose inside is known

    def enter(self, name: str, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Note that a module begins to run."""
        self.stack.append(name)
        self.depth += kind_of(module) is not LayerKind.OTHER
        if module in self.layers:
            self.calls.append(Call(self.layers[module]))
            if args and isinstance(args[0], Tensor):
                self.shapes.setdefault(self.layers[module], tuple(args[0].shape))
            if any(_storage(t) in self.storages for t in tensors_of(args)):
                self.reads_input.add(self.layers[module])

    def leave(self, module: nn.Module) -> None:
        """Note that it has ended."""
        self.stack.pop()
        self.depth -= kind_of(module) is not LayerKind.OTHER

    def __torch_function__(
        self, func: Callable[..., Any], _types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if func in FUNCTIONS and not self.depth:
            function = FUNCTIONS[func]
            rate = function.rate(args, given)
            caller = self.stack[-1] if self.stack else ""
            line = calling_line() if rate is not None else ""
            self.calls.append(Call(caller, function.name, function.kind, rate, line=line))
            self.depth += 1  # F.dropout may call torch.dropout: one call, not two
            try:
                return func(*args, **given)
            finally:
                self.depth -= 1
        return func(*args, **given)


@contextmanager
def _hooked(model: nn.Module, watch: Watch) -> Iterator[None]:
    handles = []
    for name, module in model.named_modules():

        def enter(m: nn.Module, args: Any, kwargs: Any, name: str = name) -> None:
            watch.enter(name, m, (*args, *kwargs.values()))

        handles.append(module.register_forward_pre_hook(enter, with_kwargs=True))
        handles.append(module.register_forward_hook(lambda m, *_: watch.leave(m), always_call=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards each module's own flag and the random state are as before."""
    flags = {module: module.training for module in model.modules()}
    devices = {parameter.device for parameter in model.parameters() if parameter.device.type == "cuda"}
    with torch.random.fork_rng(devices=sorted(devices, key=str)):
        try:
            model.eval()
            yield
        finally:
            for module, flag in flags.items():
                module.training = flag
