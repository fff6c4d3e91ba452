# SPDX-License-Identifier: Apache-2.0
"""Boosted trees are diagnosed as they grow, and nothing is done about it: their libraries keep the best iteration.

Needs no torch. A round is a step; the first measure of a set is what is minimised, and stands for the loss.
"""

from collections.abc import Mapping, Sequence

from goodfit.integrations._curves import Curves
from goodfit.integrations._telling import Teller
from goodfit.integrations.trackers import active_trackers
from goodfit.readers._synonyms import goal_of
from goodfit.rules import Live, diagnose
from goodfit.values import Axis, Diagnosis, Goal, History, MeasuredAs

Results = Mapping[
    str, Sequence[tuple[str, float]]
]  # by data set: measures in their order, with the value of this round


class Boosting:
    """The curves of a boosting, and what is wrong with them.

    Args:
        train: name of the training set among those that are measured.
        validation: name of the validation set; None: the last of the others.
    """

    def __init__(self, train: str, validation: str | None) -> None:
        self._train, self._validation = train, validation
        self._live, self._teller = Live(), Teller(active_trackers)
        self.curves = Curves(Axis.STEP, MeasuredAs.EVAL_MODE)  # trees answer the same at any time

    @property
    def history(self) -> History:
        """All that was measured so far."""
        return self.curves.history("a watched boosting")

    @property
    def findings(self) -> tuple[Diagnosis, ...]:
        """What stands now."""
        return self._live.findings

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What all rules say of the history so far."""
        return diagnose(self.history)

    def round(self, number: int, results: Results) -> None:
        """Take the measures after `number` trees, and judge."""
        others = [name for name in results if name != self._train]
        sets = {"train": self._train, "val": self._validation or (others[-1] if others else "")}
        point = {
            f"{side}_{'loss' if place == 0 and goal_of(measure) is not Goal.MAXIMIZE else measure}": value
            for side, name in sets.items()
            for place, (measure, value) in enumerate(results.get(name, ()))
        }
        if not point:
            return
        self.curves.add(point, number)
        changes = self._live.update(self.history)
        self._teller.changes(changes, Axis.STEP, [f.name for f in self.findings if f.severity != "note"])
