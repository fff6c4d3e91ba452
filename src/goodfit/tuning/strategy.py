# SPDX-License-Identifier: Apache-2.0
"""How the next values are chosen, apart from how arms are trained and judged.

A strategy is a function of what was seen so far; it holds no state, so that a search that was interrupted takes the
same way again when its arms come from the store.

    Round((Try(value=.2), Try(value=.4)))   # train these, side by side
    Round()                                 # the search is over
"""

from dataclasses import dataclass, field
from typing import Protocol

from goodfit.tuning.knobs import Knob
from goodfit.values import Patience, RateStage, Run, Trial


@dataclass(frozen=True, slots=True)
class Try:
    """One value to train an arm at."""

    value: float  # of the knob
    max_epochs: int | None = None  # the arm is cut there; None: it may train as long as planned
    after: Trial | None = None  # the arm goes on from the best epoch of this one
    leads: bool = False  # another arm may go on from the best epoch of this one
    patience: Patience = field(default_factory=Patience)

    @property
    def earlier(self) -> tuple[RateStage, ...]:
        """The rates that the arm's training begins with: those of the arm before, up to its best epoch."""
        if self.after is None:
            return ()
        trained = sum(stage.epochs for stage in self.after.earlier)
        last = RateStage(rate=self.after.value, epochs=self.after.run.best_epoch - trained)
        return (*self.after.earlier, *([last] if last.epochs else []))


@dataclass(frozen=True, slots=True)
class Round:
    """What is trained next, side by side; without tries the search is over."""

    tries: tuple[Try, ...] = ()
    notes: tuple[str, ...] = ()  # what the user should know of the choice


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """What a strategy may look at."""

    knob: Knob
    own: Run  # the user's own, trained as planned; it is not paid from the budget
    planned: int  # epochs of it
    fingerprint: str = ""  # of the task
    budget: int | None = None  # epochs that all arms together may train; None: no cap
    spent: int = 0  # epochs trained for the search, those of failed arms included
    rounds: int = 0  # asked for before
    trials: tuple[Trial, ...] = ()  # arms that ended with a number, in the order tried

    @property
    def left(self) -> int | None:
        """Epochs that the budget has left; None: no cap."""
        return None if self.budget is None else self.budget - self.spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The most that a strategy does."""

    arms: int
    at_once: int  # arms trained side by side, where there are as many workers
    epochs: int | None = None  # of all arms together; None: each as long as planned


class Strategy(Protocol):
    """Chooses the values that are tried."""

    def most(self, knob: Knob, planned: int) -> Most:
        """What it does at most, for the cost that is told in advance.

        Args:
            knob: what is turned.
            planned: epochs of the user's own run.
        """
        ...

    def ahead(self, so_far: SoFar) -> Round:
        """What to train next.

        Raises:
            SettingsError: the budget is too small for any answer.
        """
        ...
