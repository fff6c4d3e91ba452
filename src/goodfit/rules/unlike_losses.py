# SPDX-License-Identifier: Apache-2.0
"""GF407 unlike losses: the two losses are not on the same scale."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures.comparison import fall_of_both, loss_ratio, ratio_drift
from goodfit.measures.starts import training_over_validation
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN_LOSS, VAL_LOSS
from goodfit.rules._rule import Rule, Step, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

RATIO = Threshold(
    name="loss-ratio",
    value=3.0,
    unit="times",
    because="a convention of ours: class weights and masks easily change a loss by a factor of two; a shift of the data"
    " does as well",
)
DRIFT = Threshold(
    name="ratio-drift",
    value=0.2,
    unit="share",
    direction=Direction.BELOW,
    because="a convention of ours: a ratio that comes from training opens from 1, so all of it drifts; a scale does not"
    " move, and a fifth allows for an ordinary gap beside it",
)
ABOVE = Threshold(
    name="training-over-validation",
    value=3.0,
    unit="times",
    because="as for the ratio; dropout, augmentation and label smoothing lift a first training loss by less, since both"
    " losses begin near the same chance level",
)
FALL = Threshold(
    name="fall-of-both",
    value=0.5,
    unit="share",
    because="only where both losses were at least halved does a constant ratio say anything",
)
_ABOVE_TEXT = (
    "The training loss is {training_over} times the validation loss at the first evaluations, where both should be near"
    " one chance level: they are not on one scale (a sum against a mean, say), and no gap between them can be judged."
)


def _far(threshold: Threshold) -> Threshold:
    """The same measurement at ten times."""
    because = "a convention of ours: no shift of the data makes a tenfold loss at each epoch alike"
    return replace(threshold, value=10.0, because=because)


class UnlikeLosses(Rule):
    """A factor lies between the two losses from the first epoch to the last."""

    code = "GF407"
    name = "unlike-losses"
    summary = "A factor of 3 or more lies between the losses from the start, where nothing but their scale can put it."
    definition = (
        "Training above validation at the first evaluations: training / validation there >= 3 (the logged one). Else:"
        " exp(|mean of log(validation / training)|) over the later half >= 3, log ratio at the start within a fifth of"
        " that mean, and both losses at least halved. An error from a factor of 10 on."
    )
    why = (
        "Sum against mean, class weights on one side, padding tokens counted or not: then the two numbers have no"
        " common unit, and no gap between them means anything."
    )
    limits = (
        "A penalty or a sum of several losses on one side adds a constant instead of a factor.",
        "A shift of the data can act as a factor too; evaluate both sets with one function.",
        "Losses that change their sign are not judged.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS)
    thresholds = (ABOVE, RATIO, DRIFT, FALL)
    sources = (
        Source(
            key="torchcrossentropy",
            place="parameters reduction and weight",
            says="One loss function returns the mean, a weighted mean or the sum over the examples, depending on a"
            " setting.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF102", by="ratio-drift: a standing gap grows from a ratio of 1"),
        LookAlike(code="GF105", by="gap-closing: under a shift the gap stays while the losses fall"),
        LookAlike(
            code="GF104", by="training-over-validation: dropout and augmentation lift training by less"
        ),
    )
    remedies = ()
    settled_by = ("initial-loss",)
    since = "0.1"

    severity = Severity.WARNING
    steps = (
        Step(severity=Severity.WARNING, threshold=ABOVE, message=_ABOVE_TEXT),
        Step(severity=Severity.ERROR, threshold=_far(ABOVE), message=_ABOVE_TEXT),
        Step(severity=Severity.ERROR, threshold=_far(RATIO)),
    )
    present_message = (
        "One of the two losses is {ratio} times the other, at the start as at the end (the ratio drifted by {drift} of"
        " its logarithm), while both fell by {common_fall} at least: they are not on one scale, and no gap between them"
        " can be judged."
    )
    absent_messages = MappingProxyType(
        {
            "training-over-validation": "Training begins at {training_over} times validation, a usual distance.",
            "loss-ratio": "The losses lie within a factor of {ratio}.",
            "ratio-drift": "The ratio of the losses changed during the run, by {drift} of its logarithm.",
            "fall-of-both": "The losses did not both fall far ({common_fall} at the least).",
        }
    )
    open_message = (
        "One loss is {ratio} times the other, and the ratio drifted by {drift} of its logarithm; noise or few points"
        " leave open whether that is a constant factor."
    )
    advice = (
        "Compute both losses by one function with the same reduction, weights and masks; then diagnose again."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the factor at the start against its threshold, or the ratio, its drift and the fall of both losses.

        Memory opens a gap with validation above, so only then the ratio must stay what it was.
        """
        above = training_over_validation(history)
        if above is not None and above.value > 1:
            return (against(above, ABOVE),)
        return (
            against(loss_ratio(history), RATIO),
            against(ratio_drift(history), DRIFT),
            against(fall_of_both(history), FALL),
        )

    @staticmethod
    def present() -> History:
        """Validation is summed over batches of 64, training is averaged."""
        return example(falling(2.3, 0.4, 5), lambda epoch: 64 * falling(2.3, 0.45, 5)(epoch))

    @staticmethod
    def absent() -> History:
        """Dropout lifts the training loss by a half, from the first epoch to the last."""
        return example(falling(3.4, 0.6, 5), falling(2.3, 0.4, 5))
