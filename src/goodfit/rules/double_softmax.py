# SPDX-License-Identifier: Apache-2.0
"""GF207 double softmax: the loss has settled at the floor of a cross-entropy that is fed probabilities."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import late_change, lowest_over_floor, over_floor
from goodfit.rules._example import example, falling
from goodfit.rules._needs import CLASSES, TRAIN_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

NEAR = Threshold(
    name="over-floor",
    value=1.02,
    unit="ratio",
    direction=Direction.BELOW,
    because="a network that fits its data comes within two hundredths of the floor: each wrong answer in a hundred"
    " costs one hundredth of a nat",
)
NOT_BELOW = Threshold(
    name="lowest-over-floor",
    value=0.995,
    unit="ratio",
    because="no value at all can lie below the floor; half a hundredth is left for rounding, weights and penalties",
)
FLAT = Threshold(
    name="late-change",
    value=-0.05,
    unit="share",
    because="at less than a twentieth of the whole fall per quarter the curve has settled (as in GF201)",
)


class DoubleSoftmax(Rule):
    """Softmax is applied in the network and once more in the loss."""

    code = "GF207"
    name = "double-softmax"
    summary = "The loss has settled at the lowest value that a softmax applied twice allows, and never fell below it."
    definition = (
        "floor = ln(1 + (K - 1) / e) for K classes; training loss at the end / floor <= 1.02, no value of training or"
        " validation / floor < 0.995, and the late change of training >= -5 % of its whole fall per quarter."
    )
    why = (
        "Cross-entropy of torch and Keras (from_logits=True) takes logits. Fed with probabilities, it cannot fall below"
        " the floor and its gradients are small: the network learns slowly, is under-confident, and the loss looks"
        " like underfitting."
    )
    limits = (
        "A run that underfits at just this level, by chance, looks the same: look at the last layer.",
        "Loss in another unit than nats is understood only when the chance level is known in the same unit.",
        "Label smoothing, class weights or an added penalty move the floor; then nothing is claimed.",
        "With two classes the floor is 0.313, where many sound runs end; a network that goes on below it is cleared.",
    )
    needs = (TRAIN_LOSS, CLASSES)
    thresholds = (NOT_BELOW, NEAR, FLAT)
    sources = (
        Source(
            key="goodfellow2016deep",
            place="section 6.2.2.3",
            says="The softmax of a vector of scores makes a distribution of them; the logarithm in the loss undoes its"
            " exponential.",
            grade=Grade.PRACTICE,
        ),
    )
    told_apart_from = (
        LookAlike(code="GF201", by="lowest-over-floor and over-floor: underfitting knows no such floor"),
        LookAlike(code="GF203", by="over-floor: a stalled run stays at chance level"),
    )
    remedies = ()
    settled_by = ("initial-loss",)
    since = "0.2"

    severity = Severity.WARNING
    present_message = (
        "{train} has settled at {over_floor} times {floor}, and nothing lies below it: that is the lowest loss a"
        " network with this many classes can reach when softmax is applied twice."
    )
    absent_messages = MappingProxyType(
        {
            "over-floor": "Training does not end at the floor of a softmax applied twice ({floor}).",
            "lowest-over-floor": "The loss falls below {floor}, the floor of a softmax applied twice.",
            "late-change": "{train} is still falling.",
        }
    )
    open_message = (
        "Whether {train} has settled at {floor}, the floor of a softmax applied twice, is not certain."
    )
    advice = "Take the softmax out of the network's last layer, or use the loss that takes probabilities (NLL of their log)."

    def weigh(self, history: History) -> tuple[Evidence, ...]:
        """Hold the end, the lowest value and the late slope against their thresholds."""
        train = history.train
        if train is None:
            return ()
        return (
            against(lowest_over_floor(history), NOT_BELOW),
            against(over_floor(history, train, "over-floor"), NEAR),
            against(late_change(train), FLAT),
        )

    @staticmethod
    def present() -> History:
        """Ten classes; training settles at 1.475 and validation at 1.50, where the floor is 1.461."""
        return _of_ten(example(falling(2.2, 1.475, 4), falling(2.15, 1.5, 4), noise=0.002))

    @staticmethod
    def absent() -> History:
        """Ten classes; an underfitting run that settles at 1.7."""
        return _of_ten(example(falling(2.3, 1.7, 4), falling(2.28, 1.72, 4)))


def _of_ten(history: History) -> History:
    return replace(history, context=replace(history.context, classes=10, chance_level=2.302585))
