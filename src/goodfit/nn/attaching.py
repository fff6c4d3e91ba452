# SPDX-License-Identifier: Apache-2.0
"""Dropout is put before or behind a layer without touching the code of the model, its state-dict keys or its indices.

    attach_(model.fc2, 0.4)                                        # fc2 sees dropout(x) in training, x in evaluation
    attach_(model.lstm, LockedDropout(0.3), side="output")         # drops from the first of (output, hidden)
    detach_(model.fc2)                                             # as it was before

The dropout is a child module of the layer (it holds no numbers, so no key is added, and print(model)
shows it), and a forward hook passes the layer's first input, or its output, through it. The hook knows the child by
name, so deep copies and pickles stay whole.
"""

from typing import Any, Literal

from torch import nn
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.utils.rnn import PackedSequence

from goodfit.errors import SurgeryError
from goodfit.nn.dropout import Dropout
from goodfit.nn.embedding import EmbeddingDropout
from goodfit.nn.locked import LockedDropout

Side = Literal["input", "output"]
CHILDREN: dict[Side, str] = {"input": "input_dropout", "output": "output_dropout"}


class DropoutOnInput:
    """The forward pre-hook: passes the first input of a layer through the layer's child `input_dropout`."""

    def __call__(
        self, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give the inputs that `layer` gets instead: the same, with the first one dropped from."""
        dropout = getattr(layer, CHILDREN["input"])
        if args:
            return (_through(dropout, args[0]), *args[1:]), kwargs
        first, *_ = kwargs
        return args, {**kwargs, first: _through(dropout, kwargs[first])}


class DropoutOnOutput:
    """The forward hook: passes the output of a layer, or the first of several, through the child `output_dropout`."""

    def __call__(self, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        """Give the output that `layer` gives instead: the same, dropped from."""
        dropout = getattr(layer, CHILDREN["output"])
        if isinstance(dropout, EmbeddingDropout):
            return dropout(output, args[0] if args else kwargs["input"])
        if isinstance(output, tuple) and not isinstance(output, PackedSequence):
            return (_through(dropout, output[0]), *output[1:])
        return _through(dropout, output)


def attached(layer: nn.Module, side: Side = "input") -> _DropoutNd | None:
    """The dropout that `attach_` put before or behind `layer`, or None."""
    child = layer._modules.get(CHILDREN[side])  # noqa: SLF001 - torch offers no other way to ask for a direct child
    return child if isinstance(child, _DropoutNd) and _hooks(layer, side) else None


def attach_(layer: nn.Module, dropout: float | _DropoutNd, side: Side = "input") -> _DropoutNd:
    """Put a dropout before or behind `layer`, in place; give the new dropout.

    Args:
        layer: any module; each side takes one dropout.
        dropout: a rate in [0, 1], which makes a Dropout, or a dropout module of this package or of torch.
        side: "input" (of the layer's first input) or "output" (of its output, or of the first of several).

    Raises:
        SurgeryError: the layer has something of that name already, or the dropout does not fit the layer.
        ValueError: the rate is not in [0, 1], or the side is neither of the two.
    """
    if side not in CHILDREN:
        raise ValueError(f"the side has to be 'input' or 'output', but got {side!r}")
    name, kind = CHILDREN[side], type(layer).__name__
    if hasattr(layer, name):
        raise SurgeryError(f"the layer already has a {name!r}", where=kind, todo="revert the first treatment")
    new = dropout if isinstance(dropout, _DropoutNd) else Dropout(dropout)
    _check_fit(layer, new, side)
    layer.add_module(name, new.train(layer.training))
    if side == "input":
        layer.register_forward_pre_hook(DropoutOnInput(), with_kwargs=True)
    else:
        layer.register_forward_hook(DropoutOnOutput(), with_kwargs=True)
    return new


def detach_(layer: nn.Module, side: Side = "input") -> None:
    """Take away what `attach_` put on one side of `layer`, in place; a layer without it stays as it is."""
    if attached(layer, side) is not None:
        delattr(layer, CHILDREN[side])
    hooks: Any = layer._forward_pre_hooks if side == "input" else layer._forward_hooks  # noqa: SLF001 - see _hooks
    kwargs = layer._forward_pre_hooks_with_kwargs if side == "input" else layer._forward_hooks_with_kwargs  # noqa: SLF001 - the same
    for number in _hooks(layer, side):
        del hooks[number]
        kwargs.pop(number, None)


def _hooks(layer: nn.Module, side: Side) -> list[int]:
    """The numbers of our hooks: a handle would not survive deepcopy and pickle, so they are found by their type."""
    if side == "input":
        return [n for n, hook in layer._forward_pre_hooks.items() if isinstance(hook, DropoutOnInput)]  # noqa: SLF001 - see above
    return [n for n, hook in layer._forward_hooks.items() if isinstance(hook, DropoutOnOutput)]  # noqa: SLF001 - see above


def _through(dropout: nn.Module, x: Any) -> Any:
    """Drop from a tensor, or from the data of a PackedSequence."""
    if isinstance(x, PackedSequence) and not isinstance(dropout, LockedDropout):
        return x._replace(data=dropout(x.data))
    return dropout(x)


def _check_fit(layer: nn.Module, dropout: nn.Module, side: Side) -> None:
    kind = type(layer).__name__
    if isinstance(dropout, EmbeddingDropout) and not (isinstance(layer, nn.Embedding) and side == "output"):
        raise SurgeryError(
            "embedding dropout belongs on the output of a torch.nn.Embedding",
            where=kind,
            todo='attach it there, with side="output"',
        )
    if (
        isinstance(dropout, LockedDropout)
        and getattr(layer, "batch_first", dropout.batch_first) != dropout.batch_first
    ):
        raise SurgeryError(
            f"the layer and the locked dropout disagree on batch_first={dropout.batch_first}",
            where=kind,
            todo="make the dropout with the layer's batch_first",
        )
