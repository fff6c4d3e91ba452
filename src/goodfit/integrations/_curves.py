# SPDX-License-Identifier: Apache-2.0
"""Numbers as trainings log them become the points of a History.

    understood({"train/loss": 0.4, "val/acc": 0.9, "lr": 0.1}) -> train_loss 0.4, val_accuracy 0.9

A log of every step is no curve to judge: training numbers since the last evaluation are averaged into one point at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

from goodfit.readers._names import parse_name
from goodfit.readers._synonyms import goal_of
from goodfit.values import Axis, Curve, Goal, History, MeasuredAs, Split

EVAL_MODE_LOSS = "train_loss_eval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a curve holds."""

    split: Split
    metric: str
    rank: int = 0  # of several names for one curve the lowest counts

    @property
    def name(self) -> str:
        """The curve's name in a History."""
        return f"{'train' if self.split is Split.TRAIN else 'val'}_{self.metric}"


@lru_cache(maxsize=1024)
def kind_of(key: str, bare: Split = Split.TRAIN) -> Kind | None:
    """What a logged name means; None when it is neither a loss nor a metric whose direction is known."""
    name = parse_name(key)
    if name is None or not name.metric or goal_of(name.metric) is None:
        return None
    split = name.split or bare
    if split is Split.TEST:
        return None
    metric = f"{name.group}_{name.metric}" if name.group and split is Split.VALIDATION else name.metric
    if split is Split.TRAIN and name.eval_mode:
        metric = f"{metric}_eval"
    return Kind(split=split, metric=metric, rank=name.rank)


def understood(values: Mapping[str, Any], bare: Split = Split.TRAIN) -> dict[str, float]:
    """The numbers by curve; what is none, or names no loss and no metric, is left out."""
    found: dict[str, tuple[int, float]] = {}
    for key, value in values.items():
        kind, number = kind_of(key, bare), _number(value)
        if kind is None or number is None:
            continue
        if kind.name not in found or kind.rank < found[kind.name][0]:
            found[kind.name] = (kind.rank, number)
    return {name: number for name, (_, number) in found.items()}


def _number(value: Any) -> float | None:
    """A number, or a tensor or array of one; None for anything else."""
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def is_validation(curve: str) -> bool:
    """Whether a curve of this name was measured on validation data."""
    return curve.startswith("val_")


class Curves:
    """The points of a training so far.

    Args:
        axis: what x counts.
        logged_as: how the training numbers came about.
    """

    def __init__(self, axis: Axis, logged_as: MeasuredAs = MeasuredAs.EPOCH_MEAN) -> None:
        self.axis, self._logged_as = axis, logged_as
        self.points: dict[str, tuple[list[float], list[float]]] = {}  # by curve: x, values
        self.at: float | None = None  # x of the last evaluation
        self.notes: list[str] = []
        self._waiting: dict[str, list[float]] = {}  # training numbers since the last evaluation
        self._logged: dict[str, list[float]] = {}  # their x, until a first evaluation comes

    def wait(self, numbers: Mapping[str, float], x: float) -> None:
        """Keep training numbers for the next evaluation; those of the last one's own x belong to that."""
        if x == self.at:
            self.add(numbers, x)
            return
        for name, number in numbers.items():
            self._waiting.setdefault(name, []).append(number)
            if self.at is None:
                self._logged.setdefault(name, []).append(x)

    def waiting(self) -> dict[str, float]:
        """The means of what waits."""
        return {name: sum(numbers) / len(numbers) for name, numbers in self._waiting.items()}

    def add(self, numbers: Mapping[str, float], x: float) -> None:
        """Add the points of an evaluation; a curve that has one at `x` keeps it."""
        if x != self.at:
            self._waiting.clear()
            self._logged.clear()
        self.at = x
        for name, number in numbers.items():
            places, values = self.points.setdefault(name, ([], []))
            if not places or places[-1] < x:
                places.append(x)
                values.append(number)

    @property
    def broken(self) -> bool:
        """Whether a training number that waits is NaN or infinite."""
        return any(numbers and not isfinite(numbers[-1]) for numbers in self._waiting.values())

    def history(self, source: str) -> History:
        """All points as a value; before a first evaluation the training numbers as they were logged."""
        points = dict(self.points)
        for name, x in self._logged.items():
            kept = dict(zip(x, self._waiting[name], strict=True))
            points.setdefault(name, (list(kept), list(kept.values())))
        curves = {name: self._curve(name, x, values) for name, (x, values) in sorted(points.items())}
        return History(curves=curves, source=source, warnings=tuple(self.notes))

    def _curve(self, name: str, x: list[float], values: list[float]) -> Curve:
        side, _, metric = name.partition("_")
        eval_mode = metric.endswith("_eval")
        metric = metric.removesuffix("_eval")
        validation = side == "val"
        return Curve(
            values=tuple(values),
            x=tuple(x),
            axis=self.axis,
            split=Split.VALIDATION if validation else Split.TRAIN,
            metric=metric,
            goal=goal_of(metric) or Goal.MINIMIZE,
            measured_as=MeasuredAs.EVAL_MODE if validation or eval_mode else self._logged_as,
        )

    def state_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "points": {name: [list(x), list(values)] for name, (x, values) in self.points.items()},
            "at": self.at,
            "notes": list(self.notes),
            "waiting": {name: list(numbers) for name, numbers in self._waiting.items()},
            "logged": {name: list(x) for name, x in self._logged.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        self.points = {name: (list(x), list(values)) for name, (x, values) in state["points"].items()}
        self.at, self.notes = state["at"], list(state["notes"])
        self._waiting = {name: list(numbers) for name, numbers in state["waiting"].items()}
        self._logged = {name: list(x) for name, x in state["logged"].items()}
