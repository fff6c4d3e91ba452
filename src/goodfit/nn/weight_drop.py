# SPDX-License-Identifier: Apache-2.0
"""DropConnect on recurrent weights: the hidden-to-hidden matrices lose elements, the same ones at all time steps.

    weight_drop_(model.lstm, 0.5)      # torch.nn.LSTM, GRU or RNN, in place
    undo_weight_drop_(model.lstm)      # as it was before

The parameters stay what they were (leaves, of the same names), so optimizers and state dicts notice nothing:
for the length of one forward pass in training mode, the list of weights that the layer computes with holds dropped copies.
The rate stands in a child module, which follows train() and eval(). On CUDA, cuDNN copies weights that do not
lie in one piece, and says so in a warning.
"""

from typing import Any

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn.dropout import Dropout

CHILD = "weight_drop"
_KEPT = "_weights_before_drop"


class WeightDrop(Dropout):
    """The rate of dropped recurrent weights, a child of the layer that `weight_drop_` changed."""


class DropWeights:
    """The forward pre-hook: lets the layer compute with dropped copies of its recurrent weights."""

    def __call__(self, layer: nn.RNNBase, *_: Any) -> None:
        """Put the copies in place, when the child is in training mode."""
        child: WeightDrop = getattr(layer, CHILD)
        if not child.training:
            return
        weights: Any = layer._flat_weights  # noqa: SLF001 - what torch's forward passes on
        names: list[str] = layer._flat_weights_names  # noqa: SLF001 - the same
        layer.__dict__[_KEPT] = weights
        layer._flat_weights = [  # noqa: SLF001 - the same
            child(weight) if name.startswith("weight_hh") else weight
            for name, weight in zip(names, weights, strict=True)
        ]


class RestoreWeights:
    """The forward hook, called after errors too: lets the layer have its own weights again."""

    def __call__(self, layer: nn.RNNBase, *_: Any) -> None:
        """Take the copies out."""
        weights = layer.__dict__.pop(_KEPT, None)
        if weights is not None:
            layer._flat_weights = weights  # noqa: SLF001 - what torch's forward passes on


def weight_dropped(layer: nn.Module) -> WeightDrop | None:
    """What `weight_drop_` gave to `layer`, or None."""
    child = layer._modules.get(CHILD)  # noqa: SLF001 - torch offers no other way to ask for a direct child
    return child if isinstance(child, WeightDrop) else None


def weight_drop_(layer: nn.Module, rate: float) -> WeightDrop:
    """Drop elements of the recurrent weights of `layer` with probability `rate` in training mode, in place.

    Args:
        layer: a torch.nn.LSTM, GRU or RNN, of any number of layers and directions.
        rate: in [0, 1]; kept elements are scaled by 1 / (1 - rate).

    Returns:
        The new child of the layer, whose `p` may be changed. Source: Merity et al. 2018, section 2; Wan et al. 2013.

    Raises:
        SurgeryError: the layer is no recurrent layer of torch's, or has something of that name already.
        ValueError: `rate` is not in [0, 1].
    """
    kind = type(layer).__name__
    if not isinstance(layer, nn.RNNBase):
        raise SurgeryError(
            "recurrent weights can be dropped in torch.nn.LSTM, GRU and RNN only",
            where=kind,
            todo="name such a layer; for a cell, use RecurrentDropout on its state",
        )
    if hasattr(layer, CHILD):
        raise SurgeryError(
            f"the layer already has a {CHILD!r}", where=kind, todo="revert the first treatment"
        )
    child = WeightDrop(rate)
    child.train(layer.training)
    layer.add_module(CHILD, child)
    layer.register_forward_pre_hook(DropWeights())
    layer.register_forward_hook(RestoreWeights(), always_call=True)
    return child


def undo_weight_drop_(layer: nn.Module) -> None:
    """Take away what `weight_drop_` put into `layer`, in place; a layer without it stays as it is."""
    # Handles would not survive deepcopy and pickle, so the hooks are found by their types.
    before, after = layer._forward_pre_hooks, layer._forward_hooks  # noqa: SLF001 - see above
    for number in [number for number, hook in before.items() if isinstance(hook, DropWeights)]:
        del before[number]
    for number in [number for number, hook in after.items() if isinstance(hook, RestoreWeights)]:
        del after[number]
        layer._forward_hooks_always_called.pop(number, None)  # noqa: SLF001 - see above
    if weight_dropped(layer) is not None:
        delattr(layer, CHILD)
