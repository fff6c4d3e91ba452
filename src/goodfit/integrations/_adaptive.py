# SPDX-License-Identifier: Apache-2.0
"""Dropout that is raised within one training, whenever validation stalls: half of the units first, then more.

    with goodfit.watch(model, controller=AdaptiveDropout(at_once=True), keep_best=True) as run: ...

A higher rate learns more slowly and has its minimum later, so a training climbs from rate to rate as far as its time allows,
and no rate has to be searched. What that keeps of the gain of a search: bench/results/dose_develop.md, "path"; decision 0016.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from goodfit.errors import SettingsError
from goodfit.integrations._moves import Move, Seen, reason
from goodfit.values import Goal, Patience

RATES = (
    0.5,
    0.7,
    0.85,
)  # the ladder of bench/dose: the units kept are a half, three tenths, three twentieths
STALLED = Patience(floor=3, share=0.3)  # shorter than for a whole training: what ends is one rate of several


class AdaptiveDropout:
    """Raises dropout to the next of a few rates when validation stalls, and ends the training behind the last.

    It waits until the training overfits (GF101), and goes back to the best weights before each raise; the optimiser's state
    is not rolled back. Places that drop more already are left.

    Args:
        rates: drop probabilities, each higher than the one before.
        at_once: set the first rate at the first evaluation, without waiting for a sign that the training overfits. It
            keeps more of the gain where dropout helps. Where it does not, it does harm: compare with your own run.
        patience: how old the lowest validation value at a rate may be, in evaluations.

    Raises:
        SettingsError: the rates are none, not ascending, or not between 0 and 0.9.
    """

    def __init__(
        self, rates: Sequence[float] = RATES, *, at_once: bool = False, patience: Patience = STALLED
    ) -> None:
        self.rates, self.at_once, self.patience = tuple(rates), at_once, patience
        if not rates or list(rates) != sorted(set(rates)) or not 0 < rates[0] <= rates[-1] <= 0.9:  # noqa: PLR2004
            raise SettingsError(
                f"{list(rates)} are no rates to climb",
                where="AdaptiveDropout",
                todo="give drop probabilities above 0 and up to 0.9, in ascending order",
            )
        self._next = 0  # place of the rate that comes next
        self._begin()

    def _begin(self) -> None:
        self._seen, self._best_at = 0, 0  # evaluations since the last move
        self._best: float | None = None

    def move(self, seen: Seen) -> Move | None:
        """Raise, end, or go on."""
        grave = reason(seen.findings)
        if grave is not None and grave.code != "GF101":
            return Move(because=grave.message)
        if self._next == 0:
            if self.at_once:
                return self._raise("Dropout from the beginning.")
            return None if grave is None else self._raise(grave.message)
        if not self._has_stalled(seen):
            return None
        said = f"Validation was no better for {self._seen - self._best_at} evaluations."
        return self._raise(said) if self._next < len(self.rates) else Move(because=said)

    def _raise(self, because: str) -> Move:
        rate = self.rates[self._next]
        self._next += 1
        self._begin()
        return Move(because=because, rate=rate)

    def _has_stalled(self, seen: Seen) -> bool:
        """Whether the best value at this rate is too old."""
        val = seen.history.val
        if val is None:
            return False
        value = val.values[-1] if val.goal is Goal.MINIMIZE else -val.values[-1]
        self._seen += 1
        if self._best is None or value < self._best:
            self._best, self._best_at = value, self._seen
        return self.patience.is_over(self._best_at, self._seen)

    def state_dict(self) -> dict[str, Any]:
        """How far it has climbed, as plain data."""
        return {"next": self._next, "seen": self._seen, "best_at": self._best_at, "best": self._best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self._next, self._seen = state["next"], state["seen"]
        self._best_at, self._best = state["best_at"], state["best"]
