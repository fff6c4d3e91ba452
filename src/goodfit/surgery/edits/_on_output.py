# SPDX-License-Identifier: Apache-2.0
"""The output of a layer is passed through a new module, without touching the code of the model or its indices.

The module is a child of the layer, and a forward hook passes the layer's (first) output through it. The hook
knows the child by name, so deep copies and pickles stay whole.
"""

from typing import Any

from torch import nn

from goodfit.errors import SurgeryError


class ThroughChild:
    """The forward hook: passes what a layer gives through the layer's child of that name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, layer: nn.Module, _inputs: Any, output: Any) -> Any:
        """Give what the caller gets instead: the same, with the first tensor passed through the child."""
        child = getattr(layer, self.name)
        if isinstance(output, tuple):
            return (child(output[0]), *output[1:])
        return child(output)


def put_on_output_(layer: nn.Module, name: str, module: nn.Module) -> None:
    """Pass the output of `layer` through `module` from now on, which becomes its child `name`.

    Raises:
        SurgeryError: the layer has something of that name already.
    """
    if hasattr(layer, name):
        raise SurgeryError(
            f"the layer already has a {name!r}",
            where=type(layer).__name__,
            todo="revert the first treatment",
        )
    layer.add_module(name, module.train(layer.training))
    layer.register_forward_hook(ThroughChild(name))


def on_output(layer: nn.Module, name: str) -> nn.Module | None:
    """The module that `put_on_output_` put there under that name, or None."""
    hooks = layer._forward_hooks.values()  # noqa: SLF001 - torch offers no other way to ask
    hooked = any(isinstance(hook, ThroughChild) and hook.name == name for hook in hooks)
    return layer._modules.get(name) if hooked else None  # noqa: SLF001 - the same, for a direct child


def take_from_output_(layer: nn.Module, name: str) -> None:
    """Take away what `put_on_output_` put there under that name."""
    # A handle would not survive deepcopy and pickle, so the hook is found by its type and name.
    hooks = layer._forward_hooks  # noqa: SLF001 - see above
    for number in [n for n, hook in hooks.items() if isinstance(hook, ThroughChild) and hook.name == name]:
        del hooks[number]
    delattr(layer, name)
