# SPDX-License-Identifier: Apache-2.0
"""GF404 small validation: the validation set holds too few examples for what is read off it."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import sampling_error
from goodfit.rules._example import example, falling
from goodfit.rules._needs import SIZE_OR_ACCURACY, VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

SAMPLING = Threshold(
    name="sampling-error",
    value=2.0,
    unit="percentage points",
    because="a convention of ours: many choices between models rest on a few points of accuracy, and at a standard"
    " error of 2 points a 90 % interval spans more than 6; at a share of one half that is about 600 examples",
)


class SmallValidation(Rule):
    """So few validation examples that which ones were drawn moves the result by points."""

    code = "GF404"
    name = "small-validation"
    summary = "The validation set is so small that its standard error is 2 points or more."
    definition = (
        "sampling error = 100 sqrt(p (1 - p) / n) >= 2 percentage points, with n validation examples and p the share"
        " where the accuracy ends (one half when none was logged). n is given, or it is the smallest number for which"
        " all logged accuracies are multiples of 1/n."
    )
    why = (
        "Other validation examples would have given another curve. All evaluations of a run share the same examples and"
        " so the same sampling error: it does not show as scatter, averaging over epochs does not reduce it, and a smooth"
        " curve is no sign of its absence. When a curve turns is known better than how high it lies."
    )
    limits = (
        "Examples that depend on each other (images of one patient) make the error larger than the formula says.",
        "Two models compared on the same examples differ by less than two samples would.",
        "A mean over batches that counts a small last batch in full lies on a finer grid: n is then smaller than it seems.",
        "An accuracy over tokens or pixels counts those, not examples.",
    )
    needs = (VAL, SIZE_OR_ACCURACY)
    thresholds = (SAMPLING,)
    sources = (
        Source(
            key="bouthillier2021accounting",
            place="the section on the variance from sampling the data, and its binomial model",
            says="The standard deviation that comes from sampling the test set agrees with that of a binomial"
            " distribution, and is larger than that of most other sources of variation.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(
            code="GF401",
            by="smallest-visible-rise: scatter from one evaluation to the next, which the curve shows",
        ),
        LookAlike(code="GF402", by="fewest-points: few evaluations, whatever the number of examples"),
    )
    remedies = ()
    settled_by = ("paired-noise",)
    since = "0.1"

    severity = Severity.NOTE
    present_message = "Validation rests on {examples}: with others its accuracy would differ by {sampling}, one standard error."
    absent_messages = MappingProxyType(
        {"sampling-error": "Validation rests on {examples}: a standard error of {sampling}."}
    )
    open_message = "{why_no_size}."
    advice = "Use more validation examples or cross-validation, and do not choose between models by differences this small."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the standard error of a share of the validation examples against its threshold."""
        return (against(sampling_error(history), SAMPLING),)

    @staticmethod
    def present() -> History:
        """Two hundred validation examples."""
        return _of_size(200)

    @staticmethod
    def absent() -> History:
        """Ten thousand validation examples."""
        return _of_size(10_000)


def _of_size(examples: int) -> History:
    drawn = example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
    return replace(drawn, context=replace(drawn.context, validation_size=examples))
