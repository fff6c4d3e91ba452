# SPDX-License-Identifier: Apache-2.0
"""A layer as the line of the user's code that makes it."""

from torch import nn

from goodfit.surgery.code_lines import spelled, written_in
from goodfit.surgery.dataflow import is_transposed_linear


def layer_line(model: nn.Module, path: str) -> str:
    """The line that makes the layer at `path` as it is now, and where it stands."""
    owner, _, name = path.rpartition(".")
    parent, made = model.get_submodule(owner), constructed(model.get_submodule(path))
    if isinstance(parent, nn.Sequential):
        where = spelled(model, owner) if owner else "the nn.Sequential"
        return f"{made},  # {'index ' if name.isdigit() else ''}{name} of {where}"
    around = written_in(model, owner)
    code = spelled(model, path)
    place = code.replace(spelled(model, around), "self", 1) if around else code
    return f"{place} = {made}  # in {type(model.get_submodule(around)).__name__}.__init__{_of(around)}"


def constructed(layer: nn.Module) -> str:
    """The call that makes such a layer."""
    if is_transposed_linear(layer):
        return repr(layer)
    kind = type(layer)
    prefix = "nn." if kind.__module__.startswith("torch.nn.") else ""
    return f"{prefix}{kind.__name__}({layer.extra_repr()})"


def output_line(model: nn.Module, path: str, made: str, name: str, inserted: tuple[str, ...] = ()) -> str:
    """The lines that pass the output of the layer at `path` through a new module.

    Args:
        model: the untreated model.
        path: dotted name of the layer.
        made: the call that makes the new module.
        name: what it is called, in front of the layer's own name.
        inserted: dotted names of all layers that get one, for the indices of an nn.Sequential.
    """
    owner, _, own = path.rpartition(".")
    parent = model.get_submodule(owner)
    layer = type(model.get_submodule(path)).__name__
    if isinstance(parent, nn.Sequential):
        where = spelled(model, owner) if owner else "nn.Sequential"
        if not own.isdigit():
            return f'("{name}_{own}", {made}),  # behind "{own}" ({layer}) in {where}'
        prefix = f"{owner}." if owner else ""
        names = list(parent._modules)  # noqa: SLF001 - the names, also of layers that stand there twice
        earlier = sum(f"{prefix}{each}" in inserted for each in names[: names.index(own)])
        return f"{made},  # index {names.index(own) + earlier + 1} of the new {where}, behind the {layer} that was index {own}"
    around = written_in(model, owner)
    new = f"{name}_{path[len(around) :].strip('.').replace('.', '_')}"
    author = type(model.get_submodule(around)).__name__
    call = spelled(model, path).replace(spelled(model, around), "self", 1) if around else spelled(model, path)
    return (
        f"self.{new} = {made}  # in {author}.__init__{_of(around)}\n"
        f"x = self.{new}({call}(x))  # in {author}.forward"
    )


def _of(around: str) -> str:
    """Which of several objects of the class is meant, where it is not the whole model."""
    return f", of {around}" if around else ""
