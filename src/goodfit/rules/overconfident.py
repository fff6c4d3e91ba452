# SPDX-License-Identifier: Apache-2.0
"""GF103 overconfident: validation loss rises while the validation metric goes on improving."""

from types import MappingProxyType

from goodfit.measures import rise_after_minimum
from goodfit.measures.held_out import metric_gain
from goodfit.rules._example import example, falling, turning
from goodfit.rules._example_curves import with_curve
from goodfit.rules._needs import VAL_LOSS, VAL_METRIC
from goodfit.rules._rule import Rule, against
from goodfit.rules._shared import RISE
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

GAIN = Threshold(
    name="metric-gain",
    value=0.05,
    unit="share",
    because="a convention of ours, as for the rise: a twentieth of the errors gone is a better set of answers; a smaller"
    " gain can be a handful of examples, and then the rise of the loss is the news",
)


class Overconfident(Rule):
    """The loss gets worse and the answers get better."""

    code = "GF103"
    name = "overconfident"
    summary = "Validation loss rises after its minimum while the validation metric goes on improving."
    definition = (
        "rise of validation loss after its minimum >= 5 %, and the validation metric gained >= 5 % of what was left"
        " (1 - accuracy) between that minimum and the end, beyond its own noise."
    )
    why = (
        "A loss also grows when wrong answers are given with more and more certainty. Then more answers are right and"
        " the probabilities are worth less; that is a matter of calibration, and stopping at the loss's minimum"
        " would throw right answers away."
    )
    limits = (
        "The metric must come from the same data as the loss.",
        "A few mislabelled examples can raise a loss alone: the median of the losses then still falls.",
        "When only the answers count and no probabilities, nothing is wrong at all.",
        "It says nothing about whether the network overfits besides.",
    )
    needs = (VAL_LOSS, VAL_METRIC)
    thresholds = (RISE, GAIN)
    sources = (
        Source(
            key="guo2017calibration",
            place="section 3 and section 5",
            says="The loss can overfit while the classification error goes on falling; dividing the logits by one"
            " temperature fitted on validation mends the calibration and changes no answer.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF101", by="metric-gain: where answers get worse too, it is overfitting outright"),
        LookAlike(code="GF401", by="rise-after-minimum: its whole interval lies beyond the noise"),
    )
    remedies = ("label-smoothing",)
    settled_by = ("temperature",)
    since = "0.1"

    severity = Severity.WARNING
    begins = "validation turns"
    present_message = (
        "{val} has risen by {rise} since {onset}, and meanwhile {metric_moved}, an improvement: more answers are right,"
        " and the wrong ones are given with more certainty."
    )
    absent_messages = MappingProxyType(
        {
            "rise-after-minimum": "{val} ends within {rise} of its best level.",
            "metric-gain": "{val} has risen by {rise} since {onset}, but {metric_moved}: no improvement by a twentieth of what was left.",
        }
    )
    open_message = (
        "{val} ends {rise} above its best near {onset}, and {metric_moved}; with this noise that does not settle"
        " whether answers improve while the loss rises."
    )
    advice = (
        "Choose the checkpoint by the metric you use, and mend the probabilities by temperature scaling on validation"
        " data, or train with label smoothing. Dropout is optional here."
    )

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the rise of the loss, and the gain of the metric since, against their thresholds."""
        loss = history.val
        return (
            against(rise_after_minimum(loss) if loss else None, RISE),
            against(metric_gain(history), GAIN),
        )

    @staticmethod
    def present() -> History:
        """Validation loss turns at epoch 12, accuracy rises until the end."""
        plain = example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))
        return with_curve(plain, "val_accuracy", falling(0.1, 0.9, 10), noise=0.002)

    @staticmethod
    def absent() -> History:
        """The same losses, and an accuracy that falls with the loss."""
        plain = example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))
        return with_curve(plain, "val_accuracy", turning(0.1, 0.85, 3, 12, -0.003), noise=0.002)
