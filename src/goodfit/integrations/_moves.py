# SPDX-License-Identifier: Apache-2.0
"""What is done about a verdict while a training runs: nothing, an end, or more dropout.

A Controller looks at each evaluation and gives a Move or None; one of your own goes in as `watch(controller=...)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from goodfit.values import Diagnosis, History, Severity

# Overfitting and divergence: from here on every epoch makes the model worse. Over-confidence (GF103) is not among them:
# there the answers still improve.
ENDS = ("GF101", "GF301")
GRAVE = (Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a controller sees at an evaluation."""

    history: History  # the whole of it, also what was rolled back
    findings: tuple[Diagnosis, ...]  # that stand now, of what was logged since the last move
    is_best: bool  # this evaluation is the best so far
    rate: float | None  # drop probability that was set by the last move; None before


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What to do now. Weights go back to the best ones first, in either case."""

    because: str
    rate: float | None = None  # train on with this drop probability; None: end the training


class Controller(Protocol):
    """Decides at each evaluation, on the first process; what it keeps goes into checkpoints."""

    def move(self, seen: Seen) -> Move | None:
        """What to do now; None: go on."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What it keeps, as plain data."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        ...


class Advise:
    """Changes nothing."""

    def move(self, seen: Seen) -> Move | None:
        """Go on."""
        del seen
        return None

    def state_dict(self) -> dict[str, Any]:
        """Nothing is kept."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing is kept."""


class Stop(Advise):
    """Ends the training when overfitting or divergence stands as a warning."""

    def move(self, seen: Seen) -> Move | None:
        """End it, and say which finding did."""
        grave = reason(seen.findings)
        return Move(because=grave.message) if grave is not None else None


def reason(findings: Sequence[Diagnosis]) -> Diagnosis | None:
    """The finding that speaks for a move, if one stands."""
    return next((each for each in findings if each.code in ENDS and each.severity in GRAVE), None)
