# SPDX-License-Identifier: Apache-2.0
"""One training as it was logged: curves, the facts around them, and where they came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from operator import le

from goodfit._core.mapping import FrozenMapping
from goodfit._core.showing import Shown


class Axis(StrEnum):
    """The unit of a curve's x values."""

    EPOCH = "epoch"
    STEP = "step"


class Split(StrEnum):
    """The part of the data a number was measured on; "test" is never a validation split."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Goal(StrEnum):
    """Whether lower or higher is better."""

    MINIMIZE = "minimize"
    MAXIMIZE = "maximize"


class MeasuredAs(StrEnum):
    """How a logged number came about: the classic artefact is a field, so that a rule can see it."""

    EPOCH_MEAN = "mean over the epoch, in train mode"
    LAST_BATCH = "last batch, in train mode"
    SMOOTHED = "running mean"
    EVAL_MODE = "evaluation mode"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One logged series; a missing point is left out, a point logged as NaN stays NaN.

    Raises:
        ValueError: `values` and `x` differ in length, or `x` does not increase.
    """

    values: tuple[float, ...]  # as logged, in the metric's own unit; may hold NaN and infinities
    x: tuple[float, ...]  # strictly increasing, same length, in units of `axis`
    axis: Axis = Axis.EPOCH
    split: Split
    metric: str  # "loss", "accuracy", ... without the split's prefix
    goal: Goal = Goal.MINIMIZE
    measured_as: MeasuredAs = MeasuredAs.UNKNOWN

    def __post_init__(self) -> None:
        if len(self.values) != len(self.x):
            raise ValueError(f"a curve of {len(self.values)} values has {len(self.x)} x values")
        if any(map(le, self.x[1:], self.x)):
            raise ValueError("the x values of a curve must increase")
        if None in self.values:
            raise ValueError("a missing point is left out of a curve; use Curve.of")

    @classmethod
    def of(  # noqa: PLR0913 - a curve has that many facts, all but one by keyword
        cls,
        values: Iterable[float | None],
        *,
        split: Split,
        metric: str = "loss",
        x: Iterable[float] | None = None,
        axis: Axis = Axis.EPOCH,
        goal: Goal = Goal.MINIMIZE,
        measured_as: MeasuredAs = MeasuredAs.UNKNOWN,
    ) -> "Curve":
        """Build a curve from plain values, counting epochs from 0 and leaving missing (None) points out."""
        listed = list(values)
        places = [float(place) for place in x] if x is not None else [float(i) for i in range(len(listed))]
        kept = [(place, value) for place, value in zip(places, listed, strict=True) if value is not None]
        return cls(
            values=tuple(float(value) for _, value in kept),
            x=tuple(place for place, _ in kept),
            axis=axis,
            split=split,
            metric=metric,
            goal=goal,
            measured_as=measured_as,
        )

    def __len__(self) -> int:
        return len(self.values)

    def __hash__(self) -> int:
        # A few values tell curves apart well enough: measures are looked up by curve some hundred times a run.
        return hash((len(self.values), self.values[:2], self.values[-2:]))

    @property
    def finite(self) -> bool:
        """Whether every value is a finite number."""
        return all(map(isfinite, self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """Facts about a run that are not curves; None means "not known", never zero."""

    train_size: int | None = None  # examples
    validation_size: int | None = None  # examples
    test_size: int | None = None  # examples
    classes: int | None = None
    chance_level: float | None = None  # loss of the best constant prediction, in the loss's own unit
    batch_size: int | None = None  # examples
    parameters: int | None = None  # trainable numbers in the model
    learning_rate: float | None = None  # at the start
    weight_decay: float | None = None
    optimizer: str | None = None  # class name, as torch spells it
    dropout_rates: tuple[float, ...] | None = None  # drop probabilities, front to back; () means none
    regularisers: tuple[str, ...] | None = None  # "dropout", "weight decay", "batch norm", ...
    epochs_planned: int | None = None
    finished: bool | None = None  # reached the planned end


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Shown):
    """One training: its curves by name, the facts around them, its source and what was doubtful.

    The names that rules look for are `train_loss`, `train_loss_eval` (measured in evaluation mode),
    `val_loss`, and `train_<metric>` / `val_<metric>`.
    """

    curves: Mapping[str, Curve]
    context: RunContext = field(default_factory=RunContext)
    source: str | None = None  # file or program the curves came from
    warnings: tuple[str, ...] = ()  # what was repaired or is doubtful, as sentences

    def __post_init__(self) -> None:
        object.__setattr__(self, "curves", FrozenMapping(self.curves))

    @property
    def train(self) -> Curve | None:
        """The training curve to judge by: the loss in evaluation mode, else as logged, else the metric's."""
        for name in ("train_loss_eval", "train_loss"):
            if name in self.curves:
                return self.curves[name]
        judged = self.val
        return self._first(Split.TRAIN, judged.metric if judged else None)

    @property
    def val(self) -> Curve | None:
        """The validation curve to judge by: the loss, else the first metric logged on validation."""
        return self.curves.get("val_loss") or self._first(Split.VALIDATION, None)

    @property
    def val_metric(self) -> Curve | None:
        """The first validation curve that is not a loss."""
        found = (c for c in self.curves.values() if c.split is Split.VALIDATION and c.metric != "loss")
        return next(found, None)

    def _first(self, split: Split, metric: str | None) -> Curve | None:
        curves = (c for c in self.curves.values() if c.split is split and c.metric != "grad_norm")
        return next((c for c in curves if metric is None or c.metric == metric), None)
