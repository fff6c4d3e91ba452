# SPDX-License-Identifier: Apache-2.0
"""How often a verdict may be made, so that it stays a small share of the training's time.

    allowance = Allowance()
    if allowance.affords():
        with allowance.spending():
            ...                      # a verdict

Each verdict must be earned by the training time after it: one of 5 ms is followed by none for 1.25 s. The first ones
are free, so that short trainings are judged at each evaluation, whatever the machine.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

# Of the training's time. The goal is one per cent in all; the sample takes a third of one (see `_sample`) where a step takes
# long, and this leaves as much again for the losses of steps. Where a step takes two milliseconds the goal is missed.
SHARE = 0.004
# Verdicts cost less the shorter the curves: all the free ones together take about a tenth of a second.
FREE = 20


class Allowance:
    """Says whether the next verdict is earned.

    Args:
        share: of the time that verdicts may take; None: all are made.
        clock: seconds.
    """

    def __init__(self, share: float | None = SHARE, clock: Callable[[], float] = time.perf_counter) -> None:
        self.made = 0  # verdicts
        self.left_out = 0  # evaluations without one
        self._share, self._clock = share, clock
        self._earned = 0.0  # when the verdicts made so far will have been

    def affords(self) -> bool:
        """Whether an evaluation may be judged now."""
        return self._share is None or self.made < FREE or self._clock() >= self._earned

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count what is done inside as one verdict."""
        began = self._clock()
        yield
        done = self._clock()
        if self._share is not None and self.made >= FREE:
            self._earned = max(self._earned, done) + (done - began) / self._share
        self.made += 1

    def __str__(self) -> str:
        asked = self.made + self.left_out
        return (
            f"{self.made} of {asked} evaluations were judged, so that verdicts take {SHARE:.1%} of the time"
        )

    def state_dict(self) -> dict[str, int]:
        """How many were made and left out."""
        return {"made": self.made, "left_out": self.left_out}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on from what `state_dict` gave; what was spent before is not owed any more."""
        self.made, self.left_out = state["made"], state["left_out"]
