# SPDX-License-Identifier: Apache-2.0
"""GF106 suspected leakage: training and validation are both fitted, and test is not."""

from types import MappingProxyType

from goodfit.measures import remaining_share
from goodfit.measures.held_out import behind_validation, validation_left
from goodfit.rules._example import example, falling
from goodfit.rules._example_curves import with_curve
from goodfit.rules._needs import TEST, TRAIN_LOSS, VAL_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

FITTED = Threshold(
    name="remaining-share",
    value=0.05,
    unit="share",
    direction=Direction.BELOW,
    because="with a twentieth of the first loss left, a network remembers most of its examples",
)
FOLLOWS = Threshold(
    name="validation-left",
    value=0.1,
    unit="share",
    direction=Direction.BELOW,
    because="a convention of ours: validation has lost nine tenths as well, so remembering had no price there",
)
BEHIND = Threshold(
    name="test-behind-validation",
    value=0.25,
    unit="share",
    because="a convention of ours: a quarter of what validation gained is missing on test; sets drawn alike differ by"
    " far less",
)


class SuspectedLeakage(Rule):
    """Remembering costs nothing on validation, and much on test."""

    code = "GF106"
    name = "suspected-leakage"
    summary = "Training is fitted nearly to zero and validation with it, but test is much worse."
    definition = (
        "training loss left <= 5 % of chance level or the start, validation loss left <= 10 % of its first value, and"
        " test worse than validation at the end by >= 25 % of what validation gained (half of its level at least)."
    )
    why = (
        "A network that remembers its examples is good on copies of them. When validation holds copies, or other"
        " records of the same person, object or recording, every choice made by it is wrong, early stopping too."
    )
    limits = (
        "Test data of another time or source are worse without any leak.",
        "An easy task is fitted on both sides without a leak; then test is good as well.",
        "A leak into the test set too is invisible here.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS, TEST)
    thresholds = (FITTED, FOLLOWS, BEHIND)
    sources = (
        Source(
            key="barz2020do",
            place="abstract",
            says="3.3 % and 10 % of the test images of CIFAR-10 and CIFAR-100 have duplicates in the training set, and"
            " classification is worse on test sets without them.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF105", by="gap: under a shift validation itself lies above training"),
        LookAlike(code="GF102", by="validation-left: a standing gap leaves much of validation's loss"),
    )
    remedies = ()
    settled_by = ("duplicates", "split-classifier")
    since = "0.2"

    severity = Severity.WARNING
    present_message = (
        "Training is fitted to {remaining} and validation to {left_by_validation} of the start, yet {test_against}: a"
        " distance of {test_behind} of what validation gained. Validation seems to hold what training has seen."
    )
    absent_messages = MappingProxyType(
        {
            "remaining-share": "Training is not fitted to nothing ({remaining} is left), so remembering explains little.",
            "validation-left": "Validation did not follow training down: {left_by_validation} of its first value is left.",
            "test-behind-validation": "On data that no choice was made by the network is about as good: {test_against}.",
        }
    )
    open_message = (
        "Training has {remaining} and validation {left_by_validation} of the start left, and {test_against}; noise or"
        " too few points leave open whether validation leaks."
    )
    advice = "Look for duplicates between training and validation, and split by person, object or recording."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold what is left on both sides, and the distance of test, against their thresholds."""
        return (
            against(remaining_share(history), FITTED),
            against(validation_left(history), FOLLOWS),
            against(behind_validation(history), BEHIND),
        )

    @staticmethod
    def present() -> History:
        """Training and validation fall to nothing together; test stops at a third of the start."""
        both = example(falling(2.3, 0.02, 4), falling(2.3, 0.04, 4))
        return with_curve(both, "test_loss", falling(2.3, 0.8, 4))

    @staticmethod
    def absent() -> History:
        """An easy task: test falls to nothing as well."""
        both = example(falling(2.3, 0.02, 4), falling(2.3, 0.04, 4))
        return with_curve(both, "test_loss", falling(2.3, 0.05, 4))
