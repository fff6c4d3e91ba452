# SPDX-License-Identifier: Apache-2.0
"""GF102 standing gap: validation lies far above training, and does not rise."""

from types import MappingProxyType

from goodfit.measures import gap, rise_after_minimum, validation_gain
from goodfit.rules._example import example, falling, turning
from goodfit.rules._needs import TRAIN_LOSS, VAL_LOSS
from goodfit.rules._rule import Rule, Step, against
from goodfit.rules._shared import NO_RISE
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

GAP = Threshold(
    name="gap",
    value=0.5,
    unit="share",
    because="a convention of ours: validation loss is then double the training loss; some gap is to be expected of"
    " every network that fits its training set",
)
NO_GAIN = Threshold(
    name="validation-gain",
    value=0.05,
    unit="share",
    direction=Direction.BELOW,
    because="a twentieth of what training gained is within reach of the luck of one first evaluation; a network that"
    " learns anything general gains far more",
)


class StandingGap(Rule):
    """Training is far better than validation, and validation stays at its best."""

    code = "GF102"
    name = "standing-gap"
    summary = "Validation lies far above training, but has hardly risen from its minimum."
    definition = (
        "gap = (validation - training) / |validation| at the end of the run >= 0.5, and validation's rise after"
        " its minimum <= 5 %. A warning when validation gained <= 5 % of what training gained."
    )
    why = (
        "The network remembers its training examples, and so far that has not made it worse on new ones. A gap at"
        " the best checkpoint is normal and is no target in itself: a regularised network can have the same gap"
        " and a better validation loss."
    )
    limits = (
        "A shift between the training and the validation data opens a gap from the first epoch on.",
        "Losses that are summed, weighted or sampled differently on the two sides cannot be compared.",
        "A penalty counted in the training loss only, or dropout during its measurement, hides the gap.",
        "A log whose first evaluation came after much training shows no gain of validation either.",
        "Only a loss has a level at which 'double' means anything: metrics are not judged.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS)
    thresholds = (GAP, NO_RISE)
    sources = (
        Source(
            key="zhang2017understanding",
            place="section 2",
            says="Networks reach zero training error even on random labels, so a low training loss alone says"
            " little about new data.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="awsdebugger",
            place="built-in rule Overfit",
            says="There, a mean validation loss more than 0.1 of the mean training loss above it counts as overfitting;"
            " here a gap alone does not.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF101", by="rise-after-minimum: overfitting has risen by 5 % or more"),
        LookAlike(code="GF105", by="gap-opening: a standing gap opens as training goes on"),
        LookAlike(code="GF106", by="validation-left: there validation falls to nothing too"),
        LookAlike(code="GF407", by="ratio-drift: on unlike scales the ratio never moved"),
        LookAlike(code="GF202", by="late-change of validation: still falling means the run was cut short"),
    )
    remedies = ("raise-dropout", "weight-decay", "more-data")
    settled_by = ("train-in-eval-mode", "split-classifier", "half-data")
    since = "0.1"

    severity = Severity.NOTE
    steps = (
        Step(
            severity=Severity.WARNING,
            threshold=NO_GAIN,
            message="{val} gained next to nothing over its first value ({gain} of what training gained), while training"
            " fell far: validation never learnt what training did. That points at the data sooner than at the size"
            " or the regularisation of the network.{measured_as}",
            advice="Check the data before the network: the labels and the preprocessing of validation, how the two"
            " splits were drawn, and whether an ID or a copy gives the training examples away. If the network was good"
            " already at the first evaluation, log one before training.",
        ),
    )
    present_message = (
        "{val} lies far above training (the gap is {gap} of it), yet ends within {rise} of its best.{stray} A gap"
        " at the best checkpoint is normal.{measured_as}"
    )
    absent_messages = MappingProxyType(
        {
            "gap": "The gap between training and validation is {gap} of the validation loss, short of half.",
            "rise-after-minimum": "Validation does not stand still: it has risen by {rise} from its best.",
        }
    )
    open_message = (
        "The gap is {gap} of the validation loss, and validation ends {rise} above its best; with this noise"
        " that does not settle whether a gap stands."
    )
    advice = "Nothing must change; if you want a better validation loss, try a regulariser and let it prove itself."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the final gap and the rise of validation against their thresholds."""
        val = history.val
        rise = rise_after_minimum(val) if val else None
        return (against(gap(history), GAP), against(rise, NO_RISE))

    def grade(self, history: History) -> tuple[Evidence, ...]:
        """Hold what validation gained against what training gained: a gap beside no gain is not normal."""
        return (against(validation_gain(history), NO_GAIN),)

    @staticmethod
    def present() -> History:
        """Training falls to nothing, validation stays flat at its best."""
        return example(falling(2.3, 0.02, 6), falling(2.3, 0.8, 4))

    @staticmethod
    def absent() -> History:
        """The same gap, with a validation that rises."""
        return example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))
