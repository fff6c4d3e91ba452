# SPDX-License-Identifier: Apache-2.0
"""Stochastic depth: a residual branch is left out at random, for each example of a batch on its own."""

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """Zero whole examples with probability `p` in training mode and scale the rest by 1 / (1 - p).

    Input and output have the same shape (n, ...), examples along the first axis. In evaluation mode it is the
    identity. Source: Huang et al. 2016, section 3; scaled in training instead of evaluation.

    Raises:
        ValueError: `p` is not in [0, 1).
    """

    def __init__(self, p: float) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"the probability to leave a branch out has to be in [0, 1), but got {p}")
        super().__init__()
        self.p = p

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Leave out examples of `input` (floating point, shape (n, ...))."""
        if not self.training or self.p == 0:
            return input
        shape = (input.shape[0], *[1] * (input.dim() - 1))
        kept = torch.empty(shape, dtype=input.dtype, device=input.device).bernoulli_(1 - self.p)
        return input * kept.div_(1 - self.p)

    def extra_repr(self) -> str:
        """Describe the module in print(model)."""
        return f"p={self.p:g}"
