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


class Silent:
    """Hears everything and says nothing."""

    def stage(self, what: str) -> None:
        """Say nothing."""

    def epoch(self, done: int, planned: int, measured: Epoch) -> None:
        """Say nothing."""

    def run(self, what: str, run: Run) -> None:
        """Say nothing."""
