# SPDX-License-Identifier: Apache-2.0
"""Which dropout rate comes next is read off how much later validation was best with the rate before.

With a higher rate a network learns more slowly: its best epoch grows as a power of one over the share of units that is
kept, best(p) = best(q) * ((1 - q) / (1 - p)) ** k. Two trainings give k for this network. The highest rate whose best
epoch still lies within the plan is the next worth trying: a higher one would not be finished, a lower one leaves
epochs unused. It is an extrapolation from two points, and only says what to try; validation decides.
"""

from math import log

_HALF = 0.5  # of the kept units are kept at the first rate: validation is flat around it in most tasks
_FIFTH = 0.2  # of them at the highest rate tried: beyond it lies a cliff
_MOST = 0.75  # of them at the rate tried where half is too much
_NEAREST = 0.1  # rates that lie nearer than this are hardly told apart
_LEAST_POWER = 0.3  # best epochs are whole numbers: below it they did not differ by more than their rounding


def first_rate(own: float) -> float:
    """The first to try: half of the units that are kept now are."""
    return 1.0 - (1.0 - own) * _HALF


def milder_rate(own: float) -> float:
    """What is tried where the first was worse than the user's own."""
    return 1.0 - (1.0 - own) * _MOST


def higher_rate(own: tuple[float, int], first: tuple[float, int], planned: int) -> float | None:
    """The rate to try after the first one was better than the user's own.

    Args:
        own: the user's rate, and the epoch of its best validation, counted from 1.
        first: the same of the first rate tried, which is higher.
        planned: epochs of a training.

    Returns:
        A drop probability above the first one, or None: the first already takes what the plan has.
    """
    kept, rate = 1.0 - first[0], first[0]
    power = max(log(max(first[1] / own[1], 1.0)) / log((1.0 - own[0]) / kept), _LEAST_POWER)
    fits = 1.0 - kept * (first[1] / planned) ** (1.0 / power)
    found = min(fits, 1.0 - (1.0 - own[0]) * _FIFTH)
    return found if found >= rate + _NEAREST else None
