# SPDX-License-Identifier: Apache-2.0
"""Each edit is also said as lines of the user's own code, to paste instead of keeping the edited object.

In an nn.Sequential a place is an index of the new sequence, all insertions counted, so that pasting from front
to back is exact.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

RENUMBERS = (
    "# by hand this renumbers later layers in checkpoints; goodfit.treat_(model, treatment) keeps their names"
)


def number(rate: float) -> str:
    """A rate as code: a whole number stays a float, or what reads it as one would not find it."""
    return f"{rate:.1f}" if rate == int(rate) else f"{rate:g}"


def insertion(model: nn.Module, path: str, made: str, inserted: Sequence[str] = ()) -> str:
    """The lines that put a new layer in front of the layer at `path`.

    Args:
        model: the untreated model.
        path: dotted name of the layer.
        made: the new layer as code: "nn.Dropout(0.4)".
        inserted: dotted names of all layers that one is put in front of, this one among them.
    """
    owner, _, name = path.rpartition(".")
    parent = model.get_submodule(owner)
    if isinstance(parent, nn.Sequential):
        return _in_sequence(model, parent, path, made, inserted)
    code = spelled(model, path)
    around, new = written_in(model, owner), f"drop_{name}"
    if isinstance(parent, nn.ModuleList | nn.ModuleDict):
        new = "drop_" + path[len(around) :].strip(".").replace(".", "_")
    within = spelled(model, around)
    layer = code.replace(within, "self", 1) if around else code
    author = type(model.get_submodule(around)).__name__
    return (
        f"self.{new} = {made}  # in {author}.__init__\n"
        f"x = self.{new}(x)  # in {author}.forward, in front of {layer}(x)"
    )


def _in_sequence(
    model: nn.Module, parent: nn.Sequential, path: str, made: str, inserted: Sequence[str]
) -> str:
    owner, _, name = path.rpartition(".")
    names = list(parent._modules)  # noqa: SLF001 - the names, also of layers that stand there twice
    place = names.index(name)
    where = spelled(model, owner) if owner else "the nn.Sequential"
    layer = type(parent[place]).__name__
    if not all(each.isdigit() for each in names):
        return f'("drop_{name}", {made}),  # in front of "{name}" ({layer}) in {where}'
    prefix = f"{owner}." if owner else ""
    before = sum(f"{prefix}{each}" in inserted for each in names[:place])
    line = f"{made},  # index {place + before} of the new {where.removeprefix('the ')}, in front of the {layer} that was index {place}"
    return line if before else f"{line}\n{RENUMBERS}"


def new_rate(model: nn.Module, path: str, before: float, after: float, inserted: Sequence[str] = ()) -> str:
    """The line that gives the dropout layer at `path` another rate."""
    owner, _, name = path.rpartition(".")
    parent, layer = model.get_submodule(owner), model.get_submodule(path)
    around, named, _ = _author(model, path)
    known = type(layer).__module__.startswith("torch.")
    written = known and named != "model" and around == written_in(model, owner)
    if not (written or (known and isinstance(parent, nn.Sequential))):
        return statement(model, path, "p", before, after)
    kind = "Dropout" if isinstance(layer, nn.Dropout) else type(layer).__name__
    made = f"nn.{kind}({number(after)})"
    if isinstance(parent, nn.Sequential) and name.isdigit():
        where = spelled(model, owner) if owner else "nn.Sequential"
        prefix = f"{owner}." if owner else ""
        earlier = [f"{prefix}{each}" for each in list(parent._modules)[: int(name)]]  # noqa: SLF001 - names
        moved = sum(each in inserted for each in earlier)
        if moved:
            return f"{made},  # index {int(name) + moved} of the new {where}, was {before:g} at index {name}"
        return f"{made},  # index {name} of {'the ' * (not owner)}{where}, was {before:g}"
    around = written_in(model, owner)
    code = spelled(model, path)
    place = code.replace(spelled(model, around), "self", 1) if around else code
    return f"{place} = {made}  # in {type(model.get_submodule(around)).__name__}.__init__, was {before:g}"


def statement(model: nn.Module, path: str, attribute: str, before: float | None, after: float) -> str:
    """The line that sets a number where it lives: an attribute of a module, or of something that it holds."""
    around, owner, author = _author(model, path)
    module: Any = model.get_submodule(path)
    held = f"{owner}{spelled(model, path).removeprefix(spelled(model, around))}"
    for part in attribute.split("."):
        held += f'["{part}"]' if isinstance(module, Mapping) else f".{part}"
        module = module[part] if isinstance(module, Mapping) else getattr(module, part)
    was = "" if before is None else f", was {before:g}"
    return f"{held} = {number(after)}  # {author}{was}"


def recurrent(model: nn.Module, path: str, before: float, after: float) -> str:
    """The line that gives torch's dropout= to a recurrent layer."""
    layer = model.get_submodule(path)
    around, owner, author = _author(model, path)
    if type(layer) not in (nn.LSTM, nn.GRU) or around == path or owner == "model":
        return statement(model, path, "dropout", before, after)
    kept = [part for part in layer.extra_repr().split(", ") if not part.startswith("dropout=")]
    made = f"nn.{type(layer).__name__}({', '.join(kept)}, dropout={number(after)})"
    held = f"{owner}{spelled(model, path).removeprefix(spelled(model, around))}"
    return f"{held} = {made}  # {author.replace('at the end of', 'in')}, dropout was {before:g}"


def call_on(model: nn.Module, path: str, call: str, names: str) -> str:
    """The line that lets a function of goodfit.nn edit the layer at `path`; `{}` in the call is the layer."""
    around, owner, author = _author(model, path)
    held = f"{owner}{spelled(model, path).removeprefix(spelled(model, around))}"
    return f"{call.format(held)}  # {author}; from goodfit.nn import {names}"


def _author(model: nn.Module, path: str) -> tuple[str, str, str]:
    """The nearest module around `path` whose class the user wrote, its name there, and where the line belongs."""
    around = path.rpartition(".")[0]
    while True:
        module = model.get_submodule(around)
        if not type(module).__module__.startswith(_LIBRARIES):
            name = type(module).__name__
            return around, "self", f"{'in' if around == path else 'at the end of'} {name}.__init__"
        if not around:
            return "", "model", "after the model is made"
        around = around.rpartition(".")[0]


_LIBRARIES = ("torch.", "transformers.", "torchvision.", "timm.", "goodfit.nn.")


def written_in(model: nn.Module, path: str) -> str:
    """The dotted name of the nearest module whose class the user writes: no list or dict of modules."""
    while path and isinstance(model.get_submodule(path), nn.ModuleList | nn.ModuleDict):
        path = path.rpartition(".")[0]
    return path


def spelled(model: nn.Module, path: str) -> str:
    """A dotted name as Python code: blocks.0.fc becomes self.blocks[0].fc."""
    spelled, module = "self", model
    for part in path.split(".") if path else ():
        if isinstance(module, nn.ModuleDict):
            spelled += f'["{part}"]'
        else:
            spelled += f"[{part}]" if part.isdigit() else f".{part}"
        module = module.get_submodule(part)
    return spelled
