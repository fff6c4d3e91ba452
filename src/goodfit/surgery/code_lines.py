# SPDX-License-Identifier: Apache-2.0
"""Each edit is also said as lines of the user's own code, to paste instead of keeping the edited object."""

from torch import nn


def insertion(model: nn.Module, path: str, rate: float) -> str:
    """The lines that put dropout of `rate` in front of the layer at `path`."""
    parent, name = _parent(model, path)
    made = f"nn.Dropout({rate:g})"
    if isinstance(parent, nn.Sequential):
        return f"{made},  # insert before index {name} of {_spelled(path.rpartition('.')[0]) or 'the nn.Sequential'}"
    new = f"drop_{name}"
    layer = _spelled(name)
    return (
        f"self.{new} = {made}  # in {type(parent).__name__}.__init__\n"
        f"x = self.{new}(x)  # in {type(parent).__name__}.forward, in front of {layer}(x)"
    )


def new_rate(model: nn.Module, path: str, before: float, after: float) -> str:
    """The line that gives the dropout layer at `path` another rate."""
    parent, name = _parent(model, path)
    layer = model.get_submodule(path)
    kind = "Dropout" if isinstance(layer, nn.Dropout) else type(layer).__name__
    made = f"nn.{kind}({after:g})"
    if isinstance(parent, nn.Sequential):
        owner = _spelled(path.rpartition(".")[0]) or "the nn.Sequential"
        return f"{made},  # index {name} of {owner}, was {before:g}"
    return f"self.{name} = {made}  # in {type(parent).__name__}.__init__, was {before:g}"


def _parent(model: nn.Module, path: str) -> tuple[nn.Module, str]:
    """The module that holds the layer at `path`, and the layer's name there."""
    owner, _, name = path.rpartition(".")
    return model.get_submodule(owner), name


def _spelled(path: str) -> str:
    """A dotted name as Python code: blocks.0.fc becomes self.blocks[0].fc."""
    parts = (f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".") if path)
    return f"self{''.join(parts)}" if path else ""
