# SPDX-License-Identifier: Apache-2.0
"""label-smoothing: training asks for a little less than certainty, so that certainty has to be earned."""

from goodfit.remedies._case import Case
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import said, training_left, validation_worse
from goodfit.values import Dose, Grade, Prescription, Rejection, Source, TradeOff

NAME_IN_CONTEXT = "label smoothing"  # among a run's regularisers


class LabelSmoothing(Remedy):
    """Targets that leave a little to the other classes."""

    name = "label-smoothing"
    what = "Spread a small share of each training target over all classes."
    how = (
        "With targets of exactly 0 and 1 the training loss falls for ever by making outputs larger, which costs dearly "
        "where an answer is wrong. With a share spread, it is lowest at a finite certainty."
    )
    benefits = "Less certainty where there is no reason for it, so that validation loss and calibration often improve; one argument."
    costs = "The training loss is no longer comparable with validation, which keeps the plain targets; no more time."
    risk = "Probabilities may become too cautious; a network trained so is a worse teacher for distillation."
    trade_offs = (
        TradeOff(
            says="Probabilities say more truly how often an answer is right.", measured_by="calibration-error"
        ),
        TradeOff(
            says="A lower validation loss where it had grown by certainty; too large a share raises it.",
            measured_by="best-loss",
        ),
        TradeOff(says="Validation lies closer to training.", measured_by="generalisation-gap"),
    )
    treats = ("GF103", "GF101")
    worsens = ("GF201", "GF203", "GF204")
    where = "the training loss alone; validation keeps the plain one"
    dose = Dose(value=0.1, low=0.05, high=0.2, unit="share of each target")
    sources = (
        Source(
            key="szegedy2016rethinking",
            place="section 7",
            says="With a share of 0.1 the error of an image classifier on ILSVRC 2012 fell by about 0.2 % absolute.",
            grade=Grade.SINGLE_STUDY,
        ),
        Source(
            key="mueller2019when",
            place="abstract",
            says="It keeps networks from becoming over-confident and can improve calibration; a teacher trained with it distils much worse.",
            grade=Grade.SINGLE_STUDY,
        ),
    )
    edits = ("label_smoothing",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits a loss that rises by certainty, and overfitting of a classifier."""
        if worse := next((code for code in case.found if code in self.worsens), None):
            return self.leave(f"{said(case, worse)}: softer targets would fit the training set still less")
        if not set(case.found) & set(self.treats):
            return self.nothing_to_treat(case)
        if NAME_IN_CONTEXT in case.regularisers:
            return self.leave(f"the training loss is smoothed already, and {validation_worse(case)}")
        found = (
            said(case, "GF103")
            if "GF103" in case.found
            else f"{validation_worse(case)}, while {training_left(case)}"
        )
        classes = case.history.context.classes if case.history else None
        told = "it needs a loss over classes" if classes is None else f"the loss is over {classes} classes"
        return self.prescribe(
            because=f"{found}; {told}",
            expected="A lower validation loss, measured with plain targets, whose rise after the best epoch is flatter.",
        )
