# SPDX-License-Identifier: Apache-2.0
"""For a while, all dropout of a model is in training mode and everything else in evaluation mode.

A module's `training` flag does more than switch dropout: batch norm updates its statistics, some models return
other outputs. So the flag is set only on modules where it means nothing but dropout: dropout layers, recurrent and
attention layers with a rate, and torch's Transformer layers (whose fast path would skip the dropout inside). Calls of
`F.dropout(x, p, self.training)` in the user's own modules are caught on their way and switched on, without
the flag.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn import functional
from torch.nn.modules.dropout import _DropoutNd
from torch.overrides import TorchFunctionMode

from goodfit.nn.keyed import Keyed

_CALLS = (
    functional.dropout,
    functional.dropout1d,
    functional.dropout2d,
    functional.dropout3d,
    functional.alpha_dropout,
    functional.feature_alpha_dropout,
)
_TRANSFORMERS = (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)
# Dropout layers of other libraries that are no torch dropout, by the names of their types.
_BY_NAME = ("StochasticDepth", "DropPath", "DropBlock2d", "DropBlock3d")


@contextmanager
def only_dropout_trains(model: nn.Module) -> Iterator[Callable[[], bool]]:
    """Put all dropout of `model` into training mode and the rest into evaluation mode; afterwards all is as before.

    Yields:
        A function that says whether some dropout with a rate above 0 is there, or was called since.
    """
    modes = [(module, module.training) for module in model.modules()]
    switched = [module for module, _ in modes if drops(module)]
    try:
        for module, _ in modes:
            module.training = module in switched
        with _SwitchedOn() as calls:
            yield lambda: calls.any or any(_rate(module) > 0 for module in switched)
    finally:
        for module, mode in modes:
            module.training = mode


def drops(module: nn.Module) -> bool:
    """Whether the training mode of `module` itself, not of its children, means dropout and nothing else."""
    if isinstance(module, Keyed | _DropoutNd) or type(module).__name__ in _BY_NAME:
        return True
    if isinstance(module, nn.RNNBase | nn.MultiheadAttention):
        return module.dropout > 0
    return isinstance(module, _TRANSFORMERS)


def _rate(module: nn.Module) -> float:
    """The rate of a module that drops, as far as it has one of its own."""
    for name in ("p", "dropout", "drop_prob"):
        rate = getattr(module, name, None)
        if isinstance(rate, int | float):
            return rate
    return 0.0


class _SwitchedOn(TorchFunctionMode):
    """Gives each call of a functional dropout `training=True`."""

    any: bool = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Pass a call on, a dropout with its training flag set."""
        named = dict(kwargs or {})
        if func in _CALLS:
            args, named = (
                (*args[:2],),
                {**dict(zip(("training", "inplace"), args[2:], strict=False)), **named},
            )
            rate = args[1] if len(args) > 1 else named.get("p", 0.5)
            self.any = self.any or rate > 0
            named["training"] = True
        return func(*args, **named)
