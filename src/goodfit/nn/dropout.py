# SPDX-License-Identifier: Apache-2.0
"""Dropout as torch has it, faster on the CPU; given a key, with masks that nest across rates.

    layer = Dropout(0.4)               # behaves as torch.nn.Dropout(0.4)
    keys = key_dropouts_(model, 7)     # from now on all masks follow from (7, keys.step, layer, call)
    layer.rates = torch.rand(64)       # a rate for each of the 64 rows of the input
    layer.draws = torch.rand(64, 512)  # uniform numbers given from outside, to share them

A keyed layer draws one uniform number u for each element from a generator of its own and keeps the element
where u >= p. So the elements dropped at p = 0.2 are among those dropped at p = 0.6, a rate of 0 uses
up nothing, and the global random state stays as it was. Rates of its rows and shared draws work the same way.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from goodfit.nn.keyed import Keyed, check_rate, scale
from goodfit.nn.masking import dropped, dropped_, plain

# Elements from which masks of packed bits are faster than torch's, at a rate of 1/2 and at others: measured by
# bench/dropout/speed.py.
AT_HALF = 0.5
FEW_AT_HALF = 1 << 13
FEW = 1 << 15


class Dropout(Keyed, nn.Dropout):
    """Zero each element with probability `p` in training mode and scale the rest by 1 / (1 - p).

    Input and output have the same shape. In evaluation mode it gives the very input. Without a key it draws
    from torch's global state. Large tensors on the CPU take another road than torch's, to a mask of the same
    distribution; all else (few elements, other devices, compiled, traced or transformed code, tensor
    subclasses) is torch's own kernel, which then draws as torch does. Source: Srivastava et al. 2014,
    section 4; scaled in training instead of evaluation, as in their section 10.

    Attributes:
        rates: None, or a rate for each row of the input, of shape (n,), which then stands in for `p`: for
            arms of a comparison stacked in front of the batch, or a random rate for each example.
        draws: None, or uniform numbers in [0, 1), of a shape that broadcasts to the input's: an element is dropped
            where its number is below its rate. With `rates`, arms given one draw have masks that nest.
        shared: whether the rows that `rates` names see the same uniform numbers (one draw for all arms).

    Raises:
        ValueError: `p` or one of `rates` is not in [0, 1], or `rates` does not fit the input.
        TrainingError: a keyed layer is run again during the backward pass (activation checkpointing), where
            it would draw another mask than in the forward pass.
    """

    # Class attributes, so that a torch.nn.Dropout that is given this class has them as well.
    _rates: Tensor | None = None
    draws: Tensor | None = None
    shared: bool = False

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        check_rate(p)
        super().__init__(p, inplace=inplace)

    @property
    def rates(self) -> Tensor | None:
        """A rate for each row of the input, or None."""
        return self._rates

    @rates.setter
    def rates(self, rates: Tensor | Sequence[float] | None) -> None:
        if rates is not None:
            rates = torch.as_tensor(rates, dtype=torch.float32)
            if rates.dim() != 1 or not bool(((rates >= 0) & (rates <= 1)).all()):
                raise ValueError(f"rates have to be one row of numbers between 0 and 1, but got {rates}")
        self._rates = rates

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop elements of `input` (any shape, floating point)."""
        if not self.training:
            return input
        if self._keys is not None or self.varied:
            return self._by_uniform(input)
        if torch.compiler.is_compiling() or not 0 < self.p < 1:
            return super().forward(input)
        if self._worth_it(input):
            return dropped_(input, self.p) if self.inplace else dropped(input, self.p)
        if self.inplace or type(input) is not Tensor:
            return super().forward(input)
        return torch.dropout(
            input, self.p, train=True
        )  # torch.nn.Dropout's way to it costs a microsecond more

    @property
    def varied(self) -> bool:
        """Whether rows drop at rates of their own, or at numbers given from outside."""
        return self._rates is not None or self.draws is not None or self.shares is not None

    def _worth_it(self, x: Tensor) -> bool:
        size = x.numel()
        if size < FEW_AT_HALF:
            return False
        return (size >= FEW or self.p == AT_HALF) and plain(x)

    def _by_uniform(self, x: Tensor) -> Tensor:
        """Compare uniform numbers with the rate of the layer or of each row."""
        rates = self._rates
        shape = x.shape
        rate: Tensor | float = self.p
        if rates is not None:
            if x.dim() == 0 or len(rates) != len(x):
                raise ValueError(f"there are {len(rates)} rates for an input of shape {tuple(x.shape)}")
            rate = rates.to(x.device).view(-1, *(1,) * (x.dim() - 1))
            shape = x.shape[1:] if self.shared else x.shape
        elif self.shares is not None:
            rate = self.row_rates(self.shares, x.shape, x)
        if self.draws is not None:
            kept = self.draws.to(x.device) >= rate
        elif self._keys is not None and rates is None and self.p == 0:
            self.uniform(torch.Size(()), x)  # counts the call
            return x
        else:
            kept = self.uniform(shape, x) >= rate
        factors = kept.to(x.dtype) * scale(rate, x.dtype)
        return x.mul_(factors) if self.inplace else x * factors

    def extra_repr(self) -> str:
        """Describe the layer in print(model)."""
        parts = [f"p={self.p}"]
        parts += ["inplace=True"] if self.inplace else []
        parts += [f"rates of {len(self._rates)} rows"] if self._rates is not None else []
        return ", ".join(parts + self.key_repr())
