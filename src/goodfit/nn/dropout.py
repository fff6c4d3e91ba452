# SPDX-License-Identifier: Apache-2.0
"""Dropout as torch has it, and, given a key, with masks that nest across rates.

    layer = Dropout(0.4)               # behaves as torch.nn.Dropout(0.4)
    keys = key_dropouts_(model, 7)     # from now on all masks follow from (7, keys.step, layer, call)

A keyed layer draws one uniform number u for each element from a generator of its own and keeps the element
where u >= p. So the elements dropped at p = 0.2 are among those dropped at p = 0.6, a rate of 0 uses
up nothing, and the global random state stays as it was.
"""

import torch
from torch import Tensor, nn

from goodfit.errors import TrainingError
from goodfit.nn.keys import MaskKeys


class Dropout(nn.Dropout):
    """Zero each element with probability `p` in training mode and scale the rest by 1 / (1 - p).

    Input and output have the same shape. In evaluation mode it is the identity. Without a key it draws from
    torch's global state, as torch.nn.Dropout does. Source: Srivastava et al. 2014, section 4; scaled in
    training instead of evaluation, as in their section 10.

    Raises:
        ValueError: `p` is not in [0, 1].
        TrainingError: a keyed layer is run again during the backward pass (activation checkpointing), where
            it would draw another mask than in the forward pass.
    """

    # Class attributes, so that a torch.nn.Dropout that is given this class has them as well.
    _keys: MaskKeys | None = None
    _layer: int = 0

    def __init__(self, p: float = 0.5) -> None:
        if p != p:  # noqa: PLR0124 - NaN passes torch's own check
            raise ValueError("dropout probability has to be between 0 and 1, but got NaN")
        super().__init__(p, inplace=False)

    def key(self, keys: MaskKeys | None, layer: int = 0) -> None:
        """Draw masks from `keys` as the layer numbered `layer`; None goes back to torch's global state."""
        self._keys, self._layer = keys, layer

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop elements of `input` (any shape, floating point)."""
        if self._keys is None or not self.training:
            return super().forward(input)
        dropped: Tensor = _keyed(self, input, self._keys)
        return dropped

    def extra_repr(self) -> str:
        """Describe the layer in print(model)."""
        return f"p={self.p}" + ("" if self._keys is None else ", keyed")


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _keyed(layer: Dropout, x: Tensor, keys: MaskKeys) -> Tensor:
    """Apply the layer's next mask; outside compiled graphs, which can neither count nor hold a generator."""
    if torch._C._current_graph_task_id() != -1:  # noqa: SLF001 - torch's activation checkpointing asks the same way
        raise TrainingError(
            "a dropout layer with keyed masks ran again during the backward pass",
            todo="train without activation checkpointing, or without keyed masks",
        )
    seed = keys.next_seed(layer._layer)  # noqa: SLF001 - a method's body, apart from its class for the decorator
    if layer.p == 0:
        return x
    generator = torch.Generator(device=x.device)
    generator.manual_seed(seed)
    kept = torch.rand(x.shape, generator=generator, device=x.device) >= layer.p
    scale = 1.0 / (1.0 - layer.p) if layer.p < 1 else 0.0
    mask = kept.to(x.dtype).mul_(scale)
    return x.mul_(mask) if layer.inplace else x * mask
