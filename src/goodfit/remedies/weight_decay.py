# SPDX-License-Identifier: Apache-2.0
"""weight-decay: weights are pulled towards zero in each step, so that only those that pay for it grow."""

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


class WeightDecay(Remedy):
    """A pull of the weights towards zero."""

    name = "weight-decay"
    what = "Raise the optimiser's weight decay, in its decoupled form (AdamW) where the optimiser adapts its steps."
    how = "Each step shrinks all weights by a small factor, so that the network stays smooth where data say nothing."
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
    worsens = ("GF201", "GF203")
    where = "the optimiser, in its argument weight_decay"
    dose = Dose(value=1e-3, low=1e-4, high=1e-2, unit="coefficient")
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
        dose = self._dose(present or 0.0)
        return self.prescribe(
            because=f"{validation_worse(case)}, while {training_left(case)}; {now}"
            if overfitting
            else f"a weak option: {gap_size(case)}, which is normal; {now}",
            where=(_change(optimiser, dose.value),),
            dose=dose,
            expected="A lower validation loss at the best epoch; in the comparison cited, less than dropout brought.",
        )

    def _dose(self, present: float) -> Dose:
        """The usual start, or ten times the present coefficient."""
        value = max(self.dose.value, FACTOR * present)
        low = max(self.dose.low, FACTOR / 2 * present)
        return Dose(value=value, low=low, high=max(self.dose.high, value), unit=self.dose.unit)


_WITHOUT = ("LBFGS", "SparseAdam")
_COUPLED = ("Adam",)  # its decoupled form is another class


def _change(optimiser: str | None, value: float) -> str:
    """The change as code to paste, for the optimiser where it is known."""
    argument = f"weight_decay={value:g}"
    if optimiser is None:
        return (
            f"{argument} in the optimiser, such as torch.optim.AdamW(model.parameters(), lr=..., {argument})"
        )
    decoupled = f"; {optimiser}W decouples it" if optimiser in _COUPLED else ""
    return f"{argument} in the optimiser: {optimiser}(..., {argument}){decoupled}"
