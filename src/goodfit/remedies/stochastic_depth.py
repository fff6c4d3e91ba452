# SPDX-License-Identifier: Apache-2.0
"""stochastic-depth: residual branches are left out at random in training, so that a deep network is many shallow ones."""

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import said, training_left, validation_worse
from goodfit.values import (
    Direction,
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

_WITH_WEIGHTS = (LayerKind.LINEAR, LayerKind.CONVOLUTION, LayerKind.ATTENTION, LayerKind.OTHER)
SHALLOW = Threshold(
    name="layers-with-weights",
    value=7.0,
    unit="layers",
    direction=Direction.BELOW,
    because="a branch holds two layers or more, and one stands before and one behind all of them: with fewer than "
    "three branches, leaving one out leaves out half of the network",
)


class StochasticDepth(Remedy):
    """Residual branches left out at random."""

    name = "stochastic-depth"
    what = "Leave out residual branches at random in training, the later ones more often."
    how = (
        "For each example, branch l of L is left out with probability p l / L, and scaled by its inverse when it stays. "
        "The network is shallower while it trains, and in inference close to a mean of networks of many depths."
    )
    benefits = (
        "Often a lower validation loss for deep residual networks and transformers; inference costs nothing."
    )
    costs = "A rate to find, and more epochs; here the branch is computed and then left out, so that no time is saved."
    risk = "Shallow networks, and high rates, underfit."
    trade_offs = (
        TradeOff(says="Validation lies closer to training.", measured_by="generalisation-gap"),
        TradeOff(says="A rate has to be found: too high a one underfits.", measured_by="best-loss"),
        TradeOff(says="Slower training: the best epoch comes later.", measured_by="epochs-to-best"),
        TradeOff(says="Cheap: a step costs one multiplication a branch more.", measured_by="step-time"),
    )
    treats = ("GF101",)
    worsens = ("GF201", "GF203", "GF204")
    where = "at the end of each residual branch, before it is added"
    dose = Dose(value=0.2, low=0.1, high=0.5, unit="drop probability of the last branch")
    thresholds = (SHALLOW,)
    sources = (
        Source(
            key="huang2016deep",
            place="section 3 and table 1",
            says="On CIFAR-10 the test error of a ResNet-110 fell from 6.41 % to 5.23 %, with survival falling "
            "linearly to 0.5 at the last block.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="he2016deep",
            place="equations 1 and 2",
            says="A residual block adds a branch to its input, or to a linear projection of it.",
            grade=Grade.PRACTICE,
        ),
    )
    edits = ("stochastic_depth",)
    applies_to = (LayerKind.LINEAR, LayerKind.CONVOLUTION, LayerKind.ATTENTION)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting of a deep network; whether it is a residual one shows when it is planned for the model."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(
                f"{said(case, worse)}: a shallower network would fit the training set still less"
            )
        if "GF101" not in case.found:
            return self.nothing_to_treat(case)
        if case.model is None:
            return self.leave(
                f"it is for residual networks, and the model is not known; {validation_worse(case)}"
            )
        layers = [each for each in case.model.of_kind(*_WITH_WEIGHTS) if each.parameters]
        count = Measurement.exact("layers-with-weights", len(layers))
        if reaches(count, SHALLOW):
            return self.leave(f"the model has {len(layers)} layers with weights: {SHALLOW.because}")
        return self.prescribe(
            because=f"{validation_worse(case)}, while {training_left(case)}; {len(layers)} layers with weights",
            expected="A lower validation loss at the best epoch, which comes later. It needs residual branches; "
            "planning it for the model shows whether there are any.",
        )
