# SPDX-License-Identifier: Apache-2.0
"""fewer-nodes: narrower layers, so that the network cannot store the training set point by point."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._library import CAPACITY
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import fitted, said, training_left, validation_worse
from goodfit.values import (
    Dose,
    Grade,
    LayerKind,
    Measurement,
    Prescription,
    Rejection,
    Source,
    Threshold,
    TradeOff,
)

ENOUGH_TO_STORE = Threshold(
    name="parameters-per-example",
    value=2.0,
    unit="parameters for each training example",
    because="2 n + d weights are enough for a network of two layers to take any values at n points of d dimensions "
    "(Zhang et al. 2017, theorem 1), so that with more of them it can store the training set",
)


class FewerNodes(Remedy):
    """Narrower hidden layers."""

    name = "fewer-nodes"
    what = "Make the hidden layers narrower."
    how = (
        "A network with fewer numbers than it takes to store the examples has to find what they have in common. The "
        "units with the largest weights stay, or all are drawn anew."
    )
    benefits = "Less overfitting, and a smaller and faster model in training and inference."
    costs = "What the lost units computed is lost too: training starts worse, or anew; checkpoints do not fit any more."
    risk = "Too narrow a network underfits; a wide one with dropout or weight decay is often better than a narrow one."
    trade_offs = (
        TradeOff(
            says="Less overfitting: validation lies closer to training.", measured_by="generalisation-gap"
        ),
        TradeOff(says="Less capacity: a higher loss where width was needed.", measured_by="best-loss"),
        TradeOff(says="A step takes less time.", measured_by="step-time"),
        TradeOff(says="Fewer numbers to store.", measured_by="parameters"),
    )
    treats = ("GF101",)
    worsens = ("GF201", "GF203", "GF204")
    where = "the hidden layers"
    dose = Dose(value=0.5, low=0.25, high=0.75, unit="times the width")
    thresholds = (ENOUGH_TO_STORE,)
    sources = (
        CAPACITY,
        Source(
            key="zhang2017understanding",
            place="theorem 1",
            says="A network of two layers with ReLU and 2 n + d weights can represent any function on n points of d "
            "dimensions.",
            grade=Grade.THEOREM,
        ),
        Source(
            key="zhang2017understanding",
            place="abstract",
            says="Networks that can fit random labels still generalise when the labels are true: many parameters "
            "alone do not make overfitting.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="li2017pruning",
            place="abstract",
            says="Filters with small weights were removed from networks for CIFAR-10, with up to 34 % (VGG-16) and 38 % "
            "(ResNet-110) less to compute, close to the accuracy before after retraining.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    edits = ("width",)
    keeps_keys = False
    keeps_output = "no"
    applies_to = (LayerKind.LINEAR, LayerKind.CONVOLUTION)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting of a network that can store its training set, as the last of the remedies."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(
                f"{said(case, worse)}: a narrower network would fit the training set still less"
            )
        if "GF101" not in case.found:
            return self.nothing_to_treat(case)
        ratio = _parameters_per_example(case)
        if ratio is None:
            return self.leave(
                "how many parameters there are for each training example is not known, and other remedies against "
                f"overfitting lose nothing that was learned; {validation_worse(case)}"
            )
        share = f"{ratio.value:.2g} parameters for each training example"
        if not reaches(ratio, ENOUGH_TO_STORE):
            return self.leave(
                f"the network has {share}, fewer than the {ENOUGH_TO_STORE.value:g} that could store it"
            )
        if not fitted(case):
            return self.leave(f"{training_left(case)}: the training set is not stored, with {share}")
        return self.prescribe(
            because=f"{validation_worse(case)}, while {training_left(case)}, with {share}",
            expected="A lower validation loss at the best epoch, in a shorter time a step; the training loss is higher.",
        )


def _parameters_per_example(case: Case) -> Measurement | None:
    """Trainable numbers of the model over examples of the training set; None where either is not known."""
    context = case.history.context if case.history else None
    size = context.train_size if context else None
    known = case.model.trainable_parameters if case.model is not None else None
    parameters = known or (context.parameters if context else None)
    if not size or not parameters:
        return None
    return Measurement.exact("parameters-per-example", parameters / size)
