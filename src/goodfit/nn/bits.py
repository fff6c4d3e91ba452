# SPDX-License-Identifier: Apache-2.0
"""Random bits, each of them set with probability exactly 1 - p, drawn 64 at a time.

    kept = draw(1000, 0.1)     # kept.words: 1,000 bits and padding; kept.thrown: places that override them

A mask needs one bit an element, and comparing a uniform number with 1 - p needs only its first few binary
digits to decide nearly always. So the digits are drawn as planes of 64-bit words and compared by AND and OR
(64 elements an operation), which gives probability k / 2**planes. What is missing to 1 - p, less than
2**-planes, is a sparse independent process: a Poisson number of throws onto uniform places. A place is hit
with probability 1 - exp(-throws / size), independently of all others (the Poisson process is
independently scattered), so that probability is met exactly and the elements are independent. A rate below
1/32 or above 31/32 needs throws only.

All comes from torch's default generator, so a mask follows from torch.manual_seed. A mask of n elements takes
planes * ceil(n / 64) draws of 64 bits; at rates that need throws, one Poisson number and their places more.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Words = NDArray[np.int64]

# What decides how many planes are drawn: nanoseconds an element for one more plane, and for one more throw an
# element (drawing a place and writing to it), as measured by bench/dropout/parts.py.
PLANE_COST = 0.12
THROW_COST = 10.0
MOST_PLANES = 8


class Plan(NamedTuple):
    """How bits of one probability are made: `level` / 2**`planes`, then `throws` an element that set `value`."""

    planes: int
    level: int
    throws: float
    value: bool


class Kept(NamedTuple):
    """Packed bits, the least significant first, and the places (below the size) that all get `value` instead."""

    packed: NDArray[np.uint8]
    thrown: Words
    value: bool


@lru_cache(maxsize=256)
def plan(rate: float) -> Plan:
    """Choose the cheapest way to bits that are set with probability 1 - `rate`, with `rate` strictly in (0, 1)."""
    keep = 1.0 - rate
    ways = []
    for planes in range(MOST_PLANES + 1):
        size = 1 << planes
        below, above = math.floor(keep * size), math.ceil(keep * size)
        if below < size:
            ways.append(
                Plan(planes, below, -math.log1p(-(keep - below / size) / (1 - below / size)), value=True)
            )
        ways.append(Plan(planes, above, -math.log(keep / (above / size)), value=False))
    return min(ways, key=lambda way: way.planes * PLANE_COST + way.throws * THROW_COST)


def draw(size: int, rate: float) -> Kept:
    """Draw `size` bits (a positive number), each set with probability 1 - `rate` (strictly in (0, 1))."""
    planes, level, throws, value = plan(rate)
    count = -(-size // 64)
    if planes == 0:
        packed = np.full(count * 8, 0 if value else 255, dtype=np.uint8)
    else:
        packed = _compared(_uniform(planes * count), planes, level).view(np.uint8)
    return Kept(packed, _thrown(size, throws) if throws > 0 else _NOWHERE, value)


def _uniform(count: int) -> Words:
    """`count` random words, all 64 bits of them: random_() without a range would leave out the highest."""
    words = torch.empty(count, dtype=torch.int64, device="cpu").random_(-(2**63), None)
    return words.numpy()


def _thrown(size: int, throws: float) -> Words:
    """Uniform places below `size`, a Poisson number of them, `throws` * size on average."""
    number = torch.poisson(_number(throws * size)).item()
    return torch.empty(int(number), dtype=torch.int64, device="cpu").random_(0, size).numpy()


@lru_cache(maxsize=256)
def _number(mean: float) -> Tensor:
    """The mean as torch.poisson takes it."""
    with torch.inference_mode(mode=False):
        return torch.tensor(mean, dtype=torch.float64, device="cpu")


def _compared(words: Words, planes: int, level: int) -> Words:
    """Combine planes of uniform bits, least significant first, into bits set with probability `level` / 2**planes.

    `level` is odd. In place: the first plane carries the result.
    """
    if planes == 1:
        return words
    first, *others = words.reshape(planes, -1)
    for place, plane in enumerate(others, start=1):
        combine = np.bitwise_or if level >> place & 1 else np.bitwise_and
        combine(first, plane, out=first)
    return first


_NOWHERE: Words = np.empty(0, dtype=np.int64)
