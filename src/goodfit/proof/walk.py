# SPDX-License-Identifier: Apache-2.0
"""Seed by seed until the answer is there, or can no longer come.

Three bets run side by side. IMPROVED: the treatment wins. WORSE: the control wins. EQUIVALENT: two bets of which both must
succeed, that the gain is below the margin and that it is above minus the margin. When a bet first reaches 20 the
examples are asked, once (gate E; for EQUIVALENT the 90 % interval): yes ends the proof, no spends the bet. When no bet
that is left could reach 20 with the seeds that are left, the proof ends without an answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from goodfit.proof.evidence import enough, evidence
from goodfit.values import Decision, Stopped

Floats = NDArray[np.float64]
BETS = (Decision.IMPROVED, Decision.WORSE, Decision.EQUIVALENT)
FEWEST = next(wins for wins in range(1, 100) if enough(wins, 0))  # seeds before any bet can reach 20: 7
ExamplesAgree = Callable[
    [Decision, int], bool
]  # (claim, seeds so far) -> whether the test examples bear it out


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Where the walk stands after some seeds."""

    stopped: Stopped
    seeds: int  # used
    decision: Decision
    crossed: dict[Decision, int] = field(default_factory=dict)  # bet -> seeds at its first crossing
    highest: dict[Decision, float] = field(default_factory=dict)  # bet -> most evidence so far


def walk(gains: Floats, margins: Floats, examples_agree: ExamplesAgree, *, most: int) -> Walked:
    """Go through the seeds' gains in their order.

    Args:
        gains: mean loss of the control minus that of the treatment, shape (seeds,).
        margins: equivalence margin as it is known after each seed, shape (seeds,).
        examples_agree: asked at most once for each claim.
        most: seeds that there can be at all.
    """
    crossed: dict[Decision, int] = {}
    highest = dict.fromkeys(BETS, 0.0)
    for n in range(1, min(len(gains), most) + 1):
        tallies = {bet: tally(bet, gains[:n], float(margins[n - 1])) for bet in BETS}
        for bet in BETS:
            highest[bet] = max(highest[bet], weakest(tallies[bet]))
            if bet in crossed or not reached(bet, gains[:n], float(margins[n - 1])):
                continue
            crossed[bet] = n
            if examples_agree(bet, n):
                return Walked(stopped=Stopped.PROVEN, seeds=n, decision=bet, crossed=crossed, highest=highest)
        ended = _ended(tallies, crossed, most - n)
        if ended is not None:
            return Walked(
                stopped=ended, seeds=n, decision=Decision.UNDECIDED, crossed=crossed, highest=highest
            )
    return Walked(
        stopped=Stopped.UNFINISHED,
        seeds=len(gains),
        decision=Decision.UNDECIDED,
        crossed=crossed,
        highest=highest,
    )


def tally(bet: Decision, gains: Floats, margin: float) -> tuple[tuple[int, int], ...]:
    """Wins and losses of each part of a bet; a tie is neither."""
    shifted = {
        Decision.IMPROVED: (gains,),
        Decision.WORSE: (-gains,),
        Decision.EQUIVALENT: (margin - gains, gains + margin),
    }[bet]
    return tuple((int((part > 0).sum()), int((part < 0).sum())) for part in shifted)


def reached(bet: Decision, gains: Floats, margin: float) -> bool:
    """Whether the evidence of every part of a bet is enough."""
    return all(enough(*part) for part in tally(bet, gains, margin))


def weakest(parts: tuple[tuple[int, int], ...]) -> float:
    """The evidence of a bet: that of its weakest part."""
    return min(evidence(wins, losses) for wins, losses in parts)


def _ended(
    tallies: dict[Decision, tuple[tuple[int, int], ...]], crossed: dict[Decision, int], left: int
) -> Stopped | None:
    if left == 0:
        return Stopped.EXHAUSTED
    open_bets = [bet for bet in BETS if bet not in crossed]
    within_reach = [bet for bet in open_bets if all(enough(w + left, m) for w, m in tallies[bet])]
    if within_reach:
        return None
    return Stopped.NOT_BORNE_OUT if crossed else Stopped.HOPELESS
