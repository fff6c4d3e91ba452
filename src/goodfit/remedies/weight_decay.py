# SPDX-License-Identifier: Apache-2.0
"""weight-decay: weights are pulled towards zero in each step, so that only those that pay for it grow."""

from math import log10

from goodfit.remedies._case import Case, reaches
from goodfit.remedies._library import DROPOUT_AGAINST_OTHERS
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import gap_size, said, training_left, validation_worse
from goodfit.values import Dose, Grade, Measurement, Prescription, Rejection, Source, Threshold, TradeOff

HIGH = Threshold(
    name="weight-decay",
    value=0.1,
    unit="coefficient",
    because="a convention: the upper end of what is usually tried; far above it the pull outweighs what the data say",
)
FACTOR = (
    10.0  # from one coefficient worth trying to the next: its useful values vary over orders of magnitude
)
SHRINKING = (
    1e-4  # of a weight in a step, to start with: AdamW's 0.1 at its rate of 1e-3, and SGD's 1e-3 at 0.1
)


class WeightDecay(Remedy):
    """A pull of the weights towards zero."""

    name = "weight-decay"
    what = "Raise the optimiser's weight decay, in its decoupled form; norms and biases are spared."
    how = (
        "Each step shrinks all weights by the learning rate times a coefficient, so that the network stays smooth where "
        "data say nothing. Decoupled: it is no part of the gradient, which adaptive optimisers would rescale."
    )
    benefits = "One number in the optimiser; no more epochs, and the model stays as it is."
    costs = "A coefficient to be tuned, together with the learning rate."
    risk = "Too much underfits; in front of a normalisation the scale of weights does not count."
    trade_offs = (
        TradeOff(
            says="Smaller weights: a simpler function where the data say nothing.", measured_by="weight-norm"
        ),
        TradeOff(says="Validation lies closer to training.", measured_by="generalisation-gap"),
        TradeOff(says="A coefficient has to be found: too much underfits.", measured_by="best-loss"),
        TradeOff(
            says="A step costs one multiplication of each weight more, and inference nothing.",
            measured_by="step-time",
        ),
    )
    treats = ("GF101", "GF102")
    worsens = ("GF201", "GF203", "GF204")
    where = "the optimiser, on the weights of layers and embeddings; norms and biases are spared"
    dose = Dose(value=1e-2, low=1e-3, high=1e-1, unit="coefficient")
    thresholds = (HIGH,)
    sources = (
        DROPOUT_AGAINST_OTHERS,
        Source(
            key="loshchilov2019decoupled",
            place="abstract",
            says="For Adam, L2 regularisation and weight decay are not the same, and the decoupled form generalises "
            "better.",
            grade=Grade.REPLICATED,
        ),
    )
    edits = ("weight_decay",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting as another knob than dropout, unless the coefficient is high already."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(f"{said(case, worse)}: smaller weights would fit the training set still less")
        if not set(case.found) & set(self.treats):
            return self.nothing_to_treat(case)
        present = case.history.context.weight_decay if case.history else None
        if present is not None and reaches(Measurement.exact("weight-decay", present), HIGH):
            return self.leave(f"the weight decay is {present:g} already, {HIGH.because}")
        optimiser = case.history.context.optimizer if case.history else None
        if optimiser in _WITHOUT:
            return self.leave(f"torch's {optimiser} takes no weight decay")
        now = (
            "the present weight decay is not known" if present is None else f"the weight decay is {present:g}"
        )
        overfitting = "GF101" in case.found
        dose = self._dose(present or 0.0, case.history.context.learning_rate if case.history else None)
        return self.prescribe(
            because=f"{validation_worse(case)}, while {training_left(case)}; {now}"
            if overfitting
            else f"a weak option: {gap_size(case)}, which is normal; {now}",
            where=(_change(optimiser, dose.value),),
            dose=dose,
            expected="A lower validation loss at the best epoch; in the comparison cited, less than dropout brought.",
        )

    def _dose(self, present: float, rate: float | None) -> Dose:
        """A usual start for the learning rate, which scales what a coefficient does; at least ten times the present one."""
        usual = self.dose.value if not rate else 10.0 ** round(log10(SHRINKING / rate))
        value = max(usual, FACTOR * present)
        low, high = max(usual / FACTOR, FACTOR / 2 * present), max(usual * FACTOR, value)
        return Dose(value=value, low=low, high=high, unit=self.dose.unit)


_WITHOUT = ("LBFGS", "SparseAdam")
_COUPLED = ("Adam",)  # its decoupled form is another class


def _change(optimiser: str | None, value: float) -> str:
    """The change as code to paste, for the optimiser where it is known."""
    if optimiser is None or optimiser in (*_COUPLED, *(f"{name}W" for name in _COUPLED)):
        instead = f" in the place of {optimiser}" if optimiser in _COUPLED else ""
        return (
            f"torch.optim.AdamW(..., weight_decay={value:g}){instead}, on weights and not on norms and biases"
        )
    return (
        f"{optimiser}(..., weight_decay=0), and before each step w *= 1 - lr * {value:g} for each weight w that is no "
        "norm or bias"
    )
