# SPDX-License-Identifier: Apache-2.0
"""Who is told how an experiment goes on; it may print, it may not interfere."""

from typing import Protocol

from goodfit.training import Epoch
from goodfit.values import Run


class Listener(Protocol):
    """What can be heard while `fix` works."""

    def stage(self, what: str) -> None:
        """A new part of the story begins."""
        ...

    def epoch(self, done: int, planned: int, measured: Epoch) -> None:
        """The user's own run has finished an epoch."""
        ...

    def run(self, what: str, run: Run) -> None:
        """A training of the search or of the proof is there, fresh or from the store."""
        ...

    def progress(self, done: int, of: int, left: float | None) -> None:
        """So many trainings of at most so many are there; `left` is in seconds, None while nothing can be said."""
        ...

    def note(self, what: str) -> None:
        """Something to know before the trainings begin."""
        ...


class Silent:
    """Hears everything and says nothing."""

    def stage(self, what: str) -> None:
        """Say nothing."""

    def epoch(self, done: int, planned: int, measured: Epoch) -> None:
        """Say nothing."""

    def run(self, what: str, run: Run) -> None:
        """Say nothing."""

    def progress(self, done: int, of: int, left: float | None) -> None:
        """Say nothing."""

    def note(self, what: str) -> None:
        """Say nothing."""


class Tally:
    """Counts the trainings of an experiment, and reckons the time left from those that are there.

    Args:
        hear: who is told.
        of: how many trainings there will be at most.
        workers: how many are carried out side by side.
    """

    def __init__(self, hear: Listener, of: int, workers: int) -> None:
        self.hear, self.of, self.workers = hear, of, max(workers, 1)
        self.done = 0
        self._seconds: list[float] = []

    def run(self, what: str, run: Run) -> None:
        """Tell of a training that is there, and how far that is."""
        self.hear.run(what, run)
        self.ended(run)

    def ended(self, run: Run | None) -> None:
        """Count a training; None: one that failed."""
        self.done += 1
        if run is not None:
            self._seconds.append(run.seconds)
        self.hear.progress(self.done, self.of, self.left)

    def expect(self, more: int) -> None:
        """From now on it is known how many trainings are still to come."""
        self.of = self.done + more

    @property
    def left(self) -> float | None:
        """Seconds, as if all to come took as long as those that are there, found ones by what they once took."""
        if not self._seconds:
            return None
        return (
            sum(self._seconds)
            / len(self._seconds)
            * (self.of - self.done)
            / min(self.workers, max(self.of - self.done, 1))
        )
