# SPDX-License-Identifier: Apache-2.0
"""Random bits, each of them set with probability exactly 1 - p and independent of all others, eight at a time.

    packed = draw(1000, 0.1)           # 128 bytes: bit i % 8 of byte i // 8 says whether element i is kept

A rate of 1/2 takes one random bit an element. Any other takes two: eight elements can be kept and dropped in
256 patterns, whose probabilities are shared out over the 65,536 values of a 16-bit number, so one lookup
gives eight elements. A probability that is no multiple of 1 / 65,536 leaves a rest; the few values that no
pattern fills (fewer than 256) draw their pattern once more, from exactly those rests. So no rate is rounded: with r_i the
rest of pattern i, P(i) = floor(65536 P_i) / 65536 + (sum of r / 65536) * (r_i / sum of r).

All comes from torch's default generator, so a mask follows from torch.manual_seed. n elements take ceil(n / 64) draws of 64
bits at p = 1/2; else ceil(n / 32), and one uniform double for each of the few values drawn again.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

Packed = NDArray[np.uint8]

VALUES = 1 << 16


class Patterns(NamedTuple):
    """How 16-bit values stand for patterns of eight bits at one rate.

    Attributes:
        of_value: the pattern of each value, of shape (65536,).
        settled: values from here on are drawn again.
        rests: cumulative probabilities, of shape (256,), of the patterns that those values get.
    """

    of_value: Packed
    settled: int
    rests: NDArray[np.float64]


@lru_cache(maxsize=64)
def patterns(rate: float) -> Patterns:
    """Share the 16-bit values out over the patterns, for a `rate` strictly in (0, 1)."""
    kept = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1)
    expected = VALUES * (1.0 - rate) ** kept * rate ** (8.0 - kept)
    whole = np.floor(expected)
    rests = np.cumsum(expected - whole)
    settled = int(whole.sum())
    of_value = np.zeros(VALUES, dtype=np.uint8)
    of_value[:settled] = np.repeat(np.arange(256, dtype=np.uint8), whole.astype(np.int64))
    return Patterns(of_value, settled, rests / rests[-1] if rests[-1] > 0 else rests)


def draw(size: int, rate: float) -> Packed:
    """Draw `size` bits or a few more (packed, the least significant first), each set with probability 1 - `rate`."""
    if rate == 0.5:  # noqa: PLR2004 - the one rate that random bits have by themselves
        return _uniform(-(-size // 64)).view(np.uint8)
    of_value, settled, rests = patterns(rate)
    values = _uniform(-(-size // 32)).view(np.uint16)
    # Mode "wrap" needs no check of the indices, which are in range.
    packed = of_value.take(values, mode="wrap")
    if settled < VALUES:
        (again,) = (values >= settled).nonzero()
        uniform = torch.rand(len(again), dtype=torch.float64, device="cpu").numpy()
        packed[again] = rests.searchsorted(uniform, side="right")
    return packed


def _uniform(count: int) -> NDArray[np.int64]:
    """`count` random words, all 64 bits of them: random_() without a range would leave out the highest."""
    words = torch.empty(count, dtype=torch.int64, device="cpu").random_(-(2**63), None)
    return words.numpy()
