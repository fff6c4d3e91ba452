# SPDX-License-Identifier: Apache-2.0
"""GF207 double softmax: the loss has settled at the floor of a cross-entropy that is fed probabilities."""

from dataclasses import replace
from types import MappingProxyType

from goodfit.measures import answers_distance, late_change, lowest_over_floor, over_floor, right_answers
from goodfit.rules._example import example, falling
from goodfit.rules._example_curves import with_curve
from goodfit.rules._needs import CLASSES, TRAIN_LOSS
from goodfit.rules._rule import Rule, against
from goodfit.values import Direction, Evidence, Grade, History, LookAlike, Severity, Source, Threshold

NEAR = Threshold(
    name="over-floor",
    value=1.03,
    unit="ratio",
    direction=Direction.BELOW,
    because="a network that fits its data comes within three hundredths of the floor: each wrong answer in a hundred"
    " costs one hundredth of a nat",
)
EXPLAINED = Threshold(
    name="distance-from-answers",
    value=0.05,
    unit="nats",
    direction=Direction.BELOW,
    because="the recorded runs with the fault stayed within 0.03; a twentieth of a nat leaves room for probabilities that"
    " are not quite 0 or 1",
)
LEARNED = Threshold(
    name="right-answers",
    value=0.5,
    unit="share",
    because="at chance level the same loss is near ln K for many classes anyway; one half is far from it",
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
    summary = "The loss has settled where a softmax applied twice leaves it, and never fell below the floor of that."
    definition = (
        "floor = ln(1 + (K - 1) / e) for K classes: no value of training or validation / floor < 0.995, the late change (of"
        " validation, with an accuracy) >= -5 % of its whole fall per quarter, and, with a validation accuracy: |validation loss + accuracy -"
        " ln(e + K - 1)| <= 0.05 nats over the later half and accuracy >= 0.5; without: training loss at the end / floor <="
        " 1.03."
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
    thresholds = (NOT_BELOW, NEAR, EXPLAINED, LEARNED, FLAT)
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
        LookAlike(code="GF201", by="distance-from-answers or over-floor: underfitting knows no such level"),
        LookAlike(code="GF203", by="right-answers or over-floor: a stalled run stays at chance level"),
    )
    remedies = ()
    settled_by = ("initial-loss",)
    since = "0.1"

    severity = Severity.WARNING
    present_message = (
        "{train} has settled{softmaxes}, and nothing lies below {floor}: that is the lowest loss a network with this many"
        " classes can reach when softmax is applied twice."
    )
    absent_messages = MappingProxyType(
        {
            "distance-from-answers": "The loss is not what so many right answers would leave of a softmax applied twice.",
            "right-answers": "Too few answers are right to tell a second softmax from a run that did not learn.",
            "over-floor": "Training does not end at the floor of a softmax applied twice ({floor}).",
            "lowest-over-floor": "The loss falls below {floor}, the floor of a softmax applied twice.",
            "late-change": "The loss is still falling.",
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
        explained, never_below = answers_distance(history), against(lowest_over_floor(history), NOT_BELOW)
        if explained is None or history.val is None:
            flat = against(late_change(train), FLAT)
            return (never_below, flat, against(over_floor(history, train, "over-floor"), NEAR))
        flat = against(late_change(history.val), FLAT)
        return (never_below, flat, against(explained, EXPLAINED), against(right_answers(history), LEARNED))

    @staticmethod
    def present() -> History:
        """Ten classes; accuracy reaches 92 %, and the loss 1.54 where the floor is 1.461."""
        losses = example(falling(2.28, 1.5, 4), falling(2.27, 1.541, 4), noise=0.002)
        return _of_ten(with_curve(losses, "val_accuracy", falling(0.2, 0.92, 4), noise=0.002))

    @staticmethod
    def absent() -> History:
        """Ten classes; an underfitting run that settles at 1.7."""
        return _of_ten(example(falling(2.3, 1.7, 4), falling(2.28, 1.72, 4)))


def _of_ten(history: History) -> History:
    return replace(history, context=replace(history.context, classes=10, chance_level=2.302585))
