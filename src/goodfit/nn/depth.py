# SPDX-License-Identifier: Apache-2.0
"""Stochastic depth leaves out the residual branch of a block, for each example anew.

rates = depth_rates(len(blocks), 0.2)
x = x + StochasticDepth(rates[i])(branch(x))

So a deep network is shorter while it trains, and a mean over networks of many depths afterwards.
"""

from torch import Tensor

from goodfit.nn.keyed import KeyedDropout, check_rate


class StochasticDepth(KeyedDropout):
    """Zero the whole branch of each example with probability `p` in training mode and scale the others by 1 / (1 - p).

    Input and output have the shape (N, *). In evaluation mode it gives the very input. Source: Huang et al.
    2016, section 3; scaled in training instead of evaluation, and drawn for each example instead of each batch.

    Raises:
        ValueError: `p` is not in [0, 1], or an input has no dimension of examples.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, which callers may use
        """Drop examples of the branch `input`."""
        if not self.training:
            return input
        if input.dim() == 0:
            raise ValueError("stochastic depth takes inputs of shape (N, *), but got a single number")
        return input * self.factors((len(input), *(1,) * (input.dim() - 1)), self.p, input)


def depth_rates(blocks: int, last: float) -> tuple[float, ...]:
    """Rates that grow linearly with depth, from last / blocks in the first block to `last` in the last one.

    Source: Huang et al. 2016, equation 4.

    Raises:
        ValueError: `last` is not in [0, 1], or there is no block.
    """
    check_rate(last)
    if blocks < 1:
        raise ValueError(f"there has to be at least one block, but got {blocks}")
    return tuple(last * block / blocks for block in range(1, blocks + 1))
