# SPDX-License-Identifier: Apache-2.0
"""GF104 validation below training: validation loss lies under training loss, where it should not."""

from types import MappingProxyType

from goodfit.measures.comparison import validation_below
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN_LOSS, VAL_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

BELOW = Threshold(
    name="validation-below-training",
    value=0.05,
    unit="share",
    because="a convention of ours: two samples of a thousand examples easily differ by some per cent by chance",
)


class ValidationBelowTraining(Rule):
    """New data seem easier than the data learned from."""

    code = "GF104"
    name = "validation-below-training"
    summary = "Validation loss lies below training loss over the later half of the run."
    definition = "1 - exp(mean of log(validation / training)) over the later half of the shared points >= 5 %, beyond its noise."
    why = (
        "No network is better on new data than on its own for a deep reason: the two were measured in different ways,"
        " or validation is easier. Until that is known, the gap says nothing about overfitting."
    )
    limits = (
        "With dropout or augmentation in training the pattern is normal and no fault.",
        "Both losses must be positive and on one axis.",
        "A gap that opens late may be hidden by it: the rule looks at the mean over half of the run.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS)
    thresholds = (BELOW,)
    sources = (
        Source(
            key="kerasfaq",
            place="Why is my training loss much higher than my testing loss?",
            says="Dropout and penalties act in training only, and the training loss shown is a mean over an epoch in"
            " which the model improved.",
            grade=Grade.PRACTICE,
        ),
        Source(
            key="srivastava2014dropout",
            place="section 1",
            says="Units are dropped while training; at test time the whole network is used.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF204", by="left-in-evaluation-mode: too much dropout also leaves much of the loss"),
        LookAlike(
            code="GF407", by="ratio-drift: on unlike scales the ratio is the same from the first epoch on"
        ),
    )
    remedies = ()
    settled_by = ("train-in-eval-mode",)
    since = "0.1"

    severity = Severity.NOTE
    present_message = (
        "{val} lies {below} below training over the later half of the run.{lag} Usual causes: dropout or augmentation"
        " while the training loss is measured, a mean over an epoch that lags behind, a penalty counted in training"
        " only, averaged weights used for validation only, or easier validation data."
    )
    absent_messages = MappingProxyType(
        {"validation-below-training": "{val} does not lie below training by 5 % or more."}
    )
    open_message = "The mean distance of {val} below training is {below}; noise or too few points leave open whether that is 5 %."
    advice = "Measure the training loss in evaluation mode, without augmentation and penalty, before you compare the two."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the distance against its threshold."""
        return (against(validation_below(history), BELOW),)

    @staticmethod
    def present() -> History:
        """Dropout lifts the training loss by a third."""
        return example(falling(2.4, 0.6, 6), falling(2.3, 0.45, 5))

    @staticmethod
    def absent() -> History:
        """Both lie close together, validation a little higher."""
        return example(falling(2.3, 0.44, 5), falling(2.3, 0.46, 5))
