# SPDX-License-Identifier: Apache-2.0
"""Evidence that may be watched while it grows: a bet on the sign of each seed's difference.

A stake of 1 is bet on "the treatment wins": E = integral over l from 0 to 1 of (1 + l)^wins (1 - l)^losses. If a win
is no likelier than a loss, E cannot be expected to grow, and the chance that it EVER reaches 20 is at most 1/20,
however often one looks and whenever one stops (Ville 1939, "Etude critique de la notion de collectif"). So seeds may be
added one at a time, which a p value forbids. A tie is a factor of 1 + 0 l = 1: it says nothing for either side.
"""

from functools import cache
from math import comb

from goodfit.proof.levels import SEED_LEVEL

ENOUGH = 1 / SEED_LEVEL.value  # 20: by Ville's inequality the level of gate S


@cache
def evidence(wins: int, losses: int) -> float:
    """The integral, exactly: sum of C(n + 1, j) for j = 0..wins, over (n + 1) C(n, wins), with n = wins + losses.

    Putting u = (1 + l) / 2 makes it an incomplete beta function of whole arguments, whose value is a binomial tail; whole
    numbers of any size leave a single rounding. Seven wins and no loss give 255/8 = 31.9, six give 127/7 = 18.1.
    """
    n = wins + losses
    return sum(comb(n + 1, j) for j in range(wins + 1)) / ((n + 1) * comb(n, wins))


def enough(wins: int, losses: int) -> bool:
    """Whether the evidence passes gate S."""
    return evidence(wins, losses) >= ENOUGH


def anytime_p(evidence_seen: float) -> float:
    """The p value that an amount of evidence stands for, valid whenever it is read."""
    return min(1.0, 1.0 / evidence_seen) if evidence_seen > 0 else 1.0
