# SPDX-License-Identifier: Apache-2.0
"""GF206 frozen metric: a metric stays the same while the loss moves."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import distance_from_best, loss_movement, metric_range
from goodfit.rules._example import example, falling
from goodfit.rules._needs import METRIC_AND_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import (
    Curve,
    Direction,
    Evidence,
    Goal,
    Grade,
    History,
    LookAlike,
    Severity,
    Source,
    Split,
    Threshold,
)

CONSTANT = Threshold(
    name="metric-range",
    value=1e-4,
    unit="share",
    direction=Direction.BELOW,
    because="one example in ten thousand: a metric that follows a network scatters by more than that from one"
    " evaluation to the next, and only rounding is left below",
)
LOSS_MOVES = Threshold(
    name="loss-movement",
    value=0.1,
    unit="share",
    because="a loss that moved by a tenth of its start comes from predictions that changed",
)
NOT_PERFECT = Threshold(
    name="distance-from-best",
    value=0.05,
    unit="share",
    because="a convention of ours: a metric within a twentieth of the best it can be has little room to move",
)


class FrozenMetric(Rule):
    """The metric says nothing about this training."""

    code = "GF206"
    name = "frozen-metric"
    summary = "A metric stayed the same through the run while the loss of the same data moved clearly."
    definition = (
        "(highest - lowest) / level of the metric <= 0.01 % over 6 evaluations or more, the metric not at the best it"
        " can be, and (highest - lowest) / start of the smoothed loss of the same split >= 10 %."
    )
    why = (
        "Either the network predicts one class for everything and only its certainty moves, or the metric is computed"
        " wrongly (argmax over the wrong axis, a wrong threshold, labels of another shape). Whatever is chosen by"
        " this metric is chosen by chance."
    )
    limits = (
        "A metric of very few examples, or one with a threshold far away, can stay the same for a while.",
        "A metric on a scale other than 0 to 1 or 0 to 100 whose best value is 1 or 100 is taken for perfect there.",
        "The loss can fall because of a penalty in it while the predictions do not change.",
    )
    needs = (METRIC_AND_LOSS,)
    thresholds = (CONSTANT, NOT_PERFECT, LOSS_MOVES)
    sources = (
        Source(
            key="guo2017calibration",
            place="section 3",
            says="Loss and classification error are different things: one can move while the other does not.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF203", by="loss-movement: in a stalled run the loss does not move either"),
        LookAlike(code="GF201", by="metric-range: in an underfitting run the metric moves with the loss"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "The {frozen} is the same at every evaluation (within {metric_range}), while the loss of the same data moved by"
        " {loss_movement} of its start."
    )
    absent_messages = MappingProxyType(
        {
            "metric-range": "The metric moves.",
            "distance-from-best": "The {frozen} is as good as it can be throughout.",
            "loss-movement": "The {frozen} is constant, and the loss hardly moves either.",
        }
    )
    open_message = "Whether the metric is constant cannot be told: it has too few points or holds NaN."
    advice = (
        "Count the classes that the network predicts on validation. If it is only one, look at the class weights and"
        " the learning rate; if not, check how the metric is computed on a batch that you work out by hand."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the metric's range and level, and the loss's movement, against their thresholds."""
        return (
            against(metric_range(history), CONSTANT),
            against(distance_from_best(history), NOT_PERFECT),
            against(loss_movement(history), LOSS_MOVES),
        )

    @staticmethod
    def present() -> History:
        """Both losses fall by a third, validation accuracy stays at 11 %."""
        return _with_accuracy(example(falling(2.3, 1.5, 6), falling(2.3, 1.55, 6)), lambda _: 0.1135)

    @staticmethod
    def absent() -> History:
        """The same losses, with an accuracy that follows them."""
        return _with_accuracy(example(falling(2.3, 1.5, 6), falling(2.3, 1.55, 6)), falling(0.11, 0.45, 6))


def _with_accuracy(history: History, course: Callable[[float], float]) -> History:
    x = next(iter(history.curves.values())).x
    accuracy = Curve.of(
        [course(epoch) for epoch in range(len(x))],
        x=x,
        split=Split.VALIDATION,
        metric="accuracy",
        goal=Goal.MAXIMIZE,
    )
    return replace(history, curves={**history.curves, "val_accuracy": accuracy})
