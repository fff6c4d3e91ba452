# SPDX-License-Identifier: Apache-2.0
"""train-longer: more epochs, because the run ended while it was still getting better."""

from goodfit.remedies._case import AT_THE_END, Case, reaches
from goodfit.remedies._library import STOPPING_COSTS
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import (
    fitted,
    late_slope,
    late_validation,
    moment,
    said,
    training_left,
    validation,
    validation_worse,
)
from goodfit.values import (
    Direction,
    Dose,
    Outcome,
    Prescription,
    Rejection,
    Threshold,
    TradeOff,
)

STILL_FALLING = Threshold(
    name="late-change",
    value=-0.01,
    unit="share",
    direction=Direction.BELOW,
    because="at less than a hundredth of the whole fall per quarter, a run twice as long would add under a "
    "twentieth of it",
)


class TrainLonger(Remedy):
    """More epochs of the same."""

    name = "train-longer"
    what = "Train for more epochs, with the schedule of the learning rate stretched accordingly."
    how = "The run ended before its curves did; more steps of the same kind carry them on."
    benefits = "The cheapest change to the code: one number."
    costs = "Time, in proportion."
    risk = "Past the minimum of validation it only fits the training set further; keep the best checkpoint."
    trade_offs = (
        TradeOff(
            says="More of the same: a lower loss where the curves had not ended.", measured_by="best-loss"
        ),
        TradeOff(says="More epochs to pay for.", measured_by="epochs-to-best"),
        TradeOff(
            says="Past the minimum of validation the distance from training grows.",
            measured_by="generalisation-gap",
        ),
    )
    treats = ("GF202", "GF201")
    worsens = ("GF101",)
    where = "the number of epochs"
    dose = Dose(value=2.0, low=1.5, high=4.0, unit="times the epochs")
    thresholds = (STILL_FALLING, AT_THE_END)
    sources = (STOPPING_COSTS,)
    edits = ("epochs",)
    since = "0.1"

    def consider(self, case: Case) -> Prescription | Rejection:
        """Fits a run that still improves; one whose training loss is fitted has nothing left to learn."""
        if "GF101" in case.found:
            left = (
                "nothing left to learn" if fitted(case) else "more epochs would fit the training set further"
            )
            return self.leave(f"{training_left(case)}: {left}; and {validation_worse(case)}")
        if "GF203" in case.found:
            return self.leave(
                f"{late_slope(case)}, and {said(case, 'GF203')}: more of the same would change nothing"
            )
        if "GF202" in case.found:
            return self._prescribed(f"{late_validation(case)}; {training_left(case)}")
        if "GF201" in case.found:
            if reaches(case.late_training, STILL_FALLING):
                return self._prescribed(f"{training_left(case)}, and {late_slope(case)}")
            return self.leave(
                f"{late_slope(case)}: too little for more epochs to matter, while {training_left(case)}"
            )
        return self.leave(f"{late_validation(case)}; {training_left(case)}")

    def settle(self, case: Case) -> Prescription | None:
        """Fits a run whose curves leave open whether it had ended: a longer one contains it, and tells."""
        line, noise = case.line("GF202"), case.line("GF401")
        if noise is not None and noise.outcome is Outcome.PRESENT:
            return None  # what noise hides more epochs do not show
        if line is None or line.outcome is not Outcome.INCONCLUSIVE or fitted(case) or not case.at_its_best:
            return None
        return self._prescribed(
            f"{said(case, 'GF202')}; {validation(case)} was best at {moment(case, case.keep)}, and {training_left(case)}: "
            "a longer run settles it, and with the best checkpoint kept it can only cost time"
        )

    def _prescribed(self, because: str) -> Prescription:
        return self.prescribe(
            because=because,
            expected="Both curves go on falling; stop when validation has not improved for half the epochs of its best.",
        )
