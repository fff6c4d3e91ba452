# SPDX-License-Identifier: Apache-2.0
"""l1: weights that the data do not pay for become exactly zero."""

from goodfit.remedies._case import Case
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import said, training_left, validation_worse
from goodfit.values import Dose, Grade, Prescription, Rejection, Source, TradeOff

NAME_IN_CONTEXT = "L1"  # among a run's regularisers


class L1(Remedy):
    """A threshold under which weights become zero."""

    name = "l1"
    what = "Move each weight towards zero by a fixed small amount after each step, and no further."
    how = (
        "A weight survives only where the gradient pulls harder than the threshold, so that the others become exactly "
        "zero. As a proximal step after the optimiser's own (a soft threshold), not as a penalty in the loss, whose "
        "gradient would make weights small and never zero."
    )
    benefits = "A sparser, simpler function; inputs that do not count can be read off the weights."
    costs = (
        "A coefficient to be tuned, together with the learning rate; one pass over the weights in each step."
    )
    risk = "Too much cuts off what is needed; units whose weights all became zero do not come back by themselves."
    trade_offs = (
        TradeOff(says="Weights become exactly zero: less complexity.", measured_by="zero-share"),
        TradeOff(says="Smaller weights.", measured_by="weight-norm"),
        TradeOff(says="Validation lies closer to training.", measured_by="generalisation-gap"),
        TradeOff(says="A coefficient has to be found: too much underfits.", measured_by="best-loss"),
        TradeOff(says="A step costs one pass over the weights more.", measured_by="step-time"),
    )
    treats = ("GF101",)
    worsens = ("GF201", "GF203", "GF204")
    where = "after each step of the optimiser, on the weights of layers and embeddings; norms and biases are spared"
    dose = Dose(value=3e-2, low=1e-3, high=3e-1, unit="coefficient")
    sources = (
        Source(
            key="tibshirani1996regression",
            place="abstract",
            says="A bound on the sum of absolute coefficients tends to make some of them exactly zero, which gives models that can be read.",
            grade=Grade.REPLICATED,
        ),
        Source(
            key="beck2009fast",
            place="section 1, on ISTA",
            says="A gradient step followed by a soft threshold minimises a smooth loss plus an L1 penalty.",
            grade=Grade.THEOREM,
        ),
        Source(
            key="goodfellow2016deep",
            place="section 7.1",
            says="L1 gives sparser solutions than L2; biases are usually left without a penalty.",
            grade=Grade.PRACTICE,
        ),
    )
    edits = ("l1",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting, as another penalty than weight decay."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(f"{said(case, worse)}: fewer weights would fit the training set still less")
        if "GF101" not in case.found:
            return self.nothing_to_treat(case)
        if NAME_IN_CONTEXT in case.regularisers:
            return self.leave(f"the training has an L1 threshold already, and {validation_worse(case)}")
        return self.prescribe(
            because=f"{validation_worse(case)}, while {training_left(case)}",
            dose=self._dose(case.history.context.optimizer if case.history else None),
            expected="A lower validation loss at the best epoch, and a share of weights that are exactly zero.",
        )

    def _dose(self, optimiser: str | None) -> Dose:
        """A weight survives where its gradient exceeds the coefficient, and adaptive optimisers rescale gradients."""
        if optimiser is None:
            return self.dose
        return _PLAIN if "SGD" in optimiser else _NORMALISED


_PLAIN = Dose(value=3e-3, low=1e-3, high=1e-2, unit="coefficient")
_NORMALISED = Dose(value=1e-1, low=3e-2, high=3e-1, unit="coefficient")
