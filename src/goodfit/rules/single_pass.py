# SPDX-License-Identifier: Apache-2.0
"""GF409 single pass: every example is seen once at most, so that training loss is a test loss itself."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import passes
from goodfit.rules._example import example, falling
from goodfit.rules._needs import PASSES, VAL
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

ONCE = Threshold(
    name="passes",
    value=1.0,
    unit="epochs",
    direction=Direction.BELOW,
    because="within the first epoch no example is seen twice; it is the definition, not a convention",
)


class SinglePass(Rule):
    """The run ends within its first epoch."""

    code = "GF409"
    name = "single-pass"
    summary = "The run ends within its first epoch: each training example is seen once at most."
    definition = "passes = epochs planned and reached, or the last epoch of an axis that counts parts of epochs; passes <= 1."
    why = (
        "A batch that was never seen before is test data until the step after it. So the training loss measures what"
        " validation does, no gap can open by memorising, and a remedy against overfitting has nothing to act on."
    )
    limits = (
        "Duplicates within the training set are seen more than once in a single pass.",
        "A fine-tuning of one epoch can still wear off what the pretrained network knew.",
        "Tools that call a fixed number of steps an epoch hide a single pass: whole epochs are not taken for passes.",
    )
    needs = (VAL, PASSES)
    thresholds = (ONCE,)
    sources = (
        Source(
            key="liu2025drop",
            place="abstract",
            says="Language models pretrained for a single epoch do better on later tasks without dropout (BERT, Pythia"
            " 160M and 1.4B).",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF402", by="fewest-points: a run of one epoch can be evaluated many times"),
        LookAlike(code="GF202", by="late-change: whether validation still fell at the end"),
    )
    remedies = ()
    since = "0.1"

    severity = Severity.NOTE
    present_message = "The run is a single pass over its data ({passes}): training loss is itself a test loss, no gap is to be expected."
    absent_messages = MappingProxyType(
        {"passes": "The training set was gone through more than once ({passes})."}
    )
    open_message = "A curve holds values that cannot be computed with, so nothing is said about the passes."
    advice = "Train without dropout; more data or a larger network is what helps in a single pass."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the number of passes against one."""
        return (against(passes(history), ONCE),)

    @staticmethod
    def present() -> History:
        """Evaluated forty times within the one epoch that was planned."""
        return _planned(1)

    @staticmethod
    def absent() -> History:
        """Forty epochs, planned and reached."""
        return _planned(40)


def _planned(epochs: int) -> History:
    drawn = example(falling(2.3, 0.4, 4), falling(2.25, 0.45, 4))
    return replace(drawn, context=replace(drawn.context, epochs_planned=epochs, finished=True))
