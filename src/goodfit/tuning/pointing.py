# SPDX-License-Identifier: Apache-2.0
"""Which dropout rate comes next is read off how much later validation was best with the rate before.

With a higher rate a network learns more slowly: its best epoch grows as a power of one over the share of units that is
kept, best(p) = best(q) * ((1 - q) / (1 - p)) ** k. Two trainings give k for this network. The highest rate whose best
epoch still lies within four fifths of the plan is the next worth trying: a higher one would not be finished, a lower
one leaves epochs unused. It is an extrapolation from two points, and only says what to try; validation decides.
Where to begin is read off the user's own best epoch (one that is late leaves no time for half of the units) and off the
network: what several layers in a row drop adds up, so each of them drops less where there are more than two; and a network
whose parameters are mostly rows of embeddings, each seen a few times an epoch, learns by heart what little it is told of
each of them, and takes far more.
"""

from dataclasses import dataclass
from math import log, sqrt

_HALF = 0.5  # of the kept units are kept at the first rate: validation is flat around it in most tasks
_MOST_AT_FIRST = 0.7  # of them where the plan has no time for half; dropping fewer hardly changes a training
_USUAL_PLACES = 2  # in a row, for which these shares are
_USUAL_POWER = 0.7  # of best epochs, before a second is known; matters only behind three fifths of a plan
_FIFTH = 0.2  # of them at the highest rate tried from the start, and at the first of a network of embeddings
_NEAREST = 0.1  # rates that lie nearer than this are hardly told apart
_FINISHED = 0.8  # of the plan: behind a minimum it takes some epochs to see that it was one
_LEAST_POWER = 0.3  # best epochs are whole numbers: below it they did not differ by more than their rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a network's rate depends on."""

    places: int = _USUAL_PLACES  # that it drops at, one after the other
    embedded: bool = False  # more than half of its parameters are rows of embeddings

    @property
    def share(self) -> float:
        """How much of a rate for two places each of these gets: what all drop together stays the same."""
        return _USUAL_PLACES / max(self.places, _USUAL_PLACES)


USUAL = Network()


def first_rate(own: tuple[float, int], planned: int, network: Network = USUAL) -> float:
    """The first to try: half of the units that are kept now are, or more of them where the plan has no time for it.

    Args:
        own: the user's rate, and the epoch of its best validation, counted from 1.
        planned: epochs of a training.
        network: what is trained.
    """
    kept: float = (own[1] / planned) ** (1.0 / _USUAL_POWER)
    least = _FIFTH if network.embedded else _HALF
    raised = (1.0 - own[0]) * (1.0 - min(max(kept, least), _MOST_AT_FIRST))
    return own[0] + raised * network.share


def next_rate(rate: float, kept: float, network: Network = USUAL) -> float:
    """The next stage of a climb, where a share of the units that are kept now is kept."""
    together = min(rate / network.share, 1.0 - _FIFTH / 2)  # as it were for two places
    return (1.0 - (1.0 - together) * kept) * network.share


def milder_rate(own: float, first: float) -> float:
    """What is tried where the first was worse than the user's own: half as far from it, as shares of units kept multiply."""
    return 1.0 - sqrt((1.0 - own) * (1.0 - first))


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
    fits = 1.0 - kept * (first[1] / (_FINISHED * planned)) ** (1.0 / power)
    found = min(fits, 1.0 - (1.0 - own[0]) * _FIFTH)
    return found if found >= rate + _NEAREST else None
