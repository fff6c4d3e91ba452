# SPDX-License-Identifier: Apache-2.0
"""GF105 gap from the start: validation never was where training is, and follows it at a distance."""

from types import MappingProxyType

from goodfit.measures import gap
from goodfit.measures.starts import gap_at_start, gap_closing
from goodfit.rules._example import example, falling
from goodfit.rules._needs import TRAIN_LOSS, VAL_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

GAP = Threshold(
    name="gap",
    value=0.25,
    unit="share",
    because="a convention of ours: validation is then a third above training; less is an ordinary distance",
)
AT_START = Threshold(
    name="gap-at-start",
    value=0.2,
    unit="share",
    because="most of the distance that counts at the end: what was there before anything was remembered did not come from"
    " memory",
)
CLOSING = Threshold(
    name="gap-closing",
    value=0.5,
    unit="share",
    direction=Direction.BELOW,
    because="a convention of ours: a gap that has shrunk to half follows the scale of the losses and is no distance"
    " between the data",
)


class GapFromTheStart(Rule):
    """The gap was there before anything was remembered."""

    code = "GF105"
    name = "gap-from-the-start"
    summary = "The gap between the losses is there at the first evaluations already, and stays."
    definition = (
        "(validation - training) / validation >= 25 % at the end and >= 20 % at the first evaluations (at the first, over the"
        " first three, and where both curves came from one evaluation earlier), and the gap is not narrower than half at"
        " the end."
    )
    why = (
        "A network that has seen its examples once or twice has not remembered them. A gap that early comes from the"
        " data: another time, place, device or preparation on one side, or an unlucky split. No regulariser closes it."
    )
    limits = (
        "A log that begins after much training, or epochs of very many steps, hides how the gap opened.",
        "Losses that are computed differently on the two sides look the same.",
        "A small validation set can be harder by chance.",
        "Augmentation or dropout in the training loss moves the gap at all epochs.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS)
    thresholds = (GAP, AT_START, CLOSING)
    sources = (
        Source(
            key="rabanser2019failing",
            place="abstract and section 3",
            says="Shifts between two sets of data can be detected by two-sample tests, a classifier that tells the"
            " sets apart among them.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF102", by="gap-at-start: a standing gap opens as training goes on"),
        LookAlike(
            code="GF101", by="gap-at-start: overfitting alone opens from no gap; both can be true of one run"
        ),
        LookAlike(code="GF407", by="gap-closing: on unlike scales the gap shrinks with the losses"),
    )
    remedies = ()
    settled_by = ("initial-loss", "split-classifier")
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "{val} lies above training by {gap} of it at the end, and by {gap_at_start} at the first evaluations already. That"
        " is a difference of the data or of their preparation, sooner than memory of the training examples.{measured_as}"
    )
    absent_messages = MappingProxyType(
        {
            "gap": "The gap is {gap} of the validation loss, short of a quarter.",
            "gap-at-start": "At the first evaluations the gap was {gap_at_start}: it opened as training went on.",
            "gap-closing": "The gap of the start has shrunk by {closing}.",
        }
    )
    open_message = (
        "The gap is {gap} of the validation loss, and {gap_at_start} at the first evaluations; its noise, or the steep"
        " first points, leave open whether it was there from the start."
    )
    advice = (
        "Compare the two sets of data before the network: their source, time and preparation. Draw the split anew at"
        " random; if the gap goes, the split was the cause."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the gap at the end, at the start, and its closing against their thresholds."""
        return (
            against(gap(history), GAP),
            against(gap_at_start(history), AT_START),
            against(gap_closing(history), CLOSING),
        )

    @staticmethod
    def present() -> History:
        """Validation starts one unit higher and stays one unit higher."""
        return example(falling(2.3, 0.6, 6), falling(3.3, 1.6, 6))

    @staticmethod
    def absent() -> History:
        """The same gap at the end, from a common start."""
        return example(falling(2.3, 0.6, 6), falling(2.3, 1.6, 6))
