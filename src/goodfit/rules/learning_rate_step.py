# SPDX-License-Identifier: Apache-2.0
"""GF304 learning-rate step: training fell by a step after it had been nearly flat."""

from collections.abc import Callable
from types import MappingProxyType

from goodfit.measures import calm_curve, drop_size, drop_suddenness
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

SIZE = Threshold(
    name="step-down",
    value=0.1,
    unit="share",
    because="a tenth of the level is twice what a noise of 5 % could make of medians of five",
)
SUDDEN = Threshold(
    name="suddenness",
    value=0.5,
    unit="share",
    because="most of the fall within one evaluation: a curve that leaves a plateau by itself takes several",
)


class LearningRateStep(Rule):
    """A bend that the schedule explains."""

    code = "GF304"
    name = "learning-rate-step"
    summary = "Training fell abruptly between two evaluations after having been nearly flat."
    definition = (
        "With A, B | C the medians of three neighbouring stretches of training, or of validation where that scatters half"
        " as much (a twentieth of the run each, 5 to 15"
        " evaluations): (B - C) - |A - B| >= 10 % of B, at a place where half as much again was removed before as in the"
        " step; and half of B - C between two evaluations and the next two."
    )
    why = (
        "A lower learning rate lets training settle deeper at once. Validation often falls with it and may rise a"
        " little afterwards: that bend comes from the schedule, and the levels before and after are two different"
        " regimes."
    )
    limits = (
        (
            "Learning rates are not read from logs: the step is read off the loss alone, and a change of the batch size, of"
            " the augmentation or of the loss looks the same."
        ),
        "A learning rate that falls smoothly leaves no step.",
        "The largest step is named; others are not.",
        "Fewer than 20 evaluations settle nothing.",
    )
    needs = (TRAIN,)
    thresholds = (SIZE, SUDDEN)
    sources = (
        Source(
            key="he2016deep",
            place="section 3.4 and figure 4",
            says="The learning rate is divided by ten when the error plateaus; training and validation error fall"
            " abruptly at each of these steps.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF205", by="suddenness: the way down from a plateau takes several evaluations"),
        LookAlike(
            code="GF101", by="step-down: overfitting has no step; a small rise right after one is its echo"
        ),
        LookAlike(code="GF107", by="suddenness: a second descent takes a stretch of the run"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.NOTE
    begins = "the step down"
    present_message = (
        "{stepped} fell by {step_size} of its level at {step_place}, {suddenness} of it at once: most likely the learning"
        " rate was lowered there. A bend of validation at that place belongs to it."
    )
    absent_messages = MappingProxyType(
        {
            "step-down": "{stepped} shows no step.",
            "suddenness": "{stepped} fell faster near {step_place}, but over several evaluations.",
        }
    )
    open_message = "Whether {stepped} fell by a step cannot be told from its noise or its few points."
    advice = "Nothing must change. Compare checkpoints within the stretch after {step_place}."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the size of the largest step and its suddenness against their thresholds."""
        curve = calm_curve(history)
        if curve is None:
            return ()
        return (against(drop_size(curve), SIZE), against(drop_suddenness(curve), SUDDEN))

    @staticmethod
    def present() -> History:
        """Both losses fall by about a third between epochs 24 and 25."""
        return example(_stepped(0.5, 0.33), _stepped(0.6, 0.45))

    @staticmethod
    def absent() -> History:
        """Both fall without a step."""
        return example(falling(2.3, 0.4, 6), falling(2.3, 0.5, 6))


def _stepped(before: float, after: float) -> Callable[[float], float]:
    fall = falling(2.3, before, 4)
    return lambda epoch: fall(epoch) if round(epoch) < 24 else after  # noqa: PLR2004 - an example
