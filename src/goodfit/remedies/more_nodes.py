# SPDX-License-Identifier: Apache-2.0
"""more-nodes: wider layers, so that the network can express what the data hold."""

from goodfit.remedies._case import Case
from goodfit.remedies._library import CAPACITY
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import dropout_rates, fitted, gap_size, said, training_left, validation_worse
from goodfit.values import Dose, Grade, LayerKind, Prescription, Rejection, Source, TradeOff


class MoreNodes(Remedy):
    """Wider hidden layers."""

    name = "more-nodes"
    what = "Make the hidden layers wider."
    how = (
        "A wider layer has more features to combine, so that a lower training loss can be reached at all. Units are "
        "copied and their outgoing weights shared out unequally, so that the network computes what it did and goes on "
        "from there; or the widened layers are drawn anew."
    )
    benefits = "A lower training loss where width was the limit, and usually an easier optimisation."
    costs = "Time and memory grow with the square of the width of neighbouring layers; checkpoints do not fit any more."
    risk = "It makes overfitting worse where the training set is fitted already."
    trade_offs = (
        TradeOff(
            says="More capacity: a lower loss can be reached where width was the limit.",
            measured_by="best-loss",
        ),
        TradeOff(
            says="It worsens overfitting: validation lies further from training, the more so with few data.",
            measured_by="generalisation-gap",
        ),
        TradeOff(
            says="More numbers to store, and more data needed to settle them.", measured_by="parameters"
        ),
        TradeOff(says="A step takes longer.", measured_by="step-time"),
    )
    treats = ("GF201",)
    worsens = ("GF101", "GF102")
    where = "the hidden layers"
    dose = Dose(value=2.0, low=1.5, high=4.0, unit="times the width")
    sources = (
        CAPACITY,
        Source(
            key="chen2016net2net",
            place="section 3.1",
            says="A wider network starts from the same function when units are copied and the weights that read them "
            "are divided by the number of copies.",
            grade=Grade.THEOREM,
        ),
        Source(
            key="zaremba2014recurrent",
            place="section 4.1",
            says="Without dropout the best recurrent language model is a small one: lack of regularisation "
            "constrains the size that pays.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    edits = ("width",)
    keeps_keys = False
    keeps_output = "close"  # as planned; in the manner "fresh" it does not
    applies_to = (LayerKind.LINEAR, LayerKind.CONVOLUTION)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits underfitting; a training set that is fitted already speaks against it."""
        if "GF201" in case.found and "GF101" not in case.found:
            return self.prescribe(
                because=f"{training_left(case)}, and {gap_size(case)}; {dropout_rates(case)}",
                expected="A lower training loss in evaluation mode, and validation with it.",
            )
        already = "the training set is already fitted: " if fitted(case) else ""
        if "GF101" in case.found:
            return self.leave(
                f"{already}{training_left(case)}, and {validation_worse(case)}; more nodes add to that"
            )
        if "GF203" in case.found:
            return self.leave(f"{said(case, 'GF203')}: a network that learns nothing does not lack width")
        return self.leave(f"{already}{training_left(case)}; {said(case, 'GF201')}")
