# SPDX-License-Identifier: Apache-2.0
"""GF106 suspected leakage: training and validation are both fitted, and test is not."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import remaining_share
from goodfit.measures.held_out import behind_since_start, behind_validation, validation_left
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
BEHIND = Threshold(
    name="test-behind-validation",
    value=0.25,
    unit="share",
    because="a convention of ours: test is then a third worse; sets drawn alike differ by far less",
)
OPENED = Threshold(
    name="behind-since-start",
    value=0.5,
    unit="share",
    because="copies help only once they are remembered, so most of the distance opens along the way; test data of another"
    " kind are worse from the start",
)
FOLLOWS = Threshold(
    name="validation-left",
    value=0.1,
    unit="share",
    direction=Direction.BELOW,
    because="a convention of ours: where the course of test is not known, validation must have lost nine tenths as well,"
    " so that remembering had no price there",
)


class SuspectedLeakage(Rule):
    """Remembering costs nothing on validation, and much on test."""

    code = "GF106"
    name = "suspected-leakage"
    summary = "Training is fitted nearly to zero, and test falls far behind validation as it is."
    definition = (
        "training loss left <= 5 % of chance level or the start, (test - validation) / test >= 25 % at the end (of what a"
        " metric within [0, 1] has left), >= 50 % of which opened after the first evaluation; where test was not logged"
        " along the way, validation loss left <= 10 % of its first value instead."
    )
    why = (
        "A network that remembers its examples is good on copies of them. When validation holds copies, or other"
        " records of the same person, object or recording, every choice made by it is wrong, early stopping too."
    )
    limits = (
        "Test data of another time or source are worse without any leak: from the start, where that was logged.",
        "An easy task is fitted on both sides without a leak; then test is good as well.",
        "A leak into the test set too is invisible here.",
    )
    needs = (TRAIN_LOSS, VAL_LOSS, TEST)
    thresholds = (FITTED, BEHIND, OPENED, FOLLOWS)
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
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "Training is fitted to {remaining} of its start, and {test_against} at the end: test is behind by {test_behind} of"
        " what it has left{behind_since_start}. Validation seems to hold what training has seen."
    )
    absent_messages = MappingProxyType(
        {
            "remaining-share": "Training is not fitted far enough to remember its examples: {remaining} is left.",
            "test-behind-validation": "Test is as good as validation, or nearly so: {test_against}.",
            "behind-since-start": "Test was behind validation from the start, which no copies explain: {test_against} at"
            " the end.",
            "validation-left": "Validation is not fitted along with training: {left_by_validation} of its loss is left.",
        }
    )
    open_message = (
        "Training is fitted to {remaining} of its start, and {test_against}; noise or few points leave open whether that is"
        " a distance."
    )
    advice = "Look for duplicates between training and validation, and split by person, object or recording."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold what is left and the distance of test at the end, and at the start, against their thresholds."""
        fitted = against(remaining_share(history), FITTED)
        behind = against(behind_validation(history), BEHIND)
        first = behind_since_start(history)
        if first is None:
            return (fitted, behind, against(validation_left(history), FOLLOWS))
        return (fitted, behind, against(first, OPENED))

    @staticmethod
    def present() -> History:
        """Training and validation fall to nothing together; test stops at a third of the start."""
        both = example(falling(2.3, 0.02, 4), falling(2.3, 0.04, 4))
        return with_curve(both, "test_loss", falling(2.3, 0.8, 4))

    @staticmethod
    def absent() -> History:
        """An easy task: the one test value, measured at the end, is as good as validation."""
        both = example(falling(2.3, 0.02, 4), falling(2.3, 0.04, 4))
        tested = with_curve(both, "test_loss", falling(2.3, 0.05, 4)).curves["test_loss"]
        last = replace(tested, values=tested.values[-1:], x=tested.x[-1:])
        return replace(both, curves={**both.curves, "test_loss": last})
