# SPDX-License-Identifier: Apache-2.0
"""Locked dropout for sequences: one mask for all time steps of a sequence, so that memory is not torn at each step.

drop = LockedDropout(0.4, batch_first=True)
out, hidden = lstm(drop(x))        # x of shape (B, T, F), or a PackedSequence

lock = RecurrentDropout(0.3)       # the same for the hidden state of a cell
lock.reset()
for x in steps:
    h, c = cell(x, (lock(h), c))

What a feature lost, it has lost for the whole sequence, as if the network had been built without it.
"""

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from goodfit.nn.keyed import KeyedDropout


class LockedDropout(KeyedDropout):
    """Zero features with probability `p` in training mode, the same ones at all time steps of one sequence.

    The rest is scaled by 1 / (1 - p). Inputs have the shape (T, B, F), (B, T, F) with `batch_first`, (T, F) for one
    sequence without a batch, or are a PackedSequence, which gets the mask that the padded
    batch would get. In evaluation mode it gives the very input. Source: Gal and Ghahramani 2016, section 4.

    Raises:
        ValueError: `p` is not in [0, 1], or an input has another number of dimensions.
    """

    def __init__(self, p: float = 0.5, *, batch_first: bool = False) -> None:
        super().__init__(p)
        self.batch_first = batch_first

    def forward(self, input: Tensor | PackedSequence) -> Tensor | PackedSequence:  # noqa: A002 - torch's name
        """Drop features of `input`."""
        if not self.training:
            return input
        if isinstance(input, PackedSequence):
            return self._packed(input)
        if input.dim() not in (2, 3):
            raise ValueError(
                f"locked dropout takes sequences of 2 or 3 dimensions, but got {tuple(input.shape)}"
            )
        time = 1 if self.batch_first and input.dim() == 3 else 0  # noqa: PLR2004 - a batch of sequences
        return input * self.factors((*input.shape[:time], *input.shape[time + 1 :]), self.p, input).unsqueeze(
            time
        )

    def _packed(self, packed: PackedSequence) -> PackedSequence:
        """Give each sequence its mask at all the rows it has, longest sequence first, as they are packed."""
        data, sizes = packed.data, packed.batch_sizes
        mask = self.factors((int(sizes[0]), *data.shape[1:]), self.p, data)
        if packed.sorted_indices is not None:
            mask = mask[packed.sorted_indices]
        rows = torch.cat([torch.arange(int(size), device=data.device) for size in sizes])
        return packed._replace(data=data * mask[rows])

    def extra_repr(self) -> str:
        """Describe the layer in print(model)."""
        return super().extra_repr() + (", batch_first=True" if self.batch_first else "")


class RecurrentDropout(KeyedDropout):
    """Zero features of a hidden state with probability `p` in training mode, with one mask until `reset`.

    For loops over torch.nn.LSTMCell, GRUCell or RNNCell: states have the shape (B, H) or (H,), and a later state may have
    fewer rows (sequences that ended, the longest first). The rest is scaled by 1 / (1 - p). `train()`,
    `eval()` and another step of the keys reset it as well. Source: Gal and Ghahramani 2016, section 4.

    Raises:
        ValueError: `p` is not in [0, 1], or a state fits the mask no longer.
    """

    _mask: Tensor | None = None
    _step: int | None = None  # the step of the keys that the mask belongs to

    def reset(self) -> None:
        """Begin a new batch of sequences: the next call draws a new mask."""
        self._mask = None

    def train(self, mode: bool = True) -> "RecurrentDropout":
        """Set the mode, as torch does, and begin anew."""
        self.reset()
        super().train(mode)
        return self

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop features of the state `input`."""
        if not self.training:
            return input
        step = None if self._keys is None else self._keys.step
        if self._mask is None or step != self._step:
            self._mask, self._step = self.factors(input.shape, self.p, input), step
        mask = self._mask[: len(input)] if input.dim() > 1 else self._mask
        if mask.shape != input.shape:
            raise ValueError(
                f"a mask of shape {tuple(self._mask.shape)} does not fit a state of shape {tuple(input.shape)}: "
                "call reset() before each batch of sequences"
            )
        return input * mask.to(input)
