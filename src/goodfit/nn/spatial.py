# SPDX-License-Identifier: Apache-2.0
"""Spatial dropout zeroes whole feature maps: neighbouring pixels say the same, so dropping one alone hides nothing."""

from torch import Tensor

from goodfit.nn.keyed import KeyedDropout


class SpatialDropout(KeyedDropout):
    """Zero each channel of each example with probability `p` in training mode and scale the rest by 1 / (1 - p).

    Input and output have the shape (N, C, *), with any number of places behind the channels, also none. In
    evaluation mode it gives the very input. Source: Tompson et al. 2015.

    Raises:
        ValueError: `p` is not in [0, 1], or an input has no dimension of channels.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop channels of `input`."""
        if not self.training:
            return input
        if input.dim() < 2:  # noqa: PLR2004 - examples and channels
            raise ValueError(f"spatial dropout takes inputs of shape (N, C, *), but got {tuple(input.shape)}")
        shape = (*input.shape[:2], *(1,) * (input.dim() - 2))
        return input * self.factors(shape, self.p, input)
