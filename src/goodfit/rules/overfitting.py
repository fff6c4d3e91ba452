# SPDX-License-Identifier: Apache-2.0
"""GF101 overfitting: validation is past its minimum while training still falls."""

from types import MappingProxyType

from goodfit.measures import evaluations_since_minimum, fall_since, onset, rise_after_minimum
from goodfit.rules._example import example, falling, turning
from goodfit.rules._needs import TRAIN, VAL
from goodfit.rules._rule import Rule, Step, against
from goodfit.rules._shared import RISE
from goodfit.values import Evidence, Grade, History, LookAlike, Severity, Source, Threshold

SINCE = Threshold(
    name="evaluations-since-minimum",
    value=3.0,
    unit="evaluations",
    because="one or two worse evaluations can follow a good one by chance",
)
FALL = Threshold(
    name="training-fall-since-minimum",
    value=0.01,
    unit="share",
    because="training that removed under one hundredth of what was left has stopped, and a rise of validation"
    " then has another cause (learning rate, batch norm, the data)",
)


class Overfitting(Rule):
    """Validation has turned while training goes on falling."""

    code = "GF101"
    name = "overfitting"
    summary = "Validation is past its minimum while training still falls."
    definition = (
        "rise = (end - minimum) / |minimum| of the course of validation >= 5 % (relative to its whole fall when it"
        " changes sign), and at least 3 evaluations since the minimum, and training removed >= 1 % of what it had left"
        " there. The course is what many shapes that fall and then rise say of the curve together."
    )
    why = (
        "From the minimum on the network fits what is particular to the training examples; every further epoch"
        " costs time and makes the model worse on new data."
    )
    limits = (
        (
            "A loss can rise while the error rate still falls: the network grows over-confident (calibration),"
            " and temperature scaling may be the right answer."
        ),
        "Epoch-wise double descent: with noisy labels and a large network validation may fall again later.",
        "A training curve measured with dropout or augmentation lies too high; the rule uses only its direction.",
        "Duplicates between training and validation hide the pattern altogether.",
        (
            "A drop of the learning rate can lift validation a little once, without a trend; and where validation"
            " scattered widely before it and little after, a rise since an early minimum within that scatter can be"
            " missed."
        ),
    )
    needs = (TRAIN, VAL)
    thresholds = (RISE, SINCE, FALL)
    sources = (
        Source(
            key="prechelt1998early",
            place="classes of stopping criteria: the generalisation loss GL",
            says="The relative rise of validation over its minimum so far is a stopping criterion; 1296 runs"
            " compare it with others.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="li2024overfitguard",
            place="abstract",
            says="A classifier of validation-loss histories told overfit models from others with F1 .91 on real-world"
            " samples.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="guo2017calibration",
            place="section 3",
            says="The loss can overfit while the classification error goes on falling.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="nakkiran2019deep",
            place="section on epoch-wise double descent",
            says="With label noise, test error can fall, rise and fall again during one training.",
            grade=Grade.REPLICATED,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF102", by="rise-after-minimum: a standing gap shows none"),
        LookAlike(code="GF301", by="training-fall-since-minimum: in a divergence training rises too"),
        LookAlike(code="GF103", by="metric-gain: there the answers go on improving while the loss rises"),
        LookAlike(code="GF105", by="gap-opening: there the gap stands from the first evaluations on"),
        LookAlike(code="GF107", by="rise-after-minimum: a second descent ends at its best"),
        LookAlike(code="GF408", by="eval-mode-excess: there training in evaluation mode is high as well"),
        LookAlike(code="GF401", by="smallest-visible-rise: the rise must exceed what noise alone can show"),
    )
    remedies = ("early-stopping", "raise-dropout", "weight-decay", "label-smoothing", "l1", "more-data")
    settled_by = ("paired-noise", "temperature", "train-in-eval-mode")
    since = "0.1"

    severity = Severity.WARNING
    steps = (
        Step(
            severity=Severity.ERROR,
            threshold=Threshold(
                name="rise-after-minimum",
                value=33.0,
                unit="%",
                because="a convention of ours: a loss that ends a third above its best makes keeping the last"
                " checkpoint a mistake and not a matter of taste",
            ),
        ),
    )
    begins = "validation turns"
    present_message = (
        "{val} was best near {onset} and has got worse by {rise} since{rise_in_noise}, while training kept"
        " improving. {wasted} of the run came after that.{crossing}{metric_lost}{measured_as}"
    )
    absent_messages = MappingProxyType(
        {
            "rise-after-minimum": "{val} ends within {rise} of its best level.{stray}{crossing}",
            "evaluations-since-minimum": "{val} was best at the end, near {onset}.",
            "training-fall-since-minimum": "{val} got worse by {rise} after {onset}, but training did not go"
            " on improving: this is not overfitting.{measured_as}",
        }
    )
    open_message = (
        "{val} ends {rise} above its best near {onset}; only a rise of {visible} or more could be told from none"
        " in this curve.{stray}{crossing}"
    )
    missing_message = "Overfitting cannot be judged: {needs} missing.{alone}"
    advice = "Keep the checkpoint of {keep}. By the end of the run the model is worse on new data."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the rise, the time since the minimum and the fall of training against their thresholds."""
        train, val = history.train, history.val
        if train is None or val is None:
            return ()
        return (
            against(rise_after_minimum(val), RISE),
            against(evaluations_since_minimum(val), SINCE),
            against(fall_since(train, onset(val).epoch), FALL),
        )

    @staticmethod
    def present() -> History:
        """Validation turns near epoch 12 and rises by about 40 %, training falls to nothing."""
        return example(falling(2.3, 0.02, 6), turning(2.3, 0.6, 3, 12, 0.015))

    @staticmethod
    def absent() -> History:
        """The same training, with a validation that stays where it is: a standing gap."""
        return example(falling(2.3, 0.02, 6), falling(2.3, 0.6, 3))
