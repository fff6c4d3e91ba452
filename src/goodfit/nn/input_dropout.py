# SPDX-License-Identifier: Apache-2.0
"""Dropout is put in front of a layer without touching the code of the model, its state-dict keys or its indices.

    attach_(model.fc2, 0.4)    # from now on fc2 sees dropout(x) in training, x in evaluation
    detach_(model.fc2)         # as it was before

The dropout is a child module of the layer (it holds no numbers, so no key is added, and print(model)
shows it), and a forward pre-hook passes the layer's first input through it. The hook knows the child by name,
so deep copies and pickles stay whole.
"""

from typing import Any

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn.dropout import Dropout

CHILD = "input_dropout"


class DropoutOnInput:
    """The forward pre-hook: passes the first input of a layer through the layer's child `input_dropout`."""

    def __call__(
        self, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give the inputs that `layer` gets instead: the same, with the first one dropped from."""
        dropout = getattr(layer, CHILD)
        if args:
            return (dropout(args[0]), *args[1:]), kwargs
        first, *_ = kwargs
        return args, {**kwargs, first: dropout(kwargs[first])}


def attached(layer: nn.Module) -> Dropout | None:
    """The dropout that `attach_` put in front of `layer`, or None."""
    child = layer._modules.get(CHILD)  # noqa: SLF001 - torch offers no other way to ask for a direct child
    return child if isinstance(child, Dropout) else None


def attach_(layer: nn.Module, rate: float) -> Dropout:
    """Put a dropout of `rate` (in [0, 1]) in front of `layer`, in place; give the new dropout.

    Raises:
        SurgeryError: the layer has something of that name already.
    """
    if hasattr(layer, CHILD):
        raise SurgeryError(
            f"the layer already has a {CHILD!r}",
            where=type(layer).__name__,
            todo="revert the first treatment",
        )
    dropout = Dropout(rate).train(layer.training)
    layer.add_module(CHILD, dropout)
    layer.register_forward_pre_hook(DropoutOnInput(), with_kwargs=True)
    return dropout


def detach_(layer: nn.Module) -> None:
    """Take away what `attach_` put in front of `layer`, in place; a layer without it stays as it is."""
    # A handle would not survive deepcopy and pickle, so the hook is found by its type.
    hooks = layer._forward_pre_hooks  # noqa: SLF001 - see above
    for number in [number for number, hook in hooks.items() if isinstance(hook, DropoutOnInput)]:
        del hooks[number]
        layer._forward_pre_hooks_with_kwargs.pop(number, None)  # noqa: SLF001 - see above
    if attached(layer) is not None:
        delattr(layer, CHILD)
