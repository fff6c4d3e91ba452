# SPDX-License-Identifier: Apache-2.0
"""Random-rate dropout: each example draws a rate of its own, so that no single rate has to be found.

    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), Dropout(0.9), nn.Linear(512, 10))
    random_rates_(model)               # from now on each example drops at a rate between 0 and 0.9
    fixed_rates_(model)                # as it was before

In one forward pass all layers see one draw: an example that lost much in the first layer loses much in the next. A
layer's `p` is the highest rate. Kept elements are scaled by 1 / (1 - rate of their example), and in evaluation
mode nothing changes. Keyed layers (`key_dropouts_`) draw the rates from (run seed, step, pass) as well.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from goodfit.errors import NothingMatchedError
from goodfit.nn.dropout import Dropout
from goodfit.nn.embedding import EmbeddingDropout
from goodfit.nn.keyed import Keyed, ShareOfRate
from goodfit.nn.keys import MaskKeys, layer_key
from goodfit.nn.weight_drop import WeightDrop

_STREAM = layer_key("rates of examples")  # of the keys: no layer has this name
_TORCHS = "_was_torchs"  # marks a layer that was a torch.nn.Dropout
_NO_ROWS = (EmbeddingDropout, WeightDrop)  # what they drop belongs to no example


class UniformShare(ShareOfRate):
    """Which share of its layer's highest rate each example drops at: uniform in [0, 1), drawn once a forward pass."""

    def __init__(self) -> None:
        self._drawn: dict[int, Tensor] = {}
        self._seed: int | None = None

    def begin(self) -> None:
        """Begin a forward pass: the next layer that drops draws anew."""
        self._drawn, self._seed = {}, None

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # a compiled graph can neither count passes nor hold a generator
    def of_rows(self, count: int, keys: MaskKeys | None, like: Tensor) -> Tensor:
        """The shares of `count` examples, shape (count,); layers of one pass with as many rows get the same ones."""
        if count not in self._drawn:
            self._drawn[count] = self.law(self._uniform(count, keys, like.device))
        return self._drawn[count]

    def law(self, uniform: Tensor) -> Tensor:
        """The shares, in [0, 1], that uniform numbers stand for."""
        return uniform

    def _uniform(self, count: int, keys: MaskKeys | None, device: torch.device) -> Tensor:
        if keys is None:
            return torch.rand(count, device=device)
        if self._seed is None:
            self._seed = keys.next_seed(_STREAM)
        generator = torch.Generator(device=device)
        generator.manual_seed(self._seed)
        return torch.rand(count, generator=generator, device=device)


class BeginPass:
    """The forward pre-hook of the model: a new pass begins."""

    def __init__(self, shares: ShareOfRate) -> None:
        self.shares = shares

    def __call__(self, *_: Any) -> None:
        """Forget the rates of the pass before."""
        self.shares.begin()


def random_rates_(
    model: nn.Module, shares: ShareOfRate | None = None, *, only: Iterable[nn.Module] | None = None
) -> ShareOfRate:
    """Let every example of each forward pass draw its own rate, from 0 to the layer's `p`, in place.

    Exact torch.nn.Dropout layers become goodfit.nn.Dropout, as by `key_dropouts_`; state-dict keys do not change. The
    first dimension of what a layer drops from counts the examples; a locked dropout knows where its sequences
    lie. Embedding dropout and weight drop have no examples and keep their rate. What is not goodfit's (Dropout2d,
    recurrent and attention layers with a rate) keeps its own.

    Args:
        model: the whole model, whose forward pass is one draw.
        shares: draws which share of `p` each example drops at; None: uniform.
        only: these layers of the model; None: all that can. The others keep, or get back, their one rate.

    Returns:
        What draws, which all the layers share.

    Raises:
        NothingMatchedError: no layer of the model, or not every one of `only`, can have a rate for each example.
    """
    layers = [each for each in model.modules() if has_rows(each)]
    if only is not None:
        wanted = list(only)
        layers = [each for each in wanted if each in layers] if all(each in layers for each in wanted) else []
    if not layers:
        raise NothingMatchedError(
            "the model has no dropout layer that could drop each example at a rate of its own",
            where=type(model).__name__,
            todo="put torch.nn.Dropout or one of goodfit.nn into it first",
        )
    fixed_rates_(model)
    shares = UniformShare() if shares is None else shares
    for layer in layers:
        if type(layer) is nn.Dropout:
            layer.__class__ = Dropout
            layer.__dict__[_TORCHS] = True
        layer.shares = shares  # type: ignore[assignment]  # a Keyed, or just made one
    model.register_forward_pre_hook(BeginPass(shares))
    return shares


def fixed_rates_(model: nn.Module) -> None:
    """Take back what `random_rates_` did: every layer drops at its `p` again, in place."""
    for layer in model.modules():
        if isinstance(layer, Keyed):
            layer.__dict__.pop("shares", None)
            if layer.__dict__.pop(_TORCHS, False) and not layer.keyed:
                layer.__class__ = nn.Dropout  # type: ignore[assignment]  # mypy sees the mixin
        # A handle would not survive deepcopy and pickle, so the hook is found by its type.
        hooks = layer._forward_pre_hooks  # noqa: SLF001 - torch offers no other way to ask
        for number in [number for number, hook in hooks.items() if isinstance(hook, BeginPass)]:
            del hooks[number]


def has_rows(layer: nn.Module) -> bool:
    """Whether a layer drops from examples, so that each may have its own rate."""
    return type(layer) is nn.Dropout or (isinstance(layer, Keyed) and not isinstance(layer, _NO_ROWS))
