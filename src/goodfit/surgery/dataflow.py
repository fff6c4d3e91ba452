# SPDX-License-Identifier: Apache-2.0
"""Which operation or layer made which tensor from which, seen by passing one example through the model.

    flow = read_flow(model, example)
    flow.readers(flow.runs["fc1"][0])    # what reads the output of fc1

A layer of a known kind is one step, and so is each torch function called outside of those. Evaluation mode, no
gradients, the model left as it was. All tensors of the pass are held until it ends, so that none takes the id of
another. An operation in place makes its tensor anew, and with it every tensor that shares the storage.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from goodfit.surgery.kinds import kind_of
from goodfit.surgery.trace import call, not_passed, tensors_of, undisturbed
from goodfit.values import LayerKind

Shape = tuple[int, ...]

INPUT, CONSTANT, UNKNOWN = "input", "constant", "unknown"
PARAMETER = "parameter"
_SOURCES = (INPUT, CONSTANT, UNKNOWN, PARAMETER)
# What gives a number, list or array out of a tensor; what asks for its shape or type is no reading of it.
_NUMBERS = frozenset(
    (
        "item",
        "tolist",
        "numpy",
        "__array__",
        "__bool__",
        "__float__",
        "__int__",
        "__index__",
        "equal",
        "allclose",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operation or layer at its turn in the forward pass, or a source: an input, a parameter, a constant."""

    name: str  # of a function ("relu", "add_"), of a layer's class, or of a source
    path: str | None = None  # dotted name of a layer, or of a parameter
    module: nn.Module | None = None  # the layer
    inputs: tuple["Step", ...] = ()  # what made each tensor it got, in the order given
    taken: tuple[Shape, ...] = ()  # the shapes of those
    given: tuple[Shape, ...] = ()  # the shapes of the tensors it gave
    dims: Shape = ()  # of a function: its argument `dim`, where it has one

    @property
    def is_source(self) -> bool:
        """Whether nothing was seen to make it."""
        return self.name in _SOURCES and self.module is None

    @property
    def said(self) -> str:
        """As words: the dotted name of a layer, the plain name of a function."""
        return self.path or self.name.strip("_")


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """All steps of one forward pass."""

    steps: tuple[Step, ...]  # in the order they ran, without sources
    output: tuple[Step, ...]  # what made each tensor of the model's output
    ended: Mapping[
        Step, tuple[str, ...]
    ]  # modules whose (first) output is what a step gave, the innermost first
    batch: int | None  # size of the first axis of the first input
    runs: Mapping[str, tuple[Step, ...]] = field(init=False)  # dotted name of a layer to each of its runs
    _readers: Mapping[Step, tuple[Step, ...]] = field(init=False)

    def __post_init__(self) -> None:
        runs, readers = defaultdict(list), defaultdict(list)
        for step in self.steps:
            if step.path is not None:
                runs[step.path].append(step)
            for each in dict.fromkeys(step.inputs):
                readers[each].append(step)
        object.__setattr__(self, "runs", {path: tuple(found) for path, found in runs.items()})
        object.__setattr__(self, "_readers", {step: tuple(found) for step, found in readers.items()})

    def readers(self, step: Step) -> tuple[Step, ...]:
        """The steps that take what `step` gave, in the order they ran."""
        return self._readers.get(step, ())

    def layers_reading(self, step: Step) -> dict[str, tuple[str, ...]]:
        """Dotted names of the next layers that read `step`, and the functions passed through on a shortest way."""
        found: dict[str, tuple[str, ...]] = {}
        seen = {step}
        open_: list[tuple[Step, tuple[str, ...]]] = [(step, ())]
        for each, through in open_:
            for reader in self.readers(each):
                if reader in seen:
                    continue
                seen.add(reader)
                if reader.path is not None:
                    found.setdefault(reader.path, through)
                else:
                    open_.append((reader, (*through, reader.said)))
        return found

    @property
    def blind(self) -> str | None:
        """The first step that reads a tensor whose making was not seen; None where all was."""
        return next((s.said for s in self.steps if any(each.name == UNKNOWN for each in s.inputs)), None)


def ancestors(step: Step) -> set[Step]:
    """All steps and sources that `step` was made from, itself among them."""
    found, open_ = {step}, [step]
    while open_:
        new = [each for each in open_.pop().inputs if each not in found]
        found.update(new)
        open_.extend(new)
    return found


def read_flow(model: nn.Module, example: Any) -> Flow:
    """Pass `example` through `model` once and note what made what; the model is left as it was.

    Raises:
        SurgeryError: the model raised on the example.
    """
    recorder = _Recorder(model, example)
    with undisturbed(model), torch.no_grad():
        handles = list(_hooks(model, recorder))
        try:
            with recorder:
                output = call(model, example)
        except Exception as error:
            raise not_passed(model, error) from error
        finally:
            for handle in handles:
                handle.remove()
    shapes = [tuple(t.shape) for t in tensors_of(example)]
    return Flow(
        steps=tuple(recorder.steps),
        output=tuple(recorder.maker(t) for t in tensors_of(output)),
        ended={step: tuple(names) for step, names in recorder.ended.items()},
        batch=shapes[0][0] if shapes and shapes[0] else None,
    )


def is_one_step(module: nn.Module) -> bool:
    """Whether a module is one step, whatever it does inside; the others are looked into."""
    return kind_of(module) is not LayerKind.OTHER or is_transposed_linear(module)


def is_transposed_linear(module: nn.Module) -> bool:
    """Whether a module is the `Conv1D` of transformers: a fully connected layer with weight (in, out)."""
    kind = type(module)
    return kind.__name__ == "Conv1D" and kind.__module__.startswith("transformers.")


class _Recorder(TorchFunctionMode):
    """Notes steps while an example passes."""

    def __init__(self, model: nn.Module, example: Any) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.ended: defaultdict[Step, list[str]] = defaultdict(list)
        self.makers: dict[int, Step] = {}
        self.held: list[Tensor] = []  # so that no id is given twice
        self.sharing: defaultdict[int, set[int]] = defaultdict(set)  # storage to the tensors in it
        self.entered: list[tuple[Step, ...]] = []
        self.depth = 0  # how many of the running modules are one step
        for tensor in tensors_of(example):
            self._made(tensor, Step(INPUT, given=(tuple(tensor.shape),)))
        for path, module in model.named_modules():
            for name, tensor in _held_by(module):
                whole = f"{path}.{name}" if path else name
                self._made(tensor, Step(PARAMETER, whole, given=(tuple(tensor.shape),)))

    def maker(self, tensor: Tensor) -> Step:
        """What made a tensor."""
        if id(tensor) not in self.makers:
            self._made(tensor, Step(UNKNOWN))
        return self.makers[id(tensor)]

    def _made(self, tensor: Tensor, step: Step) -> None:
        again = id(tensor) in self.makers
        self.held.append(tensor)
        storage = tensor.untyped_storage().data_ptr() if tensor.layout is torch.strided else 0
        if storage:
            self.sharing[storage].add(id(tensor))
        self.makers[id(tensor)] = step
        if again:  # made in place (or given out as it was): what shares the storage has changed with it
            self.makers.update(dict.fromkeys(self.sharing.get(storage, ()), step))

    def enter(self, module: nn.Module, args: Any) -> None:
        """Note what a module gets, before it may change that in place."""
        with torch._C.DisableTorchFunction():  # noqa: SLF001 - torch's public classes switch modes off nowhere
            tensors = tuple(tensors_of(args)) if not self.depth else ()
            self.entered.append(tuple(self.maker(t) for t in tensors))
        self.depth += is_one_step(module)

    def leave(self, path: str, module: nn.Module, args: Any, output: Any) -> None:
        """Note what it gives."""
        self.depth -= is_one_step(module)
        inputs = self.entered.pop()
        if self.depth:
            return
        with torch._C.DisableTorchFunction():  # noqa: SLF001 - see above
            outputs = tuple(tensors_of(output))
            if is_one_step(module):
                taken = tuple(tuple(t.shape) for t in tensors_of(args))
                self._note(
                    Step(type(module).__name__, path, module, inputs, taken, _shapes(outputs)), outputs
                )
            for tensor in outputs[:1]:
                self.ended[self.maker(tensor)].append(path)

    def _note(self, step: Step, outputs: tuple[Tensor, ...]) -> None:
        self.steps.append(step)
        for tensor in outputs:
            self._made(tensor, step)

    def __torch_function__(
        self, func: Callable[..., Any], _types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if self.depth:
            return func(*args, **given)
        tensors = tuple(tensors_of((args, given)))
        inputs = tuple(self.maker(t) for t in tensors)
        taken = _shapes(tensors)
        output = func(*args, **given)
        name = getattr(func, "__name__", type(func).__name__)
        outputs = tensors[:1] if name == "__setitem__" else tuple(tensors_of(output))
        if outputs and not tensors:
            for tensor in outputs:
                self._made(tensor, Step(CONSTANT, given=(tuple(tensor.shape),)))
        elif outputs or name in _NUMBERS:
            dims = _dims(args, given)
            self._note(Step(name, None, None, inputs, taken, _shapes(outputs), dims), outputs)
        return output


def _shapes(tensors: tuple[Tensor, ...]) -> tuple[Shape, ...]:
    return tuple(tuple(t.shape) for t in tensors)


def _dims(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Shape:
    """The argument `dim` of a function: by name, or the first number or tuple of numbers after its input."""
    found = kwargs.get("dim", args[1] if len(args) > 1 else ())
    numbers = found if isinstance(found, tuple | list) else (found,)
    return tuple(each for each in numbers if type(each) is int)


def _held_by(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters, buffers and plain tensors of a module itself."""
    yield from module.named_parameters(recurse=False, remove_duplicate=False)
    yield from module.named_buffers(recurse=False, remove_duplicate=False)
    for name, value in vars(module).items():
        if isinstance(value, Tensor):
            yield name, value


def _hooks(model: nn.Module, recorder: _Recorder) -> Iterator[Any]:
    for path, module in model.named_modules():

        def enter(m: nn.Module, args: Any, kwargs: Any) -> None:
            recorder.enter(m, (args, kwargs))

        def leave(m: nn.Module, args: Any, kwargs: Any, output: Any, path: str = path) -> None:
            recorder.leave(path, m, (args, kwargs), output)

        yield module.register_forward_pre_hook(enter, with_kwargs=True)
        yield module.register_forward_hook(leave, with_kwargs=True, always_call=True)
