# SPDX-License-Identifier: Apache-2.0
"""A torch model becomes plain data: its layers in the order they run, their sizes, rates and sharing.

With an example batch the order is that of a real forward pass, and a layer that runs several times stands there
once per run (the numbers it holds are counted at its first). Without one it is the order of registration, which
for a plain nn.Sequential is the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from goodfit.nn import attached, weight_dropped
from goodfit.surgery.fingerprint import fingerprint
from goodfit.surgery.kinds import kind_of, rate_attribute, rate_of, sizes_of, stacked_in
from goodfit.surgery.trace import Call, trace
from goodfit.surgery.train_mode import train_mode_calls, with_train_calls
from goodfit.surgery.wrappers import refuse_uninitialised, unwrapped
from goodfit.values import LayerFacts, LayerKind, ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A model's facts, and what only a forward pass shows: which layers take the model's own input, and shapes."""

    facts: ModelFacts
    reads_input: frozenset[str] = frozenset()
    shapes: Mapping[str, tuple[int, ...]] = field(
        default_factory=dict
    )  # of a layer's first input, by dotted name


def read_facts(model: nn.Module, example: Any = None) -> ModelFacts:
    """Read a model as plain data; the model is left as it was.

    Args:
        model: any torch module; a compiled one is read through its wrapper.
        example: one batch as the model takes it (a tensor, a tuple of inputs, or a mapping of named ones).

    Raises:
        SurgeryError: a lazy layer has not seen data yet, or the model raised on the example.
    """
    return survey(model, example).facts


def survey(model: nn.Module, example: Any = None) -> Survey:
    """Read a model as `read_facts` does, and keep what the forward pass showed beside it."""
    inner = unwrapped(model)
    refuse_uninitialised(inner)
    found = dict(_layers(inner))
    names = _Names(inner)
    facts = {path: _facts_of(module, path, names.shared(module, path)) for module, path in found.items()}
    if example is not None:
        seen = trace(inner, example, found)
        calls = with_train_calls(seen.calls, train_mode_calls(inner, example, found))
        facts = {path: _marked(layer, seen.reads_input) for path, layer in facts.items()}
        ordered = _as_run(calls, facts, type(inner).__name__)
        return Survey(
            facts=_model_facts(inner, ordered, traced=True), reads_input=seen.reads_input, shapes=seen.shapes
        )
    if _is_plain_sequence(inner):
        running = tuple(_in_sequence(inner))
        first = frozenset(found[layer] for layer in _on_input(running))
        facts = {path: _marked(layer, first) for path, layer in facts.items()}
        calls = tuple(Call(found[layer]) for layer in running)
        return Survey(facts=_model_facts(inner, _as_run(calls, facts, ""), traced=True))
    return Survey(facts=_model_facts(inner, facts.values(), traced=False))


def _layers(
    model: nn.Module, path: str = "", seen: set[nn.Module] | None = None
) -> Iterator[tuple[nn.Module, str]]:
    """Each layer once, with its first dotted name; what stands in front of a layer comes before it."""
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    for name, dropout in (("input_dropout", attached(model)), ("weight_drop", weight_dropped(model))):
        if dropout is not None:
            yield from _layers(dropout, f"{path}.{name}".strip("."), seen)
    children = [] if kind_of(model) is not LayerKind.OTHER else list(model.named_children())
    if not children:
        yield model, path
    for name, child in children:
        yield from _layers(child, f"{path}.{name}" if path else name, seen)
    dropout = attached(model, "output")
    if dropout is not None:
        yield from _layers(dropout, f"{path}.output_dropout".strip("."), seen)


def _facts_of(module: nn.Module, path: str, also: tuple[str, ...]) -> LayerFacts:
    kind = kind_of(module)
    own = list(module.parameters(recurse=kind is not LayerKind.OTHER))
    size_in, size_out = sizes_of(module)
    return LayerFacts(
        path=path,
        kind=kind,
        type_name=type(module).__name__,
        in_features=size_in,
        out_features=size_out,
        rate=rate_of(module),
        attribute=rate_attribute(module),
        stacked=stacked_in(module),
        parameters=sum(p.numel() for p in own),
        trainable=not own or any(p.requires_grad for p in own),
        shared_with=also,
    )


def _marked(layer: LayerFacts, reads_input: frozenset[str]) -> LayerFacts:
    return replace(layer, reads_input=True) if layer.path in reads_input else layer


class _Names:
    """All dotted names of each module, and of the modules that hold each parameter (tied weights)."""

    def __init__(self, model: nn.Module) -> None:
        self.names: dict[nn.Module, list[str]] = defaultdict(list)
        self.holders: dict[nn.Parameter, list[str]] = defaultdict(list)
        for name, module in model.named_modules(remove_duplicate=False):
            self.names[module].append(name)
            for parameter in module.parameters(recurse=False):
                self.holders[parameter].append(name)

    def shared(self, module: nn.Module, path: str) -> tuple[str, ...]:
        """The other names of a layer, then the other layers that hold one of its parameters."""
        tied = [name for parameter in module.parameters(recurse=False) for name in self.holders[parameter]]
        return tuple(name for name in dict.fromkeys([*self.names[module], *tied]) if name != path)


def _is_plain_sequence(model: nn.Module) -> bool:
    """Whether registration order is running order: an nn.Sequential of layers and such sequences."""
    if kind_of(model) is not LayerKind.OTHER or not any(True for _ in model.children()):
        return True
    return type(model) is nn.Sequential and all(map(_is_plain_sequence, model.children()))


def _in_sequence(model: nn.Module) -> Iterator[nn.Module]:
    """The layers of a plain sequence as they run, one that stands there twice given twice."""
    dropout = attached(model)
    if dropout is not None:
        yield dropout
    if isinstance(model, nn.Sequential) and len(model):
        for child in model:
            yield from _in_sequence(child)
    else:
        yield model
    after = attached(model, "output")
    if after is not None:
        yield after


def _on_input(running: Iterable[nn.Module]) -> Iterator[nn.Module]:
    """The layers of a sequence that take the model's own input: the first, and what follows layers that hand it on."""
    for layer in running:
        yield layer
        if not (
            kind_of(layer) is LayerKind.DROPOUT or isinstance(layer, nn.Flatten | nn.Unflatten | nn.Identity)
        ):
            return


def _as_run(calls: tuple[Call, ...], facts: dict[str, LayerFacts], model: str) -> Iterator[LayerFacts]:
    """One entry for each run, then the layers that did not run."""
    seen: set[str] = set()
    for order, call in enumerate(calls):
        if call.function:
            yield _function_facts(call, f"{call.function} in {call.path or model}", order)
        else:
            again = {"parameters": 0} if call.path in seen else {}
            seen.add(call.path)
            yield replace(facts[call.path], order=order, **again)  # type: ignore[arg-type]
    # A dropout layer of which only the rate is read stands there as the function that reads it.
    read = {call.held_by for call in calls if call.function}
    yield from (
        layer
        for path, layer in facts.items()
        if path not in seen and not (path in read and layer.kind is LayerKind.DROPOUT)
    )


def _function_facts(call: Call, place: str, order: int) -> LayerFacts:
    return LayerFacts(
        path=place,
        kind=call.kind,
        type_name=call.function or "",
        rate=call.rate,
        attribute=call.attribute,
        held_by=call.held_by,
        line=call.line,
        order=order,
    )


def _model_facts(model: nn.Module, layers: Iterable[LayerFacts], *, traced: bool) -> ModelFacts:
    parameters = list(model.parameters())  # torch lists shared ones once
    return ModelFacts(
        type_name=type(model).__name__,
        layers=tuple(layers),
        parameters=sum(p.numel() for p in parameters),
        trainable_parameters=sum(p.numel() for p in parameters if p.requires_grad),
        traced=traced,
        fingerprint=fingerprint(model),
    )
