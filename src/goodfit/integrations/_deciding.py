# SPDX-License-Identifier: Apache-2.0
"""The verdict at one evaluation: made once, on the first process, and carried out on all."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from goodfit.integrations._allowance import Allowance
from goodfit.integrations._best import Best
from goodfit.integrations._moves import Controller, Move, Seen
from goodfit.rules import Change, Live
from goodfit.values import Diagnosis, Goal, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What every process does after an evaluation."""

    point: Mapping[str, float]  # what was measured, by curve
    best: float | None = None  # the validation value, when it is the best so far
    changes: tuple[Change, ...] = ()
    findings: tuple[Diagnosis, ...] = ()
    move: Move | None = None


class Decider:
    """Judges what was logged since the last move, and asks the controller.

    Args:
        controller: what is done about findings.
        allowance: how often all rules are asked.
    """

    def __init__(self, controller: Controller, allowance: Allowance) -> None:
        self.controller, self.allowance = controller, allowance
        self.live = Live()
        self._since: float | None = None  # x after which the present rate was in force
        self._behind = False  # evaluations came that the rules were not asked about

    def look(self, history: History, point: Mapping[str, float] | None = None) -> Decision:
        """What the rules say now, without a move; between two verdicts that are earned, only what costs nothing."""
        asked = self.allowance.affords()
        with self.allowance.spending() if asked else nullcontext():
            changes = self.live.update(_after(history, self._since), ask=asked)
        self.allowance.left_out += not asked
        self._behind = not asked
        return Decision(point=point or {}, changes=changes, findings=self.live.findings)

    def catch_up(self, history: History) -> Decision | None:
        """The verdict at a training's end; None where its last evaluation was judged."""
        if not self._behind:
            return None
        self._behind = False
        changes = self.live.finish(_after(history, self._since))
        return Decision(point={}, changes=changes, findings=self.live.findings)

    def decide(
        self, history: History, point: Mapping[str, float], best: Best, rate: float | None
    ) -> Decision:
        """Judge an evaluation.

        Args:
            history: everything, with this evaluation.
            point: what this evaluation measured.
            best: the best before it.
            rate: drop probability that was set; None before the first move.
        """
        seen, val = self.look(history, point), history.val
        value = val.values[-1] if val is not None and val.x[-1] == _last(history) else None
        is_best = value is not None and best.beats(value, val.goal if val is not None else Goal.MINIMIZE)
        move = self.controller.move(Seen(history=history, findings=seen.findings, is_best=is_best, rate=rate))
        if move is not None and move.rate is not None:
            self.live, self._since = Live(), _last(history)
            seen = replace(seen, findings=())  # what comes now is another course
        return replace(seen, best=value if is_best else None, move=move)

    def state_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "live": self.live.state_dict(),
            "since": self._since,
            "controller": self.controller.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.live.load_state_dict(state["live"])
        self._since = state["since"]
        self.controller.load_state_dict(state["controller"])


def _last(history: History) -> float:
    return max(curve.x[-1] for curve in history.curves.values() if len(curve))


def _after(history: History, x: float | None) -> History:
    """What was logged after x."""
    if x is None:
        return history
    curves = {}
    for name, curve in history.curves.items():
        first = next((place for place, at in enumerate(curve.x) if at > x), len(curve))
        if first < len(curve):
            curves[name] = replace(curve, values=curve.values[first:], x=curve.x[first:])
    return replace(history, curves=curves)
