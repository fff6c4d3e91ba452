# SPDX-License-Identifier: Apache-2.0
"""GF302 oscillating: both losses swing from evaluation to evaluation far beyond noise."""

from math import sin
from types import MappingProxyType

from goodfit.measures import swing, swings_together
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN, VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

TRAIN_SWINGS = Threshold(
    name="training-swing",
    value=0.07,
    unit="share",
    because="a convention of ours: clearly more than the scatter of a noisy but sound training loss (5 % of its level);"
    " that validation must swing along protects the rest",
)
VAL_SWINGS = Threshold(
    name="validation-swing",
    value=0.05,
    unit="share",
    because="half of what training must show: the same swing is a smaller share of the higher validation loss",
)
TOGETHER = Threshold(
    name="swings-together",
    value=0.3,
    unit="correlation",
    because="the noise of two samples is not correlated; swings of the weights move both losses",
)


class Oscillating(Rule):
    """The learning rate is at the edge of stability."""

    code = "GF302"
    name = "oscillating"
    summary = "Training and validation swing together from evaluation to evaluation, far beyond noise."
    definition = (
        "After the first third of the run: sd from evaluation to evaluation / level >= 7 % for training and >= 5 % for"
        " validation, and the rank correlation of the two (at most one evaluation apart) >= 0.3."
    )
    why = (
        "The steps are as long as the valley is wide: the loss bounces from wall to wall, the last checkpoint is a"
        " matter of luck, and a smaller learning rate, or one that decays, mostly ends lower."
    )
    limits = (
        "Swings over many evaluations (a cyclic learning rate) are not seen, or left open.",
        "Training and validation evaluated on the same few examples swing together without any fault of the steps.",
        "Gradient descent at the edge of stability can swing and still make progress.",
        "Learning rates are not read from logs, so a schedule that swings by plan cannot be told from one that does not.",
    )
    needs = (TRAIN, VAL)
    thresholds = (TRAIN_SWINGS, VAL_SWINGS, TOGETHER)
    sources = (
        Source(
            key="cohen2021gradient",
            place="abstract",
            says="Full-batch gradient descent works at the edge of stability: the loss is not monotone over short"
            " times, yet falls over long ones.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="bengio2012practical",
            place="on the learning rate",
            says="The best learning rate is usually within a factor of two of the largest one at which the training"
            " criterion does not diverge.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF401", by="training-swing: noise of the validation sample leaves training smooth"),
        LookAlike(code="GF303", by="training-swing, from medians: a few spikes do not move it"),
        LookAlike(
            code="GF301", by="training-swing: a divergence leaves for good and swings little around its way"
        ),
    )
    remedies = ("lower-learning-rate",)
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "Training and validation swing together (correlation {swing_together}) from one evaluation to the next, by"
        " {swing_train} and {swing_val} of their level."
    )
    absent_messages = MappingProxyType(
        {
            "training-swing": "{train} scatters by {swing_train} of its level from one evaluation to the next.",
            "validation-swing": "Only training scatters, by {swing_train} of its level; validation is smooth. That is"
            " the noise of its batches.",
            "swings-together": "Training and validation scatter, but not together (correlation {swing_together}): that"
            " is noise of the samples.",
        }
    )
    open_message = "Whether the scatter of {train} ({swing_train} of its level) is a swing cannot be told."
    advice = (
        "Lower the learning rate by a factor of three, or let it decay, and look whether the swings go away."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the swings of both curves and their correlation against their thresholds."""
        return (
            against(swing(history.train, "training-swing"), TRAIN_SWINGS),
            against(swing(history.val, "validation-swing"), VAL_SWINGS),
            against(swings_together(history), TOGETHER),
        )

    @staticmethod
    def present() -> History:
        """Both losses bounce by a third of their level."""

        def bounce(t: float) -> float:
            return 0.4 * sin(2.1 * t) * (t > 1)

        low, high = falling(2.3, 0.8, 4), falling(2.25, 0.9, 4)
        return example(lambda t: low(t) * (1 + bounce(t)), lambda t: high(t) * (1 + bounce(t)), epochs=80)

    @staticmethod
    def absent() -> History:
        """Validation scatters by 8 %, training is smooth."""
        return example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4), noise=0.08, epochs=80)
