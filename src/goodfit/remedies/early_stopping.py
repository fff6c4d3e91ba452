# SPDX-License-Identifier: Apache-2.0
"""early-stopping: the checkpoint of the best validation is kept, and training ends when it gets no better."""

from goodfit.measures import checkpoint
from goodfit.remedies._case import Case
from goodfit.remedies._library import STOPPING_COSTS
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import late_validation, moment, said, validation_worse
from goodfit.values import Dose, Outcome, Prescription, Rejection, TradeOff


class EarlyStopping(Remedy):
    """Keep the checkpoint of the best validation."""

    name = "early-stopping"
    what = "Keep the checkpoint of the best validation loss, and stop when it has not improved for a while."
    how = (
        "The weights are taken from before the network began to fit what is particular to the training set, which "
        "limits how far they have moved from their start."
    )
    benefits = "Nothing is trained anew: the better model is behind you, and later runs cost fewer epochs."
    costs = "A validation set that is looked at each epoch, and so no longer tells the error on new data."
    risk = "With noisy validation the best epoch is partly luck; a patience that is too short stops in a dip."
    trade_offs = (
        TradeOff(says="Training ends sooner: later epochs are not paid for.", measured_by="epochs-to-best"),
        TradeOff(
            says="The weights that are kept lie closer to their start, and validation closer to training.",
            measured_by="generalisation-gap",
        ),
        TradeOff(
            says="What a longer training might have found after a dip is lost.", measured_by="best-loss"
        ),
    )
    treats = ("GF101",)
    worsens = ("GF202",)
    where = "the training loop, which ends after that many epochs without a better validation (at least half as many as the best one took)"
    dose = Dose(value=5.0, low=3.0, high=20.0, unit="epochs of patience")
    sources = (STOPPING_COSTS,)
    edits = ("early_stopping",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits overfitting: the best checkpoint is known, and is also what any other remedy must beat."""
        if "GF101" in case.found:
            return self.prescribe(
                because=f"{validation_worse(case)}",
                expected=f"Keep the checkpoint of {_keep(case)}. It is also the control that any other remedy has to "
                "beat.",
            )
        if "GF202" in case.found:
            return self.leave(f"{late_validation(case)}: stopping earlier would lose that")
        if case.rise is None:
            return self.leave("no validation was logged, so that no epoch is known to be the best")
        return self.leave(
            f"{validation_worse(case)}: too little, or too uncertain, to gain by stopping earlier"
        )

    def settle(self, case: Case) -> Prescription | None:
        """Fits a rise that is not settled: the best checkpoint costs nothing, whichever way that turns out."""
        line = case.line("GF101")
        if line is None or line.outcome is not Outcome.INCONCLUSIVE or case.at_its_best is not False:
            return None
        return self.prescribe(
            because=f"{said(case, 'GF101')}: until it is, keep the best checkpoint",
            expected=f"Keep the checkpoint of {_keep(case)}. It is also the control that any other remedy has to beat.",
        )


def _keep(case: Case) -> str:
    """The checkpoint to keep, and why not that of the best single value where the two differ."""
    curve = case.history.val if case.history else None
    found = checkpoint(curve) if curve else None
    return found.in_words(curve.axis) if curve and found else moment(case, case.keep)
